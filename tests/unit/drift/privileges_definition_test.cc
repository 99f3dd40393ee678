#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "access_builder.h"
#include "drift/privileges.h"

namespace pgfleet::drift {
namespace {

using model::Privilege;
using model::Role;
using model::Via;

// Against the definition of each way, by what RoleGraph says of pairs of roles.
class RandomGraph : public testing::TestWithParam<unsigned> {};
INSTANTIATE_TEST_SUITE_P(Privileges, RandomGraph, testing::Range(1U, 21U));

struct World {
  std::vector<Role> roles;
  std::vector<model::Membership> memberships;
};

// Members come before their roles, as there are no cycles.
World RandomWorld(unsigned seed) {
  std::mt19937 random(seed);
  const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
  World world{.roles = {Plain("pg_read_all_data")}, .memberships = {}};
  for (int i = 0; i < 40; ++i) {
    world.roles.push_back(Plain("r" + std::to_string(i)));
    world.roles.back().replication = chance(4);
    world.roles.back().superuser = chance(3);
    for (int member = 0; member < i; ++member)
      if (chance(4))
        world.memberships.push_back(New("r" + std::to_string(i), "r" + std::to_string(member),
                                        {chance(30), chance(60), chance(60)}));
    if (chance(10))
      world.memberships.push_back(
          New("pg_read_all_data", "r" + std::to_string(i), {chance(30), chance(60), chance(60)}));
  }
  return world;
}

// All that `role` can make itself be, by the rules one after the other until nothing is new.
std::vector<bool> Identities(const RoleGraph& graph, RoleGraph::Index role, bool past_superusers,
                             bool by_grants) {
  std::vector<bool> be(graph.size());
  be[role] = true;
  const auto is_door = [&](RoleGraph::Index i) {
    return past_superusers || !graph.role(i).superuser;
  };
  for (bool is_new = true; is_new;) {
    is_new = false;
    for (const RoleGraph::Edge& edge : graph.edges()) {
      if (be[edge.role]) continue;
      bool gets = edge.set && be[edge.member] && is_door(edge.role);
      for (RoleGraph::Index i = 0; i < graph.size() && by_grants && !gets; ++i)
        gets =
            edge.admin && be[i] && graph.Uses(i, edge.member) && !graph.role(edge.role).superuser;
      if (!gets) continue;
      be[edge.role] = is_new = true;
    }
  }
  return be;
}

std::optional<Via> Expected(const RoleGraph& graph, RoleGraph::Index role, Privilege privilege) {
  const bool is_superuser = privilege == Privilege::kSuperuser;
  const auto all = graph.Find("pg_read_all_data").value();
  const auto has = [&](RoleGraph::Index i) {
    if (privilege == Privilege::kReadAllData) return graph.Uses(i, all);
    if (is_superuser) return graph.role(i).superuser;
    return graph.role(i).replication && !graph.role(i).superuser;
  };
  if (graph.role(role).superuser && !is_superuser) return std::nullopt;
  if (has(role)) {
    if (privilege != Privilege::kReadAllData) return Via::kHeld;
    for (const RoleGraph::Edge& edge : graph.RolesOf(role))
      if (edge.role == all && edge.inherit) return Via::kHeld;
    return Via::kInherit;
  }
  for (const bool by_grants : {false, true}) {
    const auto be = Identities(graph, role, is_superuser, by_grants);
    for (RoleGraph::Index i = 0; i < graph.size(); ++i)
      if (be[i] && has(i)) return by_grants ? Via::kGrantable : Via::kSet;
  }
  return std::nullopt;
}

TEST_P(RandomGraph, IsToldAsTheDefinitionSays) {
  const World world = RandomWorld(GetParam());
  const RoleGraph graph(world.roles, world.memberships);
  const auto told = FindPrivileged(graph, ReservedRoles(world.roles));
  for (RoleGraph::Index i = 0; i < graph.size(); ++i)
    for (const Privilege privilege :
         {Privilege::kSuperuser, Privilege::kReplication, Privilege::kReadAllData}) {
      if (graph.role(i).name == "pg_read_all_data") continue;
      std::optional<Via> via;
      for (const auto& each : told)
        if (each.role == graph.role(i).name && each.privilege == privilege) via = each.via;
      EXPECT_EQ(via, Expected(graph, i, privilege)) << graph.role(i).name;
    }
}

}  // namespace
}  // namespace pgfleet::drift
