#pragma once

#include <cstddef>
#include <string>

#include "model/cluster_snapshot.h"

namespace pgfleet::http {

// The page of a node: what is known of it, collectors that fail with what to do, and its last polls
// as a timed trace. `node`: its place in the cluster. Pure.
std::string RenderNode(const model::ClusterSnapshot& cluster, std::size_t node,
                       model::Monotonic now);

}  // namespace pgfleet::http
