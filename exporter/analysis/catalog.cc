#include <array>

#include "analysis/analysis.h"
#include "analysis/list.h"

namespace pgfleet::analysis {
namespace {

constexpr std::array kCatalog = {
    &kDeclared,   &kSenders,       &kIdentity,     &kUpstreams, &kPrimary,      &kHistory,
    &kDivergence, &kRestoring,     &kStandbys,     &kLag,       &kStandbyState, &kArchiving,
    &kArchiveGap, &kRpo,           &kClusterSlots, &kCdc,       &kBaseBackups,  &kMembership,
    &kAccess,     &kSettingsDrift, &kAccessDrift,  &kArchive,   &kBackups,      &kJobs};

}  // namespace

std::span<const Analysis* const> Catalog() { return kCatalog; }

}  // namespace pgfleet::analysis
