#include <algorithm>
#include <array>
#include <utility>

#include "analysis/list.h"
#include "collectors/freshness.h"
#include "collectors/password_methods.h"

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
constexpr std::array<std::string_view, 1> kRole = {"role"};
constexpr MetricDesc kExpiry{
    .name = "pgfleet_role_password_expiry_timestamp_seconds",
    .scope = metric::Scope::kCluster,
    .unit = "seconds",
    .labels = kRole,
    .help =
        "When the role's password ends, also in the past; absent: never. The soonest 200. Other "
        "ways to log in do not end with it. From the only writable node.",
    .source = "pg_roles.rolvaliduntil"};
constexpr MetricDesc kWithoutExpiry{
    .name = "pgfleet_login_roles_without_expiry",
    .scope = metric::Scope::kCluster,
    .help = "Roles that may log in and whose password never ends. From the only writable node.",
    .source = "pg_roles.rolcanlogin, rolvaliduntil"};
constexpr std::array<std::string_view, 1> kMethod = {"method"};
constexpr MetricDesc kPasswordMethods{
    .name = "pgfleet_roles_password_method",
    .scope = metric::Scope::kCluster,
    .labels = kMethod,
    .help =
        "Roles that may log in by how their password is kept: none, md5, scram-sha-256, other. "
        "From the only writable node; absent without the helper pgfleet.password_methods().",
    .source = "pg_authid.rolpassword"};
constexpr std::array kMetrics = {&kRoles, &kMemberships, &kExpiry, &kWithoutExpiry,
                                 &kPasswordMethods};

// A node whose default_transaction_read_only is not known counts as writable: better to say nothing
// than to take the roles of one of two primaries.
bool IsWritable(const model::NodeSnapshot& node, model::Monotonic now) {
  const auto& facts = node.facts;
  if (!facts.pulse || !collectors::IsFresh(node, "pulse", now) || facts.pulse->in_recovery)
    return false;
  const bool known = facts.read_only && collectors::IsFresh(node, "read_only", now);
  return !known || facts.read_only->by_default != true;
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

void WriteExpiries(const std::vector<model::Role>& roles, metric::MetricWriter& out) {
  std::vector<const model::Role*> ending;
  for (const model::Role& role : roles)
    if (role.valid_until) ending.push_back(&role);
  std::ranges::sort(ending, {}, [](const model::Role* role) {
    return std::pair<double, std::string_view>(*role->valid_until, role->name);
  });
  ending.resize(std::min(ending.size(), model::kMostRoleExpiries));
  for (const model::Role* role : ending) out.Write(kExpiry, {role->name}, *role->valid_until);
}

// Without the whole list a count would be too low.
void WriteRoles(const model::RoleListFacts& list, metric::MetricWriter& out) {
  WriteExpiries(list.roles, out);
  if (list.dropped > 0) return;
  out.Write(kWithoutExpiry,
            static_cast<double>(std::ranges::count_if(list.roles, [](const model::Role& role) {
              return role.login && !role.valid_until;
            })));
}

void WriteMethods(const model::PasswordMethodFacts& facts, metric::MetricWriter& out) {
  if (facts.dropped > 0) return;
  for (const auto method : collectors::kPasswordMethodNames)
    out.Write(kPasswordMethods, {method},
              static_cast<double>(
                  std::ranges::count(facts.roles, method, &model::PasswordMethod::method)));
}

void Write(const model::ClusterSnapshot& cluster, model::Monotonic now, metric::MetricWriter& out) {
  const auto* node = OnlyWritable(cluster, now);
  if (node == nullptr) return;
  const model::NodeFacts& facts = node->facts;
  if (facts.roles && collectors::IsFresh(*node, "roles", now)) {
    WriteCounts(kRoles, facts.roles->roles, out);
    WriteCounts(kMemberships, facts.roles->memberships, out);
  }
  if (facts.role_list && collectors::IsFresh(*node, "role_list", now))
    WriteRoles(*facts.role_list, out);
  if (facts.password_methods && collectors::IsFresh(*node, "password_methods", now))
    WriteMethods(*facts.password_methods, out);
}

}  // namespace

constexpr Analysis kAccess{.name = "access", .run = nullptr, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
