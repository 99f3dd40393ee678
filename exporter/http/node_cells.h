#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "http/remarks.h"
#include "http/table.h"
#include "model/cluster_snapshot.h"

// What the pages say of a node, a word or two each, as markup. Empty: not known now. Pure.
namespace pgfleet::http {

std::string RoleOf(const model::NodeSnapshot& node, model::Monotonic now);
std::string TimelineOf(const model::NodeSnapshot& node, model::Monotonic now);
std::string VersionOf(const model::NodeSnapshot& node, model::Monotonic now);
std::string LagOf(const model::ClusterSnapshot& cluster, std::size_t node, model::Monotonic now);
std::string ArchiverOf(const model::ClusterSnapshot& cluster, std::size_t node,
                       model::Monotonic now);
// How many settings drifted, from the other nodes and from the baseline together.
std::string DriftOf(const model::ClusterSnapshot& cluster, std::size_t node, model::Monotonic now);
std::string PulseAge(const model::NodeSnapshot& node, model::Monotonic now);

// Up or why not, with what to do about it, and what else is remarked of the node.
std::string StateOf(const model::ClusterSnapshot& cluster, std::size_t node,
                    const std::vector<Remark>& remarks);

// What is remarked of the cluster itself, a paragraph each.
void AddRemarks(std::string& page, const std::vector<Remark>& remarks);

// The table of the nodes of a cluster, with links to their pages.
void AddNodes(std::string& page, const model::ClusterSnapshot& cluster,
              const std::vector<Remark>& remarks, model::Monotonic now);

// The paths of the pages; markup.
std::string ClusterPath(std::string_view cluster);
std::string NodePath(std::string_view cluster, std::string_view node);

}  // namespace pgfleet::http
