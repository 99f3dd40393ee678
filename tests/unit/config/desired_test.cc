// What the owner declares about settings and roles reaches the comparison as it stands in the file.
#include "model/desired.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "config/config.h"

namespace pgfleet::config {
namespace {

using model::DesiredMember;
using model::DesiredRole;
using model::NodeRole;
using model::PasswordExpiry;
using model::SettingRule;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Optional;

SettingRule OneOf(std::string setting, std::vector<std::string> values,
                  std::optional<NodeRole> role = std::nullopt) {
  SettingRule rule;
  rule.setting = std::move(setting);
  rule.role = role;
  rule.one_of = std::move(values);
  return rule;
}

SettingRule Set(std::string setting, bool set, std::optional<NodeRole> role = std::nullopt) {
  SettingRule rule;
  rule.setting = std::move(setting);
  rule.role = role;
  rule.set = set;
  return rule;
}

SettingRule Bounded(std::string setting, std::optional<std::string> least,
                    std::optional<std::string> most) {
  SettingRule rule;
  rule.setting = std::move(setting);
  rule.at_least = std::move(least);
  rule.at_most = std::move(most);
  return rule;
}

class Desired : public testing::Test {
 protected:
  void SetUp() override {
    auto config = Load(std::string(PGFLEET_SOURCE_DIR) + "/tests/configs/good/desired.yml",
                       ProcessEnvironment());
    ASSERT_TRUE(config.has_value()) << Text(config.error());
    clusters_ = config->clusters;
    ASSERT_EQ(clusters_.size(), 2U);
  }

  const DesiredRole& Role(std::string_view name) const {
    const auto& roles = clusters_[0].declared.access->roles.value();
    const auto found = std::ranges::find(roles, name, &DesiredRole::name);
    EXPECT_NE(found, roles.end()) << name;
    return *found;
  }

