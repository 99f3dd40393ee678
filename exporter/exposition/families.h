#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "metric/metric_desc.h"

namespace pgfleet::exposition {

// Families that come from one subject, for the reference.
struct FamilyGroup {
  std::string_view name;   // of the collector or analysis; "exporter", "process"
  std::string_view where;  // who gathers it: "collector", "analysis", "exporter"
  std::string_view lane;   // of a collector; "" otherwise
  std::string_view privilege;
  std::span<const metric::MetricDesc* const> metrics;
};

// Every family that a page can hold, grouped, in the order of the page.
std::vector<FamilyGroup> AllFamilyGroups();

// The same without the groups. Built once.
std::span<const metric::MetricDesc* const> AllFamilies();

}  // namespace pgfleet::exposition
