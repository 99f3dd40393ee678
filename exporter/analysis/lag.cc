#include "analysis/lag.h"

#include <algorithm>
#include <array>

#include "analysis/list.h"
#include "analysis/nodes.h"

namespace pgfleet::analysis {
namespace {

using model::ClusterSnapshot;
using model::Lsn;
using model::StandbyLag;

// Clocks of servers are compared by way of ours, each known to half a round trip.
constexpr double kClockMargin = 0.2;

// The standby's position means something on the clock's timeline: it is on it, or has not gone past
// the point where it began.
bool IsComparable(const ClusterSnapshot& cluster, std::size_t i, Lsn position,
                  const Memory& memory) {
  const auto& pulse = *cluster.nodes[i].facts.pulse;
  if (cluster.analysis[i].diverged.value_or(false)) return false;
  if (!pulse.timeline || *pulse.timeline == memory.clock_timeline) return true;
  return *pulse.timeline < memory.clock_timeline && memory.fork &&
         *pulse.timeline == memory.fork->parent && position <= memory.fork->least;
}

// The age of the last replayed commit bounds the lag from above where the clock does not reach back
// far enough: its time is the primary's, so both servers' clocks are put on ours.
std::optional<double> CommitAge(const ClusterSnapshot& cluster, std::size_t i) {
  const auto& standby = cluster.nodes[i];
  const auto& pulse = *standby.facts.pulse;
  if (!cluster.findings.primary || !pulse.last_replayed_transaction) return std::nullopt;
  const auto primary_offset = cluster.nodes[*cluster.findings.primary].clock_offset;
  if (!primary_offset || !standby.clock_offset) return std::nullopt;
  const double now = pulse.server_clock - *standby.clock_offset + *primary_offset;
  return now - *pulse.last_replayed_transaction + kClockMargin;
}

void MeasureSeconds(const ClusterSnapshot& cluster, std::size_t i, Lsn replayed,
                    const Memory& memory, StandbyLag& lag) {
  const auto age = memory.clock.AgeOf(replayed, *cluster.nodes[i].pulse);
  if (!age) return;
  lag.seconds = age->estimate;
  lag.is_caught_up = age->is_newest;
  lag.lower_bound = !age->upper;
  auto upper = age->upper;
  if (!upper) upper = CommitAge(cluster, i);
  if (upper) lag.uncertainty = std::max(0.0, *upper - age->lower);
}

// A position read a moment after the primary's may lie before it by a few bytes; one that is really
// ahead is told by `diverged`.
std::optional<double> Behind(std::optional<Lsn> position, std::optional<Lsn> reference) {
  if (!position || !reference) return std::nullopt;
  return static_cast<double>(std::max<std::int64_t>(0, model::Distance(*position, *reference)));
}

std::optional<Lsn> UpstreamPosition(const ClusterSnapshot& cluster, std::size_t i,
                                    const Memory& memory) {
  const auto upstream = cluster.analysis[i].upstream;
  if (!upstream) return std::nullopt;
  const auto* pulse = PulseOf(cluster.nodes[*upstream]);
  if (pulse == nullptr) return std::nullopt;
  if (upstream == cluster.findings.primary)
    return memory.clock.At(cluster.nodes[i].pulse->midpoint());
  return PositionOf(*pulse);
}

std::optional<double> ApplyDelay(const ClusterSnapshot& cluster, const model::NodeSnapshot& node) {
  const auto* recovery = Fresh(cluster, node, node.facts.recovery, "recovery");
  if (recovery != nullptr && recovery->apply_delay) return recovery->apply_delay;
  return node.declared.apply_delay;
}

void Measure(ClusterSnapshot& cluster, std::size_t i, const Memory& memory) {
  const auto& node = cluster.nodes[i];
  const auto& pulse = *node.facts.pulse;
  StandbyLag& lag = cluster.analysis[i].lag;
  lag.apply_bytes = Behind(pulse.replay_lsn, pulse.receive_lsn);
  lag.apply_delay = ApplyDelay(cluster, node);
  if (!pulse.replay_lsn || !IsComparable(cluster, i, *pulse.replay_lsn, memory)) return;
  MeasureSeconds(cluster, i, *pulse.replay_lsn, memory, lag);
  const auto reference = memory.clock.At(node.pulse->midpoint());
  lag.bytes = Behind(pulse.replay_lsn, reference);
  lag.receive_bytes = Behind(pulse.receive_lsn, reference);
  lag.hop_bytes = Behind(pulse.replay_lsn, UpstreamPosition(cluster, i, memory));
  if (lag.seconds && lag.apply_delay.value_or(0) > 0)
    lag.excess = std::max(0.0, *lag.seconds - *lag.apply_delay);
}

// Seconds over what was promised, the declared delay left out.
bool IsOverObjective(const model::Objectives& objectives, const StandbyLag& lag) {
  const auto seconds = lag.excess ? lag.excess : lag.seconds;
  return (objectives.lag_seconds && seconds > objectives.lag_seconds) ||
         (objectives.lag_bytes && lag.bytes > objectives.lag_bytes && !lag.excess);
}

void Count(ClusterSnapshot& cluster, std::size_t i, double seconds, model::LagSeconds& counted) {
  auto& found = cluster.analysis[i];
  if (found.expected) {
    const bool known = IsKnown(cluster, i, cluster.at);
    (known ? counted.observed : counted.unknown) += seconds;
    if (known && IsOverObjective(cluster.declared.objectives, found.lag))
      counted.over_objective += seconds;
  }
  found.counted = counted;
}

void Run(ClusterSnapshot& cluster, Memory& memory) {
  const auto since = memory.lag_counted.value_or(cluster.at);
  memory.lag_counted = cluster.at;
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    if (IsStandby(cluster, i) && cluster.nodes[i].pulse && cluster.findings.primary != i)
      Measure(cluster, i, memory);
    Count(cluster, i, model::Seconds(cluster.at - since),
          memory.nodes[cluster.nodes[i].declared.name].counted);
  }
}

}  // namespace

bool HasFreshReference(const ClusterSnapshot& cluster, model::Monotonic now) {
  const auto reference = cluster.findings.reference;
  return reference && !cluster.nodes.empty() &&
         now - *reference <= cluster.nodes.front().lanes.front().max_age;
}

bool IsKnown(const ClusterSnapshot& cluster, std::size_t i, model::Monotonic now) {
  const StandbyLag& lag = cluster.analysis[i].lag;
  return lag.seconds && (!lag.is_caught_up || HasFreshReference(cluster, now));
}

constexpr Analysis kLag{.name = "lag", .run = Run, .write = WriteLag, .metrics = lag_metrics::kAll};

}  // namespace pgfleet::analysis
