#include <array>

#include "analysis/analysis.h"
#include "analysis/list.h"

namespace pgfleet::analysis {
namespace {

constexpr std::array kCatalog = {&kSenders, &kMembership, &kAccess};

}  // namespace

std::span<const Analysis* const> Catalog() { return kCatalog; }

}  // namespace pgfleet::analysis
