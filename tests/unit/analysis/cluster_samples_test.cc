#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "analysis/list.h"
#include "collectors/catalog.h"

namespace pgfleet::analysis {
namespace {

// Two nodes whose collectors have just succeeded; the first is the primary.
class ClusterSamples : public testing::Test {
 protected:
  ClusterSamples() {
    cluster_.name = "c";
    cluster_.nodes.resize(2);
    for (std::size_t i = 0; i < 2; ++i) {
      auto& node = cluster_.nodes[i];
      node.tried = node.up = true;
      node.collectors.resize(collectors::Catalog().size());
      for (auto& lane : node.lanes) lane.max_age = std::chrono::seconds(30);
      for (auto& collector : node.collectors) collector.last_success = model::Moment{now_, {}};
      SetRole(i, i != 0, false);
      HasSuperusers(i, static_cast<std::int64_t>(i) + 1);
    }
  }
  void SetRole(std::size_t node, bool in_recovery, std::optional<bool> read_only) {
    auto pulse = std::make_shared<model::PulseFacts>();
    pulse->in_recovery = in_recovery;
    auto fence = std::make_shared<model::ReadOnlyFacts>();
    fence->by_default = read_only;
    cluster_.nodes[node].facts.pulse = pulse;
    cluster_.nodes[node].facts.read_only = fence;
  }
  void HasSuperusers(std::size_t node, std::int64_t count) {
    auto roles = std::make_shared<model::RoleFacts>();
    roles->roles = {{.attribute = "superuser", .managed = false, .count = count}};
    roles->memberships = {{.attribute = "admin", .managed = true, .count = 7}};
    cluster_.nodes[node].facts.roles = roles;
  }
  std::string Page(const Analysis& analysis) const {
    metric::MetricWriter out(analysis.metrics);
    out.EnterCluster("c");
    analysis.write(cluster_, now_, out);
    std::string page;
    for (std::size_t i = 0; i < analysis.metrics.size(); ++i) page += out.Lines(i);
    return page;
  }

