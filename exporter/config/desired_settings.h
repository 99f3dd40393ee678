#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/name_lists.h"

namespace pgfleet::config {

// What `settings` of one level says.
struct DesiredSettingsDraft {
  model::ComparisonLists lists;
  Listed listed;  // what stands in them
  std::optional<std::vector<std::string>> practices;
  std::vector<model::SettingRule> baseline;

  bool SaysNothing() const { return listed.empty() && !practices && baseline.empty(); }
};

// Reads a `settings` mapping.
void ReadDesiredSettings(Reader& reader, const YamlNode& value, DesiredSettingsDraft& settings);

// The rules by name. A rule of the cluster replaces all those of the fleet for that setting, its
// list of practices that of the fleet. Pure.
model::DesiredSettings FinishDesiredSettings(const DesiredSettingsDraft& fleet,
                                             const DesiredSettingsDraft& cluster);

void DescribeDesiredSettings(std::vector<KeyDoc>& docs);

}  // namespace pgfleet::config
