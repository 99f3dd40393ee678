#include <algorithm>
#include <array>
#include <utility>

#include "analysis/list.h"
#include "analysis/nodes.h"
#include "collectors/values.h"

// What a node in recovery replays, and whether it comes from an archive.
namespace pgfleet::analysis {
namespace {

using metric::MetricDesc;
using model::ClusterSnapshot;

constexpr MetricDesc kReplayed{
    .name = "pgfleet_recovery_replayed_bytes_total",
    .kind = metric::Kind::kCounter,
    .unit = "bytes",
    .help =
        "WAL that the node was seen to replay, by a stream or from an archive, since it came up in "
        "recovery; not the jump to where a server made anew begins.",
    .source = "pg_last_wal_replay_lsn() over time"};
constexpr std::array kMetrics = {&kReplayed};

// An archive is given this long to bring the next segment.
constexpr std::chrono::seconds kPatience{30};

void Forget(NodeMemory& node) {
  node.silent_at.reset();
  node.restored.reset();
}

// What comes between two pulses without a receiver has come from elsewhere: once an upstream was
// asked not from the node's own directory either, because that is looked through first.
void RememberProgress(const model::NodeSnapshot& node, const model::RecoveryFacts* recovery,
                      NodeMemory& known) {
  const auto& pulse = *node.facts.pulse;
  if (pulse.receiver_streams || !pulse.receive_lsn) return Forget(known);
  const auto before = std::exchange(known.silent_at, pulse.receive_lsn);
  const bool asked = recovery != nullptr && recovery->asked_to_stream.value_or(false);
  if (before && *before < *pulse.receive_lsn && !pulse.receiver && asked)
    known.restored = node.pulse->midpoint();
}

void CountReplay(const model::PulseFacts& pulse, NodeMemory& known) {
  if (!pulse.replay_lsn) return;
  const auto before = std::exchange(known.replayed, pulse.replay_lsn);
  if (before && *before < *pulse.replay_lsn)
    known.replayed_bytes += model::Distance(*before, *pulse.replay_lsn);
}

std::int64_t SegmentBytes(const ClusterSnapshot& cluster) {
  for (const auto& node : cluster.nodes)
    if (const auto* archiver = Fresh(cluster, node, node.facts.archiver, "archiver"))
      return archiver->segment_bytes;
  return 0;
}

// The primary, as it was last seen, has filled a segment that the standby does not have.
bool LacksSegment(const ClusterSnapshot& cluster, const model::PulseFacts& pulse,
                  const Memory& memory) {
  const auto segment = static_cast<std::uint64_t>(SegmentBytes(cluster));
  if (segment == 0 || !memory.primary || pulse.timeline != memory.clock_timeline) return false;
  return pulse.receive_lsn->value / segment < memory.primary->position.value / segment;
}

// What holds replay up, so that it asks for nothing more.
bool IsHeld(const ClusterSnapshot& cluster, const model::NodeSnapshot& node,
            const model::RecoveryFacts& recovery) {
  if (recovery.replay_paused.value_or(false)) return true;
  if (recovery.apply_delay.value_or(node.declared.apply_delay.value_or(0)) > 0) return true;
  const auto* startup = Fresh(cluster, node, node.facts.startup_process, "startup_process");
  return startup != nullptr && startup->conflict_wait.value_or(false);
}

bool Starves(const ClusterSnapshot& cluster, const model::NodeSnapshot& node,
             const NodeMemory& known, const Memory& memory) {
  const auto since = std::max(known.restored, known.silent_since);
  return since && node.pulse->began - *since >= kPatience &&
         LacksSegment(cluster, *node.facts.pulse, memory);
}

// A setting alone brings no WAL. Who has asked an upstream for it was not served by the archive
// then; who never has gets what it gets from an archive, because there is nothing else.
bool Restores(const ClusterSnapshot& cluster, const model::NodeSnapshot& node,
              const model::RecoveryFacts* recovery, const NodeMemory& known, const Memory& memory) {
  if (recovery == nullptr) return known.restored.has_value();
  if (!recovery->has_restore_command.value_or(true)) return false;
  const bool came = known.restored || !recovery->asked_to_stream.value_or(true);
  return came && (IsHeld(cluster, node, *recovery) || !Starves(cluster, node, known, memory));
}

void Look(ClusterSnapshot& cluster, std::size_t i, Memory& memory) {
  const auto& node = cluster.nodes[i];
  NodeMemory& known = memory.nodes[node.declared.name];
  if (!IsStandby(cluster, i) || !node.pulse) {
    Forget(known);
    known.replayed.reset();
    return;
  }
  const auto* recovery = Fresh(cluster, node, node.facts.recovery, "recovery");
  RememberProgress(node, recovery, known);
  CountReplay(*node.facts.pulse, known);
  auto& found = cluster.analysis[i];
  if (node.facts.pulse->replay_lsn) found.replayed_bytes = known.replayed_bytes;
  if (!node.facts.pulse->receiver_streams && node.facts.pulse->receive_lsn)
    found.restores = Restores(cluster, node, recovery, known, memory);
}

void Run(ClusterSnapshot& cluster, Memory& memory) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) Look(cluster, i, memory);
}

void Write(const ClusterSnapshot& cluster, model::Monotonic, metric::MetricWriter& out) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    out.EnterNode(cluster.name, cluster.nodes[i].declared.name);
    out.Write(kReplayed, collectors::AsValue(cluster.analysis[i].replayed_bytes));
  }
}

}  // namespace

constexpr Analysis kRestoring{.name = "restoring", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
