#include <algorithm>
#include <array>
#include <utility>

#include "analysis/list.h"
#include "analysis/nodes.h"
#include "collectors/values.h"

// What is remembered of the primary: its WAL clock, where its timeline forked, who led before.
namespace pgfleet::analysis {
namespace {

using metric::MetricDesc;
using metric::Scope;
using model::ClusterSnapshot;
using model::Lsn;

constexpr MetricDesc kFailovers{
    .name = "pgfleet_cluster_failovers_total",
    .kind = metric::Kind::kCounter,
    .scope = Scope::kCluster,
    .help =
        "Times that another node came to lead the cluster on a new timeline, as seen from here.",
    .source = "pg_is_in_recovery(), pg_walfile_name()"};
constexpr MetricDesc kLastFailover{.name = "pgfleet_cluster_last_failover_timestamp_seconds",
                                   .scope = Scope::kCluster,
                                   .unit = "seconds",
                                   .help = "When the last failover was noticed.",
                                   .source = "pg_is_in_recovery()"};
constexpr MetricDesc kLost{
    .name = "pgfleet_cluster_failover_lost_bytes",
    .scope = Scope::kCluster,
    .unit = "bytes",
    .help =
        "WAL of the old primary, as far as it was seen, that the new one had not received when it "
        "was last seen following.",
    .source = "pg_current_wal_flush_lsn(), pg_last_wal_receive_lsn()"};
constexpr std::array<std::string_view, 3> kInfoLabels = {"from", "to", "timeline"};
constexpr MetricDesc kInfo{.name = "pgfleet_cluster_failover_info",
                           .kind = metric::Kind::kInfo,
                           .scope = Scope::kCluster,
                           .labels = kInfoLabels,
                           .help = "The nodes and the new timeline of the last failover.",
                           .source = "pg_is_in_recovery(), pg_walfile_name()"};
constexpr std::array kMetrics = {&kFailovers, &kLastFailover, &kLost, &kInfo};

// Up to where the node was seen to follow this timeline.
std::optional<Lsn> Followed(const Memory& memory, const std::string& node, std::int64_t timeline) {
  const auto found = memory.nodes.find(node);
  if (found == memory.nodes.end() || !found->second.recovery) return std::nullopt;
  if (found->second.recovery->timeline != timeline) return std::nullopt;
  return found->second.recovery->lsn;
}

void NoteFailover(const KnownPrimary& before, const KnownPrimary& now, Memory& memory) {
  model::Failover failover{.from = before.node,
                           .to = now.node,
                           .timeline = now.timeline,
                           .at = std::chrono::system_clock::now(),
                           .lost_bytes = std::nullopt};
  if (const auto end = Followed(memory, now.node, before.timeline))
    failover.lost_bytes =
        static_cast<double>(std::max<std::int64_t>(0, model::Distance(*end, before.position)));
  ++memory.failovers;
  memory.last_failover = std::move(failover);
}

// A new timeline begins: its clock takes over what both have in common.
void Branch(const KnownPrimary& now, Memory& memory) {
  auto end = Followed(memory, now.node, memory.clock_timeline);
  // The primary itself may have been through a recovery that nobody saw.
  const auto& before = memory.primary;
  if (before && before->node == now.node && before->timeline == memory.clock_timeline)
    end = std::max(end.value_or(Lsn{}), before->position);
  memory.fork.reset();
  if (end)
    memory.fork = Fork{.timeline = now.timeline,
                       .parent = memory.clock_timeline,
                       .least = *end,
                       .most = std::max(*end, now.position)};
  memory.clock = end ? memory.clock.Branch(*end) : WalClock{};
}

// Since the pulse before nobody has committed anything, and what was committed before that one was
// on disk by then: a commit that waits for nobody (synchronous_commit = off) is written a little
// later, three times wal_writer_delay at most.
bool IsQuiet(const model::PulseFacts& pulse, model::Monotonic asked, NodeMemory& node) {
  constexpr std::chrono::milliseconds kWritten{800};
  if (!pulse.activity || node.activity != pulse.activity) {
    node.activity = pulse.activity;
    node.activity_changed = node.activity_seen = asked;
    return false;
  }
  const auto before = std::exchange(node.activity_seen, asked);
  return before - node.activity_changed >= kWritten;
}

void Feed(const model::NodeSnapshot& leader, Lsn position, Memory& memory) {
  if (memory.clock_fed == leader.pulse->began) return;
  memory.clock_fed = leader.pulse->began;
  auto& known = memory.nodes[leader.declared.name];
  const bool quiet = IsQuiet(*leader.facts.pulse, leader.pulse->began, known);
  memory.clock.Observe(position, *leader.pulse, quiet);
}

void Follow(const ClusterSnapshot& cluster, std::size_t i, Memory& memory) {
  const auto& leader = cluster.nodes[i];
  const auto& pulse = *leader.facts.pulse;
  const auto position = PositionOf(pulse);
  if (!position || !leader.pulse) return;
  const KnownPrimary now{.node = leader.declared.name,
                         .timeline = pulse.timeline.value_or(0),
                         .position = *position,
                         .seen = leader.pulse->midpoint()};
  const auto before = memory.primary;
  if (before && before->node != now.node && now.timeline > before->timeline)
    NoteFailover(*before, now, memory);
  if (memory.clock_timeline != now.timeline) Branch(now, memory);
  memory.clock_timeline = now.timeline;
  memory.primary = now;
  Feed(leader, *position, memory);
}

void Remember(const ClusterSnapshot& cluster, std::size_t i, Memory& memory) {
  if (!IsStandby(cluster, i)) return;
  const auto& pulse = *cluster.nodes[i].facts.pulse;
  if (!pulse.receive_lsn || !pulse.timeline) return;
  memory.nodes[cluster.nodes[i].declared.name].recovery =
      RecoveryPosition{.timeline = *pulse.timeline, .lsn = *pulse.receive_lsn};
}

void Run(ClusterSnapshot& cluster, Memory& memory) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) Remember(cluster, i, memory);
  if (cluster.findings.primary) Follow(cluster, *cluster.findings.primary, memory);
  if (memory.primary) cluster.findings.reference = memory.primary->seen;
  cluster.findings.failovers = memory.failovers;
  cluster.findings.last_failover = memory.last_failover;
}

void Write(const ClusterSnapshot& cluster, model::Monotonic, metric::MetricWriter& out) {
  out.Write(kFailovers, static_cast<double>(cluster.findings.failovers));
  const auto& last = cluster.findings.last_failover;
  if (!last) return;
  out.Write(kLastFailover, std::chrono::duration<double>(last->at.time_since_epoch()).count());
  out.Write(kLost, last->lost_bytes);
  out.Write(kInfo, {last->from, last->to, std::to_string(last->timeline)}, 1);
}

}  // namespace

constexpr Analysis kHistory{.name = "history", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
