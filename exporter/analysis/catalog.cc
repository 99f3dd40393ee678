#include <array>

#include "analysis/analysis.h"
#include "analysis/list.h"

namespace pgfleet::analysis {
namespace {

constexpr std::array kCatalog = {
    &kDeclared,   &kSenders,     &kIdentity,      &kUpstreams,    &kPrimary,   &kHistory,
    &kDivergence, &kStandbys,    &kLag,           &kStandbyState, &kArchiving, &kArchiveGap,
    &kRpo,        &kClusterSlots, &kMembership,   &kAccess,       &kSettingsDrift,
    &kAccessDrift, &kArchive,     &kBackups,       &kJobs};

}  // namespace

std::span<const Analysis* const> Catalog() { return kCatalog; }

}  // namespace pgfleet::analysis
