#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "drift/setting_table.h"
#include "model/desired.h"
#include "model/drift.h"

namespace pgfleet::drift {

// What one comparison gave: what differs, by name, and what could not be compared.
struct SettingFindings {
  std::vector<model::SettingDrift> drift;
  std::set<std::string> not_comparable;  // folded names
};

// A node's settings against those of the reference. `replays_wal`: see NodeSettings. Absent when
// our role sees all settings on only one of the two: then none of them is comparable, and
// `not_comparable` has them all.
struct NodeComparison {
  std::optional<std::vector<model::SettingDrift>> drift;
  std::set<std::string> not_comparable;
};
NodeComparison CompareWithReference(const SettingTable& reference, const SettingTable& node,
                                    std::optional<model::NodeRole> role, bool replays_wal);

}  // namespace pgfleet::drift