  std::vector<ClusterConfig> clusters_;
};

TEST_F(Desired, ListsOfFleetAndClusterStayApart) {
  const auto& orders = *clusters_[0].declared.settings;
  EXPECT_THAT(orders.fleet.must_match, ElementsAre("wal_receiver_timeout"));
  EXPECT_THAT(orders.fleet.may_differ,
              ElementsAre("shared_buffers", "io_*", "pg_stat_statements.*"));
  EXPECT_THAT(orders.fleet.ignore, ElementsAre("cluster_name", "*"));
  EXPECT_THAT(orders.cluster.may_differ, ElementsAre("cluster_name", "SHARED_BUFFERS"));
  EXPECT_THAT(orders.cluster.ignore, IsEmpty());
  const auto& copy = *clusters_[1].declared.settings;
  EXPECT_EQ(copy.fleet, orders.fleet);
  EXPECT_EQ(copy.cluster, model::ComparisonLists{});
}

TEST_F(Desired, PracticesOfAClusterReplaceThoseOfTheFleetEvenByNone) {
  EXPECT_THAT(clusters_[0].declared.settings->practices, IsEmpty());
  EXPECT_THAT(clusters_[1].declared.settings->practices,
              ElementsAre("durability", "replication_primary"));
}

TEST_F(Desired, ARuleOfTheClusterReplacesAllOfTheFleetForThatSetting) {
  EXPECT_THAT(
      clusters_[1].declared.settings->baseline,
      ElementsAre(Set("archive_command", true), OneOf("archive_mode", {"on"}),
                  Bounded("wal_keep_size", "64MB", std::nullopt), OneOf("Work_Mem", {"8MB"})));
  EXPECT_THAT(
      clusters_[0].declared.settings->baseline,
      ElementsAre(Set("archive_command", true), OneOf("archive_mode", {"on"}),
                  OneOf("auto_explain.log_format", {"json"}),
                  Bounded("checkpoint_timeout", "300", "1 h"),
                  OneOf("hot_standby_feedback", {"on"}, NodeRole::kStandby),
                  Bounded("max_connections", "100", "1000"),
                  Set("primary_conninfo", true, NodeRole::kStandby),
                  Bounded("random_page_cost", "1.1", "1e1"),
                  Bounded("recovery_min_apply_delay", "-1", std::nullopt),
                  Set("RESTORE_COMMAND", false), OneOf("search_path", {"\"$user\", public"}),
                  OneOf("unix_socket_group", {""}), Bounded("wal_keep_size", "64MB", std::nullopt),
                  OneOf("wal_level", {"replica", "logical"}),
                  OneOf("work_mem", {"4MB"}, NodeRole::kPrimary),
                  OneOf("work_mem", {"64MB"}, NodeRole::kStandby)));
}

TEST_F(Desired, RolesAndMembersAreByNameBytewise) {
  EXPECT_THAT(clusters_[0].declared.access->roles,
              Optional(ElementsAre(
                  Field(&DesiredRole::name, "app"), Field(&DesiredRole::name, "null"),
                  Field(&DesiredRole::name, "odd"), Field(&DesiredRole::name, "old"),
                  Field(&DesiredRole::name, "other"), Field(&DesiredRole::name, "readwrite"),
                  Field(&DesiredRole::name,
                        "this_name_is_sixty_three_bytes_long_as_the_longest_may_be_01234"),
                  Field(&DesiredRole::name, "with \"quotes\", \\ and\nlines*"),
                  Field(&DesiredRole::name, "Ünïcödé"))));
  EXPECT_THAT(
      Role("Ünïcödé").members,
      ElementsAre(DesiredMember{"\x01", false, {}, {}}, DesiredMember{"${HOME}", false, {}, {}},
                  DesiredMember{"- x", false, {}, {}}, DesiredMember{"a: b", false, {}, {}},
                  DesiredMember{"c # d", false, {}, {}}));
  EXPECT_THAT(Role("readwrite").members, ElementsAre(DesiredMember{"app", true, false, false},
                                                     DesiredMember{"null", false, {}, {}},
                                                     DesiredMember{"writer", false, {}, {}}));
}

TEST_F(Desired, WhatIsNotSaidOfARoleIsAsCreateRoleMakesIt) {
  DesiredRole odd;
  odd.name = "odd";
  EXPECT_EQ(Role("odd"), odd);
  EXPECT_TRUE(odd.inherit);
  const DesiredRole& app = Role("app");
  EXPECT_TRUE(app.login && app.createrole && app.createdb && app.replication && app.bypassrls);
  EXPECT_FALSE(app.superuser || app.inherit);
  EXPECT_EQ(app.connection_limit, 10);
  EXPECT_EQ(app.expiry, PasswordExpiry::kRequired);
  EXPECT_THAT(app.settings,
              ElementsAre("statement_timeout", "auto_explain.log_format", "my app.user-id"));
  EXPECT_EQ(Role("other").expiry, PasswordExpiry::kNever);
  EXPECT_EQ(Role("other").connection_limit, 0);
  EXPECT_EQ(Role("old").expiry, PasswordExpiry::kExpired);
  EXPECT_EQ(Role("old").connection_limit, 2147483647);
}

TEST_F(Desired, NoRolesIsNotTheSameAsNothingSaidAboutRoles) {
  EXPECT_THAT(clusters_[0].declared.access->ignore, ElementsAre("tmp_*", "pgfleet", "*"));
  EXPECT_THAT(clusters_[1].declared.access->roles, Optional(IsEmpty()));
  const auto config =
      Parse("clusters: [{name: a, nodes: [{name: b, host: c}]}]", "f.yml", ProcessEnvironment());
  ASSERT_TRUE(config.has_value()) << Text(config.error());
  EXPECT_EQ(config->clusters[0].declared.access->roles, std::nullopt);
}

TEST(Practice, IsKnownByItsName) {
  for (const std::string_view name : model::kPracticeNames) {
    const auto config = Parse("settings: {practices: [" + std::string(name) +
                                  "]}\nclusters: [{name: a, nodes: [{name: b, host: c}]}]",
                              "f.yml", ProcessEnvironment());
    ASSERT_TRUE(config.has_value()) << Text(config.error());
    EXPECT_THAT(config->clusters[0].declared.settings->practices, ElementsAre(name));
  }
}

// Names of 63 bytes, two members for each of 5,000 roles.
std::string ManyRoles(bool with_options) {
  constexpr int kRoles = 5000;
  const auto name = [](int i) { return fmt::format("role_{:058}", i % kRoles); };
  std::string text = "clusters:\n- name: a\n  nodes: [{name: b, host: c}]\n  roles:\n";
  for (int i = 0; i < kRoles; ++i) {
    text += fmt::format("   {}:\n    members:\n", name(i));
    for (const int of : {i + 1, i + 2})
      text += with_options ? fmt::format(
                                 "    - name: {}\n      admin: true\n      inherit: false\n"
                                 "      set: false\n",
                                 name(of))
                           : fmt::format("    - {}\n", name(of));
  }
  return text;
}

TEST(ManyRoles, AreReadInMoments) {
  for (const bool with_options : {false, true}) {
    const std::string text = ManyRoles(with_options);
    const auto start = std::chrono::steady_clock::now();
    const auto config = Parse(text, "f.yml", ProcessEnvironment());
    ASSERT_TRUE(config.has_value()) << text.size() << " bytes: " << Text(config.error());
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
    const auto& roles = config->clusters[0].declared.access->roles.value();
    EXPECT_EQ(roles.size(), 5000U);
    for (const DesiredRole& role : roles) EXPECT_EQ(role.members.size(), 2U);
  }
}

}  // namespace
}  // namespace pgfleet::config
