#include "analysis/lag.h"

namespace pgfleet::analysis {
namespace {

namespace m = lag_metrics;
using model::ClusterSnapshot;

// What holds whatever the primary does, and what only while it is known where the primary is.
void WriteStandby(const ClusterSnapshot& cluster, std::size_t i, model::Monotonic now,
                  metric::MetricWriter& out) {
  const model::StandbyLag& lag = cluster.analysis[i].lag;
  out.Write(m::kDelay, lag.apply_delay);
  out.Write(m::kHop, lag.hop_bytes);
  if (IsKnown(cluster, i, now)) {
    out.Write(m::kSeconds, lag.seconds);
    out.Write(m::kUncertainty, lag.uncertainty);
    out.Write(m::kExcess, lag.excess);
    if (lag.lower_bound) out.Write(m::kLowerBound, 1);
  }
  if (!HasFreshReference(cluster, now)) return;
  out.Write(m::kBytes, lag.bytes);
  out.Write(m::kReceive, lag.receive_bytes);
}

void WriteCounters(const model::LagSeconds& counted, metric::MetricWriter& out) {
  out.Write(m::kObserved, counted.observed);
  out.Write(m::kOver, counted.over_objective);
  out.Write(m::kUnknown, counted.unknown);
}

}  // namespace

void WriteLag(const ClusterSnapshot& cluster, model::Monotonic now, metric::MetricWriter& out) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    const auto& found = cluster.analysis[i];
    out.EnterNode(cluster.name, cluster.nodes[i].declared.name);
    WriteStandby(cluster, i, now, out);
    if (!found.expected) continue;
    if (const auto reference = cluster.findings.reference)
      out.Write(m::kReferenceAge, model::Seconds(now - *reference));
    WriteCounters(found.counted, out);
  }
}

}  // namespace pgfleet::analysis
