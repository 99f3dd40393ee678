#pragma once

#include <string>
#include <vector>

#include "drift/settings_drift.h"
#include "model/desired.h"

namespace pgfleet::drift {

// The settings of nodes as a baseline that they meet.
struct SettingsNow {
  std::vector<std::string> practices;       // that all nodes meet
  std::vector<model::SettingRule> rules;    // by name
  std::vector<std::string> hidden;          // of no node the value is known
  std::vector<std::string> without_a_rule;  // no rule says what is there
};

// With a rule for every setting that `inherited` has one for.
SettingsNow DescribeSettings(const std::vector<NodeSettings>& nodes,
                             const model::DesiredSettings& inherited);

// Whether the config takes it for the name of a setting.
bool IsWritable(std::string_view setting);

}  // namespace pgfleet::drift
