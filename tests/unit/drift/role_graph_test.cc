#include "drift/role_graph.h"

#include <gtest/gtest.h>

#include "access_builder.h"

namespace pgfleet::drift {
namespace {

// The graph does not own its roles.
struct World {
  World(std::vector<model::Role> some, std::vector<model::Membership> memberships)
      : roles(std::move(some)), graph(roles, memberships) {}
  RoleGraph::Index At(const char* name) const { return graph.Find(name).value(); }
  bool Uses(const char* member, const char* role) const { return graph.Uses(At(member), At(role)); }
  bool IsMember(const char* member, const char* role) const {
    return graph.IsMember(At(member), At(role));
  }
  bool CanSet(const char* member, const char* role) const {
    return graph.CanSet(At(member), At(role));
  }
  std::vector<model::Role> roles;
  RoleGraph graph;
};

TEST(RoleGraph, ARoleIsItself) {
  const World world({Noinherit("a"), Plain("b")}, {});
  EXPECT_TRUE(world.Uses("a", "a") && world.IsMember("a", "a") && world.CanSet("a", "a"));
  EXPECT_FALSE(world.Uses("a", "b") || world.IsMember("a", "b") || world.CanSet("a", "b"));
}

TEST(RoleGraph, Before16TheMembersOwnAttributeDecidesAboutInheriting) {
  const World world({Plain("inherits"), Noinherit("does_not"), Plain("team"), Plain("top")},
                    {Old("team", "inherits"), Old("team", "does_not"), Old("top", "team")});
  EXPECT_TRUE(world.Uses("inherits", "top"));
  EXPECT_FALSE(world.Uses("does_not", "team"));
  EXPECT_FALSE(world.Uses("team", "inherits"));
}

TEST(RoleGraph, Before16ANoinheritRoleInBetweenEndsInheriting) {
  const World world({Plain("user"), Noinherit("team"), Plain("top")},
                    {Old("team", "user"), Old("top", "team")});
  EXPECT_TRUE(world.Uses("user", "team"));
  EXPECT_FALSE(world.Uses("user", "top"));
}

TEST(RoleGraph, Before16SetRoleFollowsEveryChain) {
  const World world({Noinherit("user"), Noinherit("team"), Plain("top")},
                    {Old("team", "user"), Old("top", "team")});
  EXPECT_TRUE(world.CanSet("user", "top"));
  EXPECT_TRUE(world.IsMember("user", "top"));
}

TEST(RoleGraph, From16OnEachGrantDecides) {
  const World world({Noinherit("a"), Plain("b"), Plain("c"), Plain("top")},
                    {New("top", "a", {.inherit = true, .set = false}),
                     New("top", "b", {.inherit = false, .set = true}),
                     New("top", "c", {.inherit = false, .set = false})});
  EXPECT_TRUE(world.Uses("a", "top") && !world.CanSet("a", "top"));
  EXPECT_TRUE(!world.Uses("b", "top") && world.CanSet("b", "top"));
  EXPECT_TRUE(!world.Uses("c", "top") && !world.CanSet("c", "top"));
  for (const char* member : {"a", "b", "c"}) EXPECT_TRUE(world.IsMember(member, "top")) << member;
}

TEST(RoleGraph, AWayNeedsItsOptionOnEveryGrant) {
  const World world({Plain("a"), Plain("b"), Plain("c")},
                    {New("b", "a", {.inherit = true, .set = false}),
                     New("c", "b", {.inherit = false, .set = true})});
  EXPECT_FALSE(world.Uses("a", "c"));
  EXPECT_FALSE(world.CanSet("a", "c"));
  EXPECT_TRUE(world.IsMember("a", "c"));
}

TEST(RoleGraph, SeveralGrantsOfOneMembershipCountByTheirStrongest) {
  const World world({Plain("a"), Plain("team")},
                    {New("team", "a", {.admin = true, .inherit = false, .set = false}, "x"),
                     New("team", "a", {.admin = false, .inherit = true, .set = false}, "y")});
  ASSERT_EQ(world.graph.edges().size(), 1U);
  const RoleGraph::Edge& edge = world.graph.edges()[0];
  EXPECT_TRUE(edge.admin && edge.inherit && !edge.set && edge.has_options);
  EXPECT_EQ(world.graph.MembersOf(world.At("team")).size(), 1U);
}

TEST(RoleGraph, MembershipsOfRolesThatAreNotThereAreLeftOut) {
  const World world({Plain("a")}, {Old("gone", "a"), Old("a", "gone")});
  EXPECT_TRUE(world.graph.edges().empty());
  EXPECT_FALSE(world.graph.Find("gone"));
}

TEST(RoleGraph, NamesCompareBytewise) {
  const World world({Plain("\xC3\xA9"), Plain("a"), Plain("B"), Plain("a ")}, {});
  ASSERT_EQ(world.graph.size(), 4U);
  EXPECT_EQ(world.graph.role(0).name, "B");
  EXPECT_EQ(world.graph.role(1).name, "a");
  EXPECT_EQ(world.graph.role(2).name, "a ");
  EXPECT_EQ(world.graph.role(3).name, "\xC3\xA9");
  EXPECT_FALSE(world.graph.Find("A"));
}

TEST(RoleGraph, EdgesAreFoundFromBothEnds) {
  const World world({Plain("a"), Plain("b"), Plain("c")},
                    {Old("c", "a"), Old("b", "a"), Old("c", "b")});
  const auto roles = world.graph.RolesOf(world.At("a"));
  ASSERT_EQ(roles.size(), 2U);
  EXPECT_EQ(roles[0].role, world.At("b"));
  const auto members = world.graph.MembersOf(world.At("c"));
  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(members[1].member, world.At("b"));
  EXPECT_TRUE(world.graph.RolesOf(world.At("c")).empty());
}

// A server has none; what it says is not to hang us.
TEST(RoleGraph, ACycleEnds) {
  const World world({Plain("a"), Plain("b"), Plain("c")},
                    {Old("b", "a"), Old("a", "b"), Old("a", "a")});
  EXPECT_TRUE(world.Uses("a", "b"));
  EXPECT_FALSE(world.IsMember("a", "c"));
}

}  // namespace
}  // namespace pgfleet::drift
