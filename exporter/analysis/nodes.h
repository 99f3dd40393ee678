#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "collectors/freshness.h"
#include "model/cluster_snapshot.h"

// What every analysis asks of the nodes of a snapshot.
namespace pgfleet::analysis {

// The pulse of a node that answers; null otherwise.
inline const model::PulseFacts* PulseOf(const model::NodeSnapshot& node) {
  return node.up ? node.facts.pulse.get() : nullptr;
}

// The facts of this collector as they were when the snapshot was made; null when they are not
// there or too old.
template <typename T>
const T* Fresh(const model::ClusterSnapshot& cluster, const model::NodeSnapshot& node,
               const model::Fact<T>& fact, std::string_view collector) {
  return fact && collectors::IsFresh(node, collector, cluster.at) ? fact.get() : nullptr;
}

// A number of pg_settings: bytes, seconds or without a unit. Absent where our role does not see it.
inline std::optional<double> NumberSetting(const model::ClusterSnapshot& cluster,
                                           const model::NodeSnapshot& node, std::string_view name) {
  const auto* settings = Fresh(cluster, node, node.facts.settings, "settings");
  if (settings == nullptr) return std::nullopt;
  const auto found = std::ranges::find(settings->all, name, &model::ServerSetting::name);
  if (found == settings->all.end() || found->value != model::ServerSetting::Value::kNumber)
    return std::nullopt;
  return found->number;
}

// Out of recovery, and not known to belong to another system.
inline bool ActsAsPrimary(const model::ClusterSnapshot& cluster, std::size_t i) {
  const auto* pulse = PulseOf(cluster.nodes[i]);
  return pulse != nullptr && !pulse->in_recovery && !cluster.analysis[i].foreign.value_or(false);
}

inline bool IsStandby(const model::ClusterSnapshot& cluster, std::size_t i) {
  const auto* pulse = PulseOf(cluster.nodes[i]);
  return pulse != nullptr && pulse->in_recovery && !cluster.analysis[i].foreign.value_or(false);
}

// Some platforms show nobody their WAL: what such a standby receives is not known.
inline bool ShowsWal(const model::PulseFacts& pulse) {
  return pulse.receive_lsn || pulse.replay_lsn || pulse.receiver;
}

// The leader of a standby cluster is in recovery itself: it is the one that is declared to lead, or
// that receives from outside.
inline bool Leads(const model::ClusterSnapshot& cluster, std::size_t i) {
  if (ActsAsPrimary(cluster, i)) return true;  // also once it was promoted
  if (cluster.declared.kind != model::ClusterKind::kStandbyCluster) return false;
  if (!IsStandby(cluster, i)) return false;
  const auto& declared = cluster.nodes[i].declared;
  if (declared.role) return *declared.role == model::NodeRole::kPrimary;
  return cluster.analysis[i].upstream_is_external;
}

// The WAL position that standbys are compared with: what it has flushed, or received.
inline std::optional<model::Lsn> PositionOf(const model::PulseFacts& pulse) {
  return pulse.in_recovery ? pulse.receive_lsn : pulse.wal_lsn;
}

}  // namespace pgfleet::analysis
