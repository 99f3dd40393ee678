#include <algorithm>
#include <array>

#include "analysis/list.h"
#include "analysis/nodes.h"
#include "collectors/freshness.h"
#include "collectors/series_dropped.h"

namespace pgfleet::analysis {
namespace {

using metric::MetricDesc;
using model::Against;

// Series of one node and kind; a node of which more differs needs a look, not more series.
constexpr std::size_t kMostDrifts = 50;

constexpr std::array<std::string_view, 1> kAgainst = {"against"};
constexpr std::array<std::string_view, 2> kSettingAgainst = {"setting", "against"};
constexpr MetricDesc kDrifted{
    .name = "pgfleet_settings_drifted",
    .labels = kAgainst,
    .help =
        "Settings of the node that differ: node = from the elected primary (0 on that one itself; "
        "of the five that a standby must have at least as high as the primary, only lower ones), "
        "baseline = from what is declared. Absent while it is not known, as without a primary.",
    .source = "pg_settings"};
constexpr MetricDesc kDrift{.name = "pgfleet_setting_drift",
                            .kind = metric::Kind::kInfo,
                            .labels = kSettingAgainst,
                            .help =
                                "A setting that differs; at most 50 of a node and kind. The values "
                                "stand on the page /drift.",
                            .source = "pg_settings"};
constexpr MetricDesc kNotComparable{
    .name = "pgfleet_settings_not_comparable",
    .help =
        "Settings that could not be compared with the elected primary's or with the baseline: "
        "hidden from the monitoring role on one of the nodes, or overlaid by ALTER ROLE or ALTER "
        "DATABASE.",
    .source = "pg_settings"};
constexpr MetricDesc kFingerprint{
    .name = "pgfleet_settings_fingerprint",
    .help =
        "48 bits over all settings that are compared between nodes, without secrets: equal on "
        "nodes that are set alike.",
    .source = "pg_settings"};
constexpr MetricDesc kChanges{
    .name = "pgfleet_settings_changes_total",
    .kind = metric::Kind::kCounter,
    .help =
        "Settings that were seen with another value than before, each counted; not those of the "
        "session or that follow the role. Kept over restarts with --state-dir, where all that "
        "changed meanwhile counts as one.",
    .source = "pg_settings"};
constexpr MetricDesc kLastChange{.name = "pgfleet_settings_last_change_timestamp_seconds",
                                 .unit = "seconds",
                                 .help =
                                     "When a changed setting was last seen, by the exporter's "
                                     "clock; absent: never since it is watched.",
                                 .source = "pg_settings"};
constexpr std::array kMetrics = {&kDrifted,     &kDrift,   &kNotComparable,
                                 &kFingerprint, &kChanges, &kLastChange};

void NoteRole(const model::ClusterSnapshot& cluster, std::size_t i, NodeMemory& memory) {
  const auto* pulse = PulseOf(cluster.nodes[i]);
  if (pulse == nullptr) return;
  const auto role = pulse->in_recovery ? model::NodeRole::kStandby : model::NodeRole::kPrimary;
  if (memory.role == model::NodeRole::kStandby && role == model::NodeRole::kPrimary)
    memory.promoted = cluster.at;
  memory.role = role;
}

void Run(model::ClusterSnapshot& cluster, Memory& memory) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    NodeMemory& node = memory.nodes[cluster.nodes[i].declared.name];
    NoteRole(cluster, i, node);
    if (node.settings.fingerprint)
      cluster.analysis[i].settings_changes =
          model::ChangeCount{.changes = node.settings.changes, .last = node.settings.last};
  }
}

void WriteDrifts(const std::optional<std::vector<model::SettingDrift>>& drifts, Against against,
                 std::size_t& hidden, metric::MetricWriter& out) {
  if (!drifts) return;
  const auto name = model::kAgainstNames[static_cast<std::size_t>(against)];
  out.Write(kDrifted, {name}, static_cast<double>(drifts->size()));
  const std::size_t shown = std::min(drifts->size(), kMostDrifts);
  for (std::size_t i = 0; i < shown; ++i) out.Write(kDrift, {(*drifts)[i].setting, name}, 1);
  hidden += drifts->size() - shown;
}

void WriteNode(const model::NodeDrift& drift, bool with_nodes, metric::MetricWriter& out) {
  std::size_t hidden = 0;
  if (with_nodes) WriteDrifts(drift.node, Against::kNode, hidden, out);
  WriteDrifts(drift.baseline, Against::kBaseline, hidden, out);
  out.Write(kNotComparable, static_cast<double>(drift.not_comparable));
  if (drift.fingerprint) out.Write(kFingerprint, static_cast<double>(*drift.fingerprint));
  out.Write(collectors::kSeriesDropped, {"setting_drift"}, static_cast<double>(hidden));
}

void WriteChanges(const model::ChangeCount& count, metric::MetricWriter& out) {
  out.Write(kChanges, static_cast<double>(count.changes));
  if (count.last) out.Write(kLastChange, model::Seconds(count.last->time_since_epoch()));
}

void Write(const model::ClusterSnapshot& cluster, model::Monotonic now, metric::MetricWriter& out) {
  if (!cluster.drift) return;
  const auto is_fresh = [&](std::size_t i) {
    return collectors::IsFresh(cluster.nodes[i], "settings", now);
  };
  const auto reference = cluster.drift->reference;
  const bool with_nodes = reference && is_fresh(*reference);
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    if (!is_fresh(i)) continue;
    out.EnterNode(cluster.name, cluster.nodes[i].declared.name);
    WriteNode(cluster.drift->nodes[i], with_nodes, out);
    if (cluster.analysis[i].settings_changes)
      WriteChanges(*cluster.analysis[i].settings_changes, out);
  }
}

}  // namespace

constexpr Analysis kSettingsDrift{
    .name = "settings_drift", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
