#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/configuration_facts.h"
#include "model/declared.h"
#include "model/drift.h"
#include "model/fact.h"

namespace pgfleet::drift {

// A node as the comparison of settings sees it.
struct NodeSettings {
  std::string name;
  model::Fact<model::SettingsFacts> settings;  // null: not known, or too old
  std::optional<model::NodeRole> role;         // as it is now; absent: not known
  int version_number = 0;                      // server_version_num; 0: not known
  bool replays_wal = true;  // as a standby; false: its storage is the primary's (Aurora)
};

// Compares the settings of each node with those of `reference` (the elected primary; absent: nobody
// to compare with) and with the declared baseline. The answer is parallel to `nodes`. Pure; any
// thread.
std::vector<model::NodeDrift> CompareSettings(std::span<const NodeSettings> nodes,
                                              std::optional<std::size_t> reference,
                                              const model::DesiredSettings& desired);

// How many settings have another value in `after`: also those that came or went, and not those
// whose change means nothing (of the session, computed, following the role, or ignored). Both are
// of the same node.
std::size_t CountChanges(const model::SettingsFacts& before, const model::SettingsFacts& after,
                         const model::DesiredSettings& desired);

// 48 bits that change when the meaning of NodeDrift::state does: with the lists of the config and
// with the built-in table.
std::uint64_t RulesFingerprint(const model::DesiredSettings& desired);

}  // namespace pgfleet::drift
