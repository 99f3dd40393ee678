#pragma once

#include <vector>

#include "config/name_lists.h"

namespace pgfleet::config {

// Reads the `baseline` mapping of a level: of each setting a value, a rule, or a list of rules, one
// for each role of a node.
void ReadBaseline(Reader& reader, const YamlNode& value, std::vector<model::SettingRule>& rules);

void DescribeSettingRules(std::vector<KeyDoc>& docs);

}  // namespace pgfleet::config
