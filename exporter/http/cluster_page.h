#pragma once

#include <string>

#include "model/cluster_snapshot.h"

namespace pgfleet::http {

// The page of a cluster: what is remarked of it, who feeds whom as a picture, its nodes, its slots,
// what it lost at the last failover and what its archive can restore. Pure.
std::string RenderCluster(const model::ClusterSnapshot& cluster, model::Monotonic now);

}  // namespace pgfleet::http
