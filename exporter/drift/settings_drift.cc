#include "drift/settings_drift.h"

#include <algorithm>
#include <memory>

#include "drift/baseline_comparison.h"
#include "drift/fingerprint.h"
#include "drift/node_comparison.h"
#include "drift/setting_table.h"
#include "drift/setting_value.h"

namespace pgfleet::drift {
namespace {

using model::NodeDrift;
using model::ServerSetting;
using Comparison = SettingRules::Comparison;
using Entry = SettingTable::Entry;

// By node; null where the settings are not known.
using Tables = std::vector<std::unique_ptr<SettingTable>>;

Tables TablesOf(std::span<const NodeSettings> nodes, const SettingRules& rules) {
  Tables tables;
  for (const NodeSettings& node : nodes)
    tables.push_back(node.settings == nullptr ? nullptr
                                              : std::make_unique<SettingTable>(
                                                    *node.settings, node.version_number, rules));
  return tables;
}

// A secret counts only as set or not: its value is not known here.
void Add(Fingerprint& fingerprint, const Entry& entry) {
  const ServerSetting& setting = *entry.setting;
  if (IsHidden(setting)) return;
  const auto value = ValueOf(setting);
  fingerprint.Add(entry.name);
  fingerprint.Add(value ? Canonical(*value, setting.name) : SetOrNot(!setting.is_default));
}

// Of what has to be alike. A standby may have more than its primary, so that is left out.
std::uint64_t FingerprintOf(const SettingTable& node) {
  Fingerprint fingerprint;
  for (const Entry& entry : node.entries())
    if (entry.comparison == Comparison::kEqual) Add(fingerprint, entry);
  return fingerprint.Value();
}

std::uint64_t StateOf(const SettingTable& node) {
  Fingerprint fingerprint;
  for (const Entry& entry : node.entries())
    if (entry.counts_changes) Add(fingerprint, entry);
  return fingerprint.Value();
}

// What one role sees of the settings is not what another does: no fingerprint for the lesser view
// where both are there.
bool IsViewMixed(const Tables& tables) {
  const auto sees = [](bool all) {
    return [all](const auto& table) { return table != nullptr && table->SeesAll() == all; };
  };
  return std::ranges::any_of(tables, sees(true)) && std::ranges::any_of(tables, sees(false));
}

NodeDrift DriftOf(const NodeSettings& of, const SettingTable& node, const SettingTable* reference,
                  const model::DesiredSettings& desired, const SettingRules& rules) {
  NodeDrift drift{};
  NodeComparison with_reference{};
  if (reference != nullptr)
    with_reference = CompareWithReference(*reference, node, of.role, of.replays_wal);
  SettingFindings with_baseline = CompareWithBaseline(node, of.role, desired, rules);
  drift.unchecked.assign(with_baseline.not_comparable.begin(), with_baseline.not_comparable.end());
  with_baseline.not_comparable.merge(with_reference.not_comparable);
  drift.node = std::move(with_reference.drift);
  drift.baseline = std::move(with_baseline.drift);
  drift.not_comparable = static_cast<std::int64_t>(with_baseline.not_comparable.size());
  drift.state = StateOf(node);
  return drift;
}

// Of what comes and goes with our role's view, with the libraries of our session or with a release
// nobody has changed anything.
bool CanComeAndGo(const SettingTable& was, const SettingTable& is, const Entry& entry) {
  const bool by_session = was.LoadsAtSessionStart() || is.LoadsAtSessionStart();
  return was.SeesAll() != is.SeesAll() || (IsCustom(entry.name) && by_session) ||
         was.version_number() != is.version_number();
}

bool IsChanged(const SettingTable& was, const SettingTable& is, const Entry* before,
               const Entry* after) {
  if (before == nullptr || after == nullptr) {
    const Entry& single = *(before != nullptr ? before : after);
    return single.counts_changes && !CanComeAndGo(was, is, single);
  }
  if (!before->counts_changes && !after->counts_changes) return false;
  if (IsHidden(*before->setting) || IsHidden(*after->setting)) return false;
  return !IsAlike(*before->setting, *after->setting);
}

void Add(Fingerprint& fingerprint, const std::vector<std::string>& names) {
  fingerprint.AddNumber(static_cast<std::int64_t>(names.size()));
  for (const std::string& name : names) fingerprint.Add(Folded(name));
}

}  // namespace

std::vector<NodeDrift> CompareSettings(std::span<const NodeSettings> nodes,
                                       std::optional<std::size_t> reference,
                                       const model::DesiredSettings& desired) {
  const SettingRules rules(desired);
  const Tables tables = TablesOf(nodes, rules);
  const bool is_view_mixed = IsViewMixed(tables);
  const SettingTable* expected = reference ? tables.at(*reference).get() : nullptr;
  std::vector<NodeDrift> drift(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (tables[i] == nullptr) continue;
    drift[i] = DriftOf(nodes[i], *tables[i], expected, desired, rules);
    if (!is_view_mixed || tables[i]->SeesAll()) drift[i].fingerprint = FingerprintOf(*tables[i]);
  }
  return drift;
}

std::size_t CountChanges(const model::SettingsFacts& before, const model::SettingsFacts& after,
                         const model::DesiredSettings& desired) {
  const SettingRules rules(desired);
  const SettingTable was(before, 0, rules), is(after, 0, rules);
  std::size_t changes = 0;
  VisitBoth(was, is, [&](const Entry* one, const Entry* other) {
    if (IsChanged(was, is, one, other)) ++changes;
  });
  return changes;
}

std::uint64_t RulesFingerprint(const model::DesiredSettings& desired) {
  Fingerprint fingerprint;
  fingerprint.Add(ClassTableText());
  for (const model::ComparisonLists* lists : {&desired.cluster, &desired.fleet})
    for (const auto* names : {&lists->must_match, &lists->may_differ, &lists->ignore})
      Add(fingerprint, *names);
  return fingerprint.Value();
}

}  // namespace pgfleet::drift
