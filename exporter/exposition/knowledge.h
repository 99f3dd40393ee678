#pragma once

#include <span>

#include "metric/metric_desc.h"
#include "metric/metric_writer.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::exposition {

// What the exporter itself knows of every node: whether it answers, why not, which collector fails,
// how old the data is. The families in the order of the page.
std::span<const metric::MetricDesc* const> KnowledgeFamilies();

// Writes them for one node; nothing at all before the first attempt has ended. Requires that the
// writer has entered the node.
void WriteKnowledge(const model::NodeSnapshot& node, metric::MetricWriter& out);

}  // namespace pgfleet::exposition
