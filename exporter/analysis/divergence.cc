#include <array>

#include "analysis/list.h"
#include "analysis/nodes.h"
#include "collectors/values.h"

namespace pgfleet::analysis {
namespace {

using model::ClusterSnapshot;
using model::Lsn;

constexpr metric::MetricDesc kDiverged{
    .name = "pgfleet_node_diverged",
    .help =
        "1 when the server has WAL that the elected primary does not have: it must be rewound or "
        "made anew. Absent while that cannot be told.",
    .source = "pg_last_wal_receive_lsn(), pg_current_wal_flush_lsn(), timelines"};
constexpr std::array kMetrics = {&kDiverged};

// A switchover's old primary takes some seconds to follow the new one.
constexpr std::chrono::seconds kTimeToFollow{15};

// On the primary's own timeline: what the standby had before the primary was asked, the primary has
// too.
bool IsAhead(const model::NodeSnapshot& leader, const NodeMemory& node) {
  const auto position = PositionOf(*leader.facts.pulse);
  return position && node.before && node.before->timeline == leader.facts.pulse->timeline &&
         leader.pulse && node.before->asked.ended < leader.pulse->began &&
         node.before->lsn > *position;
}

std::optional<bool> BeforeTheFork(const ClusterSnapshot& cluster, std::size_t i, Lsn lsn,
                                  const Memory& memory, const NodeMemory& node) {
  if (!memory.fork || memory.fork->timeline != cluster.findings.timeline ||
      memory.fork->parent != cluster.nodes[i].facts.pulse->timeline)
    return std::nullopt;
  if (lsn <= memory.fork->least) return false;
  if (lsn > memory.fork->most) return true;
  // Between what was seen of the two; one that could follow would.
  const auto since = node.silent_since;
  if (since && cluster.nodes[i].pulse->began - *since >= kTimeToFollow) return true;
  return std::nullopt;
}

std::optional<bool> OfStandby(const ClusterSnapshot& cluster, std::size_t i, const Memory& memory) {
  const auto& leader = cluster.nodes[*cluster.findings.primary];
  const auto& pulse = *cluster.nodes[i].facts.pulse;
  const auto& node = memory.nodes.at(cluster.nodes[i].declared.name);
  if (!pulse.timeline || !pulse.receive_lsn || !cluster.findings.timeline) return std::nullopt;
  if (*pulse.timeline == *cluster.findings.timeline) return IsAhead(leader, node);
  if (*pulse.timeline > *cluster.findings.timeline) return std::nullopt;
  return BeforeTheFork(cluster, i, *pulse.receive_lsn, memory, node);
}

std::optional<bool> Diverged(const ClusterSnapshot& cluster, std::size_t i, const Memory& memory) {
  if (!cluster.findings.primary || cluster.analysis[i].foreign.value_or(false)) return std::nullopt;
  if (i == *cluster.findings.primary) return false;
  if (IsStandby(cluster, i)) return OfStandby(cluster, i, memory);
  if (ActsAsPrimary(cluster, i) && cluster.findings.split_brain) return true;
  return std::nullopt;
}

// What the node had at the pulse before its newest, and since when it receives nothing.
void Remember(const ClusterSnapshot& cluster, std::size_t i, NodeMemory& node) {
  if (!IsStandby(cluster, i) || !cluster.nodes[i].pulse) {
    node.now.reset();
    node.before.reset();
    node.silent_since.reset();
    return;
  }
  const auto& pulse = *cluster.nodes[i].facts.pulse;
  const auto asked = *cluster.nodes[i].pulse;
  if (node.now && node.now->asked.began == asked.began) return;
  node.before = node.now;
  node.now.reset();
  if (pulse.receive_lsn)
    node.now = SeenPosition{.timeline = pulse.timeline, .lsn = *pulse.receive_lsn, .asked = asked};
  if (pulse.receiver_streams)
    node.silent_since.reset();
  else if (!node.silent_since)
    node.silent_since = asked.ended;
}

// Only the last fork is known. Who was found beyond an earlier one stays so while it is on that
// timeline.
void Recall(ClusterSnapshot& cluster, std::size_t i, NodeMemory& node) {
  const auto* pulse = PulseOf(cluster.nodes[i]);
  if (pulse == nullptr || !pulse->timeline) return;
  auto& diverged = cluster.analysis[i].diverged;
  if (!diverged && pulse->in_recovery && node.diverged_on == pulse->timeline) diverged = true;
  node.diverged_on.reset();
  if (diverged.value_or(false)) node.diverged_on = pulse->timeline;
}

void Run(ClusterSnapshot& cluster, Memory& memory) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    Remember(cluster, i, memory.nodes[cluster.nodes[i].declared.name]);
    cluster.analysis[i].diverged = Diverged(cluster, i, memory);
    Recall(cluster, i, memory.nodes[cluster.nodes[i].declared.name]);
  }
}

void Write(const ClusterSnapshot& cluster, model::Monotonic, metric::MetricWriter& out) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    out.EnterNode(cluster.name, cluster.nodes[i].declared.name);
    out.Write(kDiverged, collectors::AsValue(cluster.analysis[i].diverged));
  }
}

}  // namespace

constexpr Analysis kDivergence{
    .name = "divergence", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
