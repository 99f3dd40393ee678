#pragma once

#include <vector>

#include "config/nodes.h"

namespace pgfleet::config {

// Adds a fault for every declaration that the others of the cluster contradict: roles against the
// cluster's kind and each other, upstreams that are unknown or run in a circle.
void CheckTopology(const std::vector<NodeDraft>& nodes, model::ClusterKind kind, Faults& faults);

}  // namespace pgfleet::config
