#pragma once

#include <span>
#include <string_view>

#include "metric/metric_desc.h"
#include "metric/metric_writer.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::analysis {

// One subject that no single node can know. Pure: reads the facts of all nodes, fills its part of
// the analysis, writes the cluster's samples. Either function may be null.
struct Analysis {
  std::string_view name;
  void (*run)(model::ClusterSnapshot& cluster) = nullptr;  // before the snapshot is published
  // `now` tells which facts are still fresh (collectors/freshness.h).
  void (*write)(const model::ClusterSnapshot& cluster, model::Monotonic now,
                metric::MetricWriter& out) = nullptr;
  std::span<const metric::MetricDesc* const> metrics;
};

// Every analysis, in the order of running and of the page.
std::span<const Analysis* const> Catalog();

}  // namespace pgfleet::analysis
