#include <array>

#include "analysis/list.h"
#include "collectors/freshness.h"

namespace pgfleet::analysis {
namespace {

using metric::MetricDesc;

constexpr std::array<std::string_view, 2> kLabels = {"attribute", "managed"};
constexpr MetricDesc kRoles{.name = "pgfleet_roles",
                            .scope = metric::Scope::kCluster,
                            .labels = kLabels,
                            .help =
                                "Roles that have an attribute (any: all roles), PostgreSQL's "
                                "own pg_ roles left out; managed: roles of the platform. From "
                                "the only writable node; absent with none or several.",
                            .source = "pg_roles"};
constexpr MetricDesc kMemberships{
    .name = "pgfleet_role_memberships",
    .scope = metric::Scope::kCluster,
    .labels = kLabels,
    .help =
        "Memberships of roles in roles (any), and those that may be passed on (admin); managed: "
        "the member is a role of the platform. From the only writable node; absent with none "
        "or several.",
    .source = "pg_auth_members"};
constexpr std::array kMetrics = {&kRoles, &kMemberships};

// A node whose default_transaction_read_only is not known counts as writable: better to say nothing
// than to take the roles of one of two primaries.
bool IsWritable(const model::NodeSnapshot& node, model::Monotonic now) {
  const auto& facts = node.facts;
  if (!facts.pulse || !collectors::IsFresh(node, "pulse", now) || facts.pulse->in_recovery)
    return false;
  const bool known = facts.identity && collectors::IsFresh(node, "identity", now);
  return !known || facts.identity->default_read_only != true;
}

const model::NodeSnapshot* OnlyWritable(const model::ClusterSnapshot& cluster,
                                        model::Monotonic now) {
  const model::NodeSnapshot* only = nullptr;
  for (const auto& node : cluster.nodes) {
    if (!IsWritable(node, now)) continue;
    if (only != nullptr) return nullptr;
    only = &node;
  }
  return only;
}

void WriteCounts(const MetricDesc& desc, const std::vector<model::RoleCount>& counts,
                 metric::MetricWriter& out) {
  for (const auto& count : counts)
    out.Write(desc, {count.attribute, count.managed ? "true" : "false"},
              static_cast<double>(count.count));
}

void Write(const model::ClusterSnapshot& cluster, model::Monotonic now, metric::MetricWriter& out) {
  const auto* node = OnlyWritable(cluster, now);
  if (node == nullptr || !node->facts.roles || !collectors::IsFresh(*node, "roles", now)) return;
  WriteCounts(kRoles, node->facts.roles->roles, out);
  WriteCounts(kMemberships, node->facts.roles->memberships, out);
}

}  // namespace

constexpr Analysis kAccess{.name = "access", .run = nullptr, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