  model::Monotonic now_ = model::Monotonic() + std::chrono::hours(1);
  model::ClusterSnapshot cluster_;
};

TEST_F(ClusterSamples, RolesComeFromTheOnlyWritableNode) {
  EXPECT_EQ(Page(kAccess),
            "pgfleet_roles{pg_cluster=\"c\",attribute=\"superuser\",managed=\"false\"} 1\n"
            "pgfleet_role_memberships{pg_cluster=\"c\",attribute=\"admin\",managed=\"true\"} 7\n");
}

TEST_F(ClusterSamples, RolesOfAFencedPrimaryDoNotCount) {
  SetRole(0, false, true);
  SetRole(1, false, false);
  EXPECT_NE(Page(kAccess).find("managed=\"false\"} 2\n"), std::string::npos);
}

TEST_F(ClusterSamples, NoRolesWithoutAWritableNode) {
  SetRole(0, true, false);
  EXPECT_EQ(Page(kAccess), "");
}

TEST_F(ClusterSamples, NoRolesWithTwoNodesThatMayBeWritable) {
  SetRole(1, false, std::nullopt);
  EXPECT_EQ(Page(kAccess), "");
}

TEST_F(ClusterSamples, NoRolesOfANodeThatIsDown) {
  cluster_.nodes[0].up = false;
  EXPECT_EQ(Page(kAccess), "");
}

TEST_F(ClusterSamples, NoRolesThatAreTooOld) {
  for (auto& collector : cluster_.nodes[0].collectors)
    collector.last_success = model::Moment{now_ - std::chrono::seconds(31), {}};
  EXPECT_EQ(Page(kAccess), "");
}

TEST_F(ClusterSamples, PasswordsThatEndAndTheirKindsAreToldOfRoles) {
  auto list = std::make_shared<model::RoleListFacts>();
  list->roles = {{.name = "late", .login = true, .valid_until = 200},
                 {.name = "soon", .login = true, .valid_until = 100},
                 {.name = "forever", .login = true},
                 {.name = "group"}};
  auto methods = std::make_shared<model::PasswordMethodFacts>();
  methods->roles = {{"late", "md5"}, {"soon", "md5"}, {"forever", "none"}};
  cluster_.nodes[0].facts.roles = nullptr;
  cluster_.nodes[0].facts.role_list = list;
  cluster_.nodes[0].facts.password_methods = methods;
  EXPECT_EQ(Page(kAccess),
            "pgfleet_role_password_expiry_timestamp_seconds{pg_cluster=\"c\",role=\"soon\"} 100\n"
            "pgfleet_role_password_expiry_timestamp_seconds{pg_cluster=\"c\",role=\"late\"} 200\n"
            "pgfleet_login_roles_without_expiry{pg_cluster=\"c\"} 1\n"
            "pgfleet_roles_password_method{pg_cluster=\"c\",method=\"none\"} 1\n"
            "pgfleet_roles_password_method{pg_cluster=\"c\",method=\"md5\"} 2\n"
            "pgfleet_roles_password_method{pg_cluster=\"c\",method=\"scram-sha-256\"} 0\n"
            "pgfleet_roles_password_method{pg_cluster=\"c\",method=\"other\"} 0\n");
}

TEST_F(ClusterSamples, ExpiriesAreCappedAndAPartOfTheRolesIsNotCounted) {
  auto list = std::make_shared<model::RoleListFacts>();
  list->dropped = 1;
  for (int i = 0; i < 250; ++i)
    list->roles.push_back({.name = "r" + std::to_string(i), .login = true, .valid_until = i});
  cluster_.nodes[0].facts.roles = nullptr;
  cluster_.nodes[0].facts.role_list = list;
  const std::string page = Page(kAccess);
  EXPECT_EQ(std::ranges::count(page, '\n'), 200);
  EXPECT_EQ(page.find("r200"), std::string::npos);
  EXPECT_EQ(page.find("without_expiry"), std::string::npos);
}

TEST_F(ClusterSamples, DeclaredAndReachableNodesAreCounted) {
  cluster_.nodes[1].up = false;
  EXPECT_EQ(Page(kMembership),
            "pgfleet_cluster_declared_nodes{pg_cluster=\"c\"} 2\n"
            "pgfleet_cluster_reachable_nodes{pg_cluster=\"c\"} 1\n");
}

TEST_F(ClusterSamples, ReachableIsNotKnownBeforeEveryNodeWasTried) {
  cluster_.nodes[1].tried = cluster_.nodes[1].up = false;
  EXPECT_EQ(Page(kMembership), "pgfleet_cluster_declared_nodes{pg_cluster=\"c\"} 2\n");
}

std::string Lanes(std::string_view pulse, std::string_view status, std::string_view inventory) {
  const auto line = [](std::string_view lane, std::string_view interval) {
    return fmt::format("pgfleet_lane_interval_seconds{{pg_cluster=\"c\",lane=\"{}\"}} {}\n", lane,
                       interval);
  };
  return line("pulse", pulse) + line("status", status) + line("inventory", inventory);
}

TEST_F(ClusterSamples, WhatIsNotDeclaredIsNoObjective) {
  EXPECT_EQ(Page(kDeclared), "pgfleet_maintenance{pg_cluster=\"c\"} 0\n" + Lanes("0", "0", "0"));
}

TEST_F(ClusterSamples, DeclaredObjectivesAreShownAlsoWhenTheyAreZero) {
  cluster_.declared = {.maintenance = true,
                       .lane_intervals = {0.5, 10, 3600},
                       .objectives = {.lag_seconds = 1.5,
                                      .lag_bytes = 1073741824.0,
                                      .rpo_seconds = 0.0,
                                      .backup_age_seconds = 93600},
                       .expected = {.standbys = 2, .synchronous = 0, .slots = std::nullopt}};
  EXPECT_EQ(Page(kDeclared),
            "pgfleet_objective_lag_seconds{pg_cluster=\"c\"} 1.5\n"
            "pgfleet_objective_lag_bytes{pg_cluster=\"c\"} 1073741824\n"
            "pgfleet_objective_rpo_seconds{pg_cluster=\"c\"} 0\n"
            "pgfleet_objective_backup_age_seconds{pg_cluster=\"c\"} 93600\n"
            "pgfleet_objective_standbys{pg_cluster=\"c\"} 2\n"
            "pgfleet_objective_synchronous{pg_cluster=\"c\"} 0\n"
            "pgfleet_maintenance{pg_cluster=\"c\"} 1\n" +
                Lanes("0.5", "10", "3600"));
}

}  // namespace
}  // namespace pgfleet::analysis
