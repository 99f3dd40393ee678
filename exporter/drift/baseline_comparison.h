#pragma once

#include <optional>

#include "drift/node_comparison.h"
#include "drift/setting_table.h"
#include "model/desired.h"

namespace pgfleet::drift {

// A node's settings against the declared rules and the chosen practices. A rule of the owner's goes
// before what a practice asks of the same setting. One entry for each setting, by name.
SettingFindings CompareWithBaseline(const SettingTable& node, std::optional<model::NodeRole> role,
                                    const model::DesiredSettings& desired,
                                    const SettingRules& rules);

}  // namespace pgfleet::drift
