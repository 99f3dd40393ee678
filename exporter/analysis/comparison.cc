#include "analysis/comparison.h"

#include <algorithm>

#include "analysis/nodes.h"
#include "drift/fingerprint.h"

namespace pgfleet::analysis {
namespace {

// As long as a node does not answer, its last role is the best guess.
std::optional<model::NodeRole> RoleOf(const model::NodeSnapshot& node, const Memory& memory) {
  if (const auto* pulse = PulseOf(node))
    return pulse->in_recovery ? model::NodeRole::kStandby : model::NodeRole::kPrimary;
  const auto known = memory.nodes.find(node.declared.name);
  return known == memory.nodes.end() ? std::nullopt : known->second.role;
}

// Stands among the settings, so that it is known as long as they are.
int VersionOf(const model::SettingsFacts* settings) {
  if (settings == nullptr) return 0;
  const auto found = std::ranges::lower_bound(settings->all, "server_version_num", {},
                                              &model::ServerSetting::name);
  const bool is_there =
      found != settings->all.end() && found->name == "server_version_num" && found->number > 0;
  return is_there ? static_cast<int>(found->number) : 0;
}

// The fact itself, shared; null when it is too old.
template <typename T>
model::Fact<T> Current(const model::ClusterSnapshot& cluster, const model::NodeSnapshot& node,
                       const model::Fact<T>& fact, std::string_view collector) {
  return Fresh(cluster, node, fact, collector) != nullptr ? fact : nullptr;
}

// Roles belong together as one round of polls saw them, and what a standby saw before it was
// promoted may be older than what its primary did.
bool IsOfOneRound(const model::NodeSnapshot& node, const Memory& memory) {
  constexpr std::chrono::seconds kLongestRound{15};
  const auto roles = collectors::AnsweredAt(node, "role_list");
  const auto memberships = collectors::AnsweredAt(node, "memberships");
  if (!roles || !memberships) return false;
  const auto [first, last] = std::minmax(*roles, *memberships);
  const auto known = memory.nodes.find(node.declared.name);
  const bool is_old = known != memory.nodes.end() && known->second.promoted.has_value() &&
                      first <= *known->second.promoted;
  return last - first <= kLongestRound && !is_old;
}

drift::AccessFacts AccessOf(const model::ClusterSnapshot& cluster, const model::NodeSnapshot& node,
                            const Memory& memory) {
  if (!IsOfOneRound(node, memory)) return {};
  return {.roles = Current(cluster, node, node.facts.role_list, "role_list"),
          .memberships = Current(cluster, node, node.facts.memberships, "memberships"),
          .role_settings = Current(cluster, node, node.facts.role_settings, "role_settings"),
          .version_number = VersionOf(node.facts.settings.get()),
          .now = 0};
}

std::uint64_t AccessRules(const model::DesiredAccess& desired) {
  drift::Fingerprint rules;
  for (const std::string& name : desired.ignore) rules.Add(name);
  // A declared role is looked at although a pattern matches it.
  if (!desired.ignore.empty() && desired.roles)
    for (const model::DesiredRole& role : *desired.roles) rules.Add(role.name);
  return rules.Value();
}

std::size_t Changes(const Comparison& comparison, std::size_t i) {
  const auto& before = comparison.before[i];
  const auto& after = comparison.nodes[i].settings;
  if (!before || !after || before == after) return 0;
  return drift::CountChanges(*before, *after, *comparison.settings);
}

void RememberNode(const Comparison& comparison, const ComparisonResult& result, std::size_t i,
                  model::Wall now, NodeMemory& memory) {
  const auto& settings = comparison.nodes[i].settings;
  const auto state = result.report->nodes[i].state;
  if (!settings || !state) return;
  auto changed = static_cast<std::int64_t>(result.changed[i]);
  // After a restart only the fingerprint is known: then it is one change at least.
  const bool restarted = !comparison.before[i] && memory.settings.fingerprint &&
                         memory.settings.rules == result.settings_rules;
  if (restarted && *memory.settings.fingerprint != *state) changed = 1;
  memory.last_settings = settings;
  memory.settings.Note(changed, *state, result.settings_rules, now);
}

void RememberAccess(const ComparisonResult& result, model::Wall now, Memory& memory) {
  if (!result.report->access || !result.report->access->fingerprint) return;
  const std::uint64_t found = *result.report->access->fingerprint;
  const bool is_known = memory.access.fingerprint && memory.access.rules == result.access_rules;
  memory.access.Note(is_known && *memory.access.fingerprint != found ? 1 : 0, found,
                     result.access_rules, now);
}

}  // namespace

Comparison PrepareComparison(const model::ClusterSnapshot& cluster, const Memory& memory) {
  Comparison comparison{.reference = cluster.findings.primary,
                        .settings = cluster.declared.settings,
                        .desired_access = cluster.declared.access};
  for (const auto& node : cluster.nodes) {
    const auto settings = Current(cluster, node, node.facts.settings, "settings");
    const auto known = memory.nodes.find(node.declared.name);
    comparison.nodes.push_back({.name = node.declared.name,
                                .settings = settings,
                                .role = RoleOf(node, memory),
                                .version_number = VersionOf(settings.get()),
                                .replays_wal = node.facts.aurora == nullptr});
    comparison.before.push_back(known == memory.nodes.end() ? nullptr
                                                            : known->second.last_settings);
  }
  if (comparison.reference)
    comparison.access = AccessOf(cluster, cluster.nodes[*comparison.reference], memory);
  return comparison;
}

bool IsSame(const Comparison& a, const Comparison& b) {
  const auto same_node = [](const drift::NodeSettings& x, const drift::NodeSettings& y) {
    return x.name == y.name && x.settings == y.settings && x.role == y.role;
  };
  return a.reference == b.reference && a.access.roles == b.access.roles &&
         a.access.memberships == b.access.memberships &&
         a.access.role_settings == b.access.role_settings &&
         std::ranges::equal(a.nodes, b.nodes, same_node);
}

ComparisonResult Compare(const Comparison& comparison) {
  auto report = std::make_shared<model::DriftReport>();
  report->reference = comparison.reference;
  report->nodes =
      drift::CompareSettings(comparison.nodes, comparison.reference, *comparison.settings);
  report->access = drift::CompareAccess(comparison.access, *comparison.desired_access);
  ComparisonResult result{.settings_rules = drift::RulesFingerprint(*comparison.settings),
                          .access_rules = AccessRules(*comparison.desired_access)};
  for (std::size_t i = 0; i < comparison.nodes.size(); ++i)
    result.changed.push_back(Changes(comparison, i));
  result.report = std::move(report);
  return result;
}

void Remember(const Comparison& comparison, const ComparisonResult& result, model::Wall now,
              Memory& memory) {
  for (std::size_t i = 0; i < comparison.nodes.size(); ++i)
    RememberNode(comparison, result, i, now, memory.nodes[comparison.nodes[i].name]);
  RememberAccess(result, now, memory);
}

}  // namespace pgfleet::analysis
