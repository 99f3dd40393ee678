#include <algorithm>
#include <array>

#include "analysis/list.h"

namespace pgfleet::analysis {
namespace {

constexpr metric::MetricDesc kDeclaredNodes{.name = "pgfleet_cluster_declared_nodes",
                                            .scope = metric::Scope::kCluster,
                                            .help = "Nodes that the configuration declares.",
                                            .source = "configuration"};
constexpr metric::MetricDesc kReachable{.name = "pgfleet_cluster_reachable_nodes",
                                        .scope = metric::Scope::kCluster,
                                        .help = "Declared nodes that answered their last pulse.",
                                        .source = "pulse"};
constexpr std::array kMetrics = {&kDeclaredNodes, &kReachable};

// How many nodes can be reached is known only after each was tried once.
void Write(const model::ClusterSnapshot& cluster, model::Monotonic, metric::MetricWriter& out) {
  out.Write(kDeclaredNodes, static_cast<double>(cluster.nodes.size()));
  if (!std::ranges::all_of(cluster.nodes, &model::NodeSnapshot::tried)) return;
  out.Write(kReachable, static_cast<double>(std::ranges::count_if(
                            cluster.nodes, [](const auto& node) { return node.up; })));
}

}  // namespace

constexpr Analysis kMembership{.name = "membership", .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
