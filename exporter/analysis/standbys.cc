#include <algorithm>
#include <array>

#include "analysis/list.h"
#include "analysis/nodes.h"
#include "collectors/values.h"

// Which standbys there should be, and which of them receive.
namespace pgfleet::analysis {
namespace {

using metric::MetricDesc;
using model::ClusterSnapshot;

constexpr MetricDesc kExpected{
    .name = "pgfleet_standby_expected",
    .help =
        "1 for a node that should be a standby: declared as one, or declared without a role and "
        "not the node that leads or led last; never the one node of a cluster of kind single.",
    .source = "configuration"};
constexpr MetricDesc kConnected{
    .name = "pgfleet_standby_connected",
    .help =
        "1 while the expected standby streams and has not diverged, as it says itself or, while it "
        "does not answer, its upstream says.",
    .source = "pg_stat_get_wal_receiver(), pg_stat_replication"};
constexpr MetricDesc kOrphan{
    .name = "pgfleet_node_orphan",
    .help =
        "1 for a standby that nobody serves: for two pulses no receiver streams, and no archive "
        "brings it further: it asks an upstream in vain, or the primary has filled a segment that "
        "has not come for 30 seconds.",
    .source = "pg_stat_get_wal_receiver(), pg_last_wal_replay_lsn() over time"};
constexpr std::array kMetrics = {&kExpected, &kConnected, &kOrphan};

bool IsExpected(const ClusterSnapshot& cluster, std::size_t i, const Memory& memory) {
  const auto& node = cluster.nodes[i];
  if (node.declared.role) return *node.declared.role == model::NodeRole::kStandby;
  if (cluster.declared.kind == model::ClusterKind::kSingle) return false;
  if (cluster.findings.primary) return *cluster.findings.primary != i;
  if (memory.primary) return memory.primary->node != node.declared.name;
  const auto* pulse = PulseOf(node);
  return pulse != nullptr && pulse->in_recovery;
}

bool IsServed(const ClusterSnapshot& cluster, std::size_t j) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    const auto& node = cluster.nodes[i];
    const auto* walsenders = Fresh(cluster, node, node.facts.walsenders, "walsenders");
    const auto& matched = cluster.analysis[i].sender_nodes;
    if (walsenders == nullptr || i == j) continue;
    for (std::size_t k = 0; k < matched.size() && k < walsenders->senders.size(); ++k)
      if (matched[k] == j && walsenders->senders[k].state == "streaming") return true;
  }
  return false;
}

bool IsConnected(const ClusterSnapshot& cluster, std::size_t i) {
  // One that has diverged may be sent what both histories share, again and again.
  if (cluster.analysis[i].diverged.value_or(false)) return false;
  const auto* pulse = PulseOf(cluster.nodes[i]);
  if (pulse != nullptr && (!pulse->in_recovery || ShowsWal(*pulse))) return pulse->receiver_streams;
  return IsServed(cluster, i);
}

std::optional<bool> IsOrphan(const ClusterSnapshot& cluster, std::size_t i, const Memory& memory) {
  if (!IsStandby(cluster, i) || !ShowsWal(*PulseOf(cluster.nodes[i]))) return std::nullopt;
  const auto& node = cluster.nodes[i];
  if (cluster.analysis[i].restores.value_or(false)) return false;
  const auto since = memory.nodes.at(node.declared.name).silent_since;
  return since && node.pulse && node.pulse->began > *since;
}

void Run(ClusterSnapshot& cluster, Memory& memory) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    auto& found = cluster.analysis[i];
    found.expected = IsExpected(cluster, i, memory);
    found.connected = IsConnected(cluster, i);
    found.orphan = IsOrphan(cluster, i, memory);
  }
}

void Write(const ClusterSnapshot& cluster, model::Monotonic, metric::MetricWriter& out) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    if (!cluster.nodes[i].tried) continue;
    const auto& found = cluster.analysis[i];
    out.EnterNode(cluster.name, cluster.nodes[i].declared.name);
    out.Write(kOrphan, collectors::AsValue(found.orphan));
    if (!found.expected) continue;
    out.Write(kExpected, 1);
    out.Write(kConnected, found.connected ? 1 : 0);
  }
}

}  // namespace

constexpr Analysis kStandbys{.name = "standbys", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
