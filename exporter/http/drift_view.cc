#include "http/drift_view.h"

#include <algorithm>

#include "collectors/freshness.h"

namespace pgfleet::http {
namespace {

template <typename T>
const T* Fresh(const model::NodeSnapshot& node, const model::Fact<T>& fact,
               std::string_view collector, model::Monotonic now) {
  return fact && collectors::IsFresh(node, collector, now) ? fact.get() : nullptr;
}

std::optional<std::vector<std::string>> FromAutoConf(const model::SettingsFacts* settings) {
  if (settings == nullptr || !settings->from_auto_conf) return std::nullopt;
  std::vector<std::string> names;
  for (const model::ServerSetting& setting : settings->all)
    if (setting.from_auto_conf.value_or(false)) names.push_back(setting.name);
  return names;
}

NodeDriftView ViewOf(const model::NodeSnapshot& node, const model::NodeDrift* drift,
                     model::Monotonic now) {
  const auto* settings = Fresh(node, node.facts.settings, "settings", now);
  return {.node = node.declared.name,
          .up = node.up,
          .drift = settings == nullptr ? nullptr : drift,
          .settings = settings,
          .auto_conf = FromAutoConf(settings),
          .files = Fresh(node, node.facts.file_settings, "file_settings", now),
          .hba = Fresh(node, node.facts.hba_rules, "hba_rules", now),
          .ident = Fresh(node, node.facts.ident_mappings, "ident_mappings", now)};
}

// The report is of an earlier snapshot: null when that had other nodes.
const model::DriftReport* ReportOf(const model::ClusterSnapshot& cluster) {
  const auto* report = cluster.drift.get();
  return report != nullptr && report->nodes.size() == cluster.nodes.size() ? report : nullptr;
}

void AddAccess(DriftView& view, const model::NodeSnapshot& reference,
               const model::DriftReport& report, model::Monotonic now) {
  view.reference = reference.declared.name;
  view.role_settings = Fresh(reference, reference.facts.role_settings, "role_settings", now);
  const bool known = collectors::IsFresh(reference, "role_list", now) &&
                     collectors::IsFresh(reference, "memberships", now);
  if (known && report.access) view.access = &*report.access;
}

}  // namespace

bool DeclaresBaseline(const model::ClusterSnapshot& cluster) {
  const auto& declared = *cluster.declared.settings;
  return !declared.baseline.empty() || !declared.practices.empty();
}

DriftView MakeDriftView(const model::ClusterSnapshot& cluster, model::Monotonic now) {
  DriftView view{
      .cluster = cluster.name,
      .reference = std::nullopt,
      .baseline_declared = DeclaresBaseline(cluster),
      .roles_declared = cluster.declared.access->roles.has_value(),
      .nodes = {},
  };
  const model::DriftReport* report = ReportOf(cluster);
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i)
    view.nodes.push_back(
        ViewOf(cluster.nodes[i], report == nullptr ? nullptr : &report->nodes[i], now));
  if (report != nullptr && report->reference && *report->reference < cluster.nodes.size())
    AddAccess(view, cluster.nodes[*report->reference], *report, now);
  return view;
}

std::size_t ListBudget::TakeCount(std::size_t wanted) {
  const std::size_t count = std::min({wanted, of_one_, left_});
  left_ -= count;
  return count;
}

}  // namespace pgfleet::http
