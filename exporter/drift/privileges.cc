#include "drift/privileges.h"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>

#include "drift/role_paths.h"

namespace pgfleet::drift {
namespace {

using model::Privilege;
using model::PrivilegedRole;
using model::Role;
using model::Via;

struct Attribute {
  Privilege privilege;
  bool Role::* value;
};
constexpr std::array kAttributes = {
    Attribute{.privilege = Privilege::kSuperuser, .value = &Role::superuser},
    Attribute{.privilege = Privilege::kReplication, .value = &Role::replication},
    Attribute{.privilege = Privilege::kBypassrls, .value = &Role::bypassrls},
    Attribute{.privilege = Privilege::kCreaterole, .value = &Role::createrole}};
// The others are predefined roles of that name.
constexpr std::size_t kFirstRole = kAttributes.size();

// That superusers have the attribute as well leads nowhere: the way to them is barred for all but
// the first.
Goal AttributeGoal(const RoleGraph& graph, const Attribute& attribute) {
  const bool is_superuser = attribute.privilege == Privilege::kSuperuser;
  Goal goal{.roles = {}, .to_be_it = true, .past_superusers = is_superuser};
  for (RoleGraph::Index i = 0; i < graph.size(); ++i)
    if (graph.role(i).*attribute.value) goal.roles.push_back(i);
  return goal;
}

Goal RoleGoal(const RoleGraph& graph, Privilege privilege) {
  Goal goal;
  const auto name = model::kPrivilegeNames[static_cast<std::size_t>(privilege)];
  if (const auto role = graph.Find(name)) goal.roles.push_back(*role);
  return goal;
}

// An attribute is the role's own; a predefined role is one membership away.
Via ViaOf(Reach reach, std::size_t length, const Goal& goal) {
  if (reach == Reach::kGrant) return Via::kGrantable;
  if (reach == Reach::kSet) return Via::kSet;
  return length > (goal.to_be_it ? 0U : 1U) ? Via::kInherit : Via::kHeld;
}

bool IsTold(const Role& role, Privilege privilege, const ReservedRoles& reserved) {
  if (role.superuser) return privilege == Privilege::kSuperuser;
  return !reserved.Has(role.name);
}

void Find(const RoleGraph& graph, const ReservedRoles& reserved, Privilege privilege,
          const Goal& goal, std::vector<PrivilegedRole>& found) {
  if (goal.roles.empty()) return;
  std::vector<bool> told(graph.size());
  for (const Reach reach : {Reach::kInherit, Reach::kSet, Reach::kGrant}) {
    const RolePaths paths(graph, goal, reach);
    for (RoleGraph::Index i = 0; i < graph.size(); ++i) {
      if (told[i] || !paths.Has(i) || !IsTold(graph.role(i), privilege, reserved)) continue;
      told[i] = true;
      found.push_back({.role = graph.role(i).name,
                       .privilege = privilege,
                       .via = ViaOf(reach, paths.Length(i), goal),
                       .path = paths.Names(i)});
    }
  }
}

}  // namespace

std::vector<PrivilegedRole> FindPrivileged(const RoleGraph& graph, const ReservedRoles& reserved) {
  std::vector<PrivilegedRole> found;
  for (const Attribute& attribute : kAttributes)
    Find(graph, reserved, attribute.privilege, AttributeGoal(graph, attribute), found);
  for (std::size_t i = kFirstRole; i < model::kPrivilegeNames.size(); ++i) {
    const auto privilege = static_cast<Privilege>(i);
    Find(graph, reserved, privilege, RoleGoal(graph, privilege), found);
  }
  std::ranges::sort(found, {}, [](const PrivilegedRole& each) {
    return std::tuple(std::string_view(each.role), each.privilege);
  });
  return found;
}

}  // namespace pgfleet::drift
