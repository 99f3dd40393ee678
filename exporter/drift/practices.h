#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "model/desired.h"

namespace pgfleet::drift {

// What one practice asks of one setting. A server that does not have the setting is passed over.
struct PracticeRule {
  std::string_view setting;
  std::optional<model::NodeRole> role{};  // absent: of all nodes, a standby may become the primary
  std::array<std::string_view, 4> one_of{};  // up to the first empty one
  std::string_view at_least{}, at_most{};
  std::optional<bool> set{};
  std::string_view unless_set{};  // holds where this other setting is set
  std::string_view why;           // for people: what happens otherwise
};

struct Practice {
  std::string_view name;
  std::span<const PracticeRule> rules;
};

// The shipped baselines, by name: durability, pitr_archiving, replication_primary,
// replication_standby.
std::span<const Practice> Practices();

// Null when there is none of this name.
const Practice* FindPractice(std::string_view name);

model::SettingRule AsSettingRule(const PracticeRule& rule);

}  // namespace pgfleet::drift
