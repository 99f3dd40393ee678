#pragma once

#include <span>
#include <string_view>

#include "analysis/memory.h"
#include "metric/metric_desc.h"
#include "metric/metric_writer.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::analysis {

// One subject that no single node can know: reads the facts of all nodes, fills its part of the
// analysis, writes the samples. No input but its arguments. Either function may be null.
struct Analysis {
  std::string_view name;
  // Before the snapshot is published, on the event loop; `memory` is that of the cluster.
  void (*run)(model::ClusterSnapshot& cluster, Memory& memory) = nullptr;
  // `now` tells which facts are still fresh (collectors/freshness.h).
  void (*write)(const model::ClusterSnapshot& cluster, model::Monotonic now,
                metric::MetricWriter& out) = nullptr;
  std::span<const metric::MetricDesc* const> metrics;
};

// Every analysis, in the order of running and of the page.
std::span<const Analysis* const> Catalog();

}  // namespace pgfleet::analysis
