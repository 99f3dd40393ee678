// What the owner declares reaches the snapshot's types.
#include "model/declared.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "config/config.h"

namespace pgfleet::config {
namespace {

using model::ClusterKind;
using model::NodeRole;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

class Declared : public testing::Test {
 protected:
  void SetUp() override {
    auto config = Load(std::string(PGFLEET_SOURCE_DIR) + "/tests/configs/good/declared.yml",
                       ProcessEnvironment());
    ASSERT_TRUE(config.has_value()) << Text(config.error());
    clusters_ = config->clusters;
    ASSERT_EQ(clusters_.size(), 3U);
  }
  std::vector<ClusterConfig> clusters_;
};

TEST_F(Declared, ObjectivesOfAClusterAreLaidOverTheFleetKeyByKey) {
  const auto& orders = clusters_[0].declared.objectives;
  EXPECT_EQ(orders.lag_seconds, 1.5);
  EXPECT_EQ(orders.lag_bytes, 1073741824.0);
  EXPECT_EQ(orders.rpo_seconds, 0.0);
  EXPECT_EQ(orders.backup_age_seconds, 691200.0);
  const auto& copy = clusters_[1].declared.objectives;
  EXPECT_EQ(copy.lag_seconds, 30.0);
  EXPECT_EQ(copy.lag_bytes, 1073741824.0);
  EXPECT_EQ(copy.rpo_seconds, 900.0);
  EXPECT_EQ(copy.backup_age_seconds, 93600.0);
}

TEST_F(Declared, LaneIntervalsAreKnownInSeconds) {
  const auto& lanes = clusters_[0].declared.lane_intervals;
  EXPECT_THAT(lanes, testing::ElementsAre(1.0, 10.0, 60.0));
}

TEST_F(Declared, KindAndMaintenanceAreThoseOfTheCluster) {
  EXPECT_EQ(clusters_[0].declared.kind, ClusterKind::kPrimary);
  EXPECT_EQ(clusters_[1].declared.kind, ClusterKind::kStandbyCluster);
  EXPECT_EQ(clusters_[2].declared.kind, ClusterKind::kSingle);
  EXPECT_TRUE(clusters_[0].declared.maintenance);
  EXPECT_FALSE(clusters_[1].declared.maintenance);
  EXPECT_FALSE(clusters_[2].declared.maintenance);
}

TEST_F(Declared, NoSlotsIsNotTheSameAsNothingSaidAboutSlots) {
  const auto& orders = clusters_[0].declared.expected;
  EXPECT_EQ(orders.standbys, 2);
  EXPECT_EQ(orders.synchronous, 2);
  EXPECT_THAT(orders.slots, Optional(ElementsAre("pg2", "debezium_orders", "0")));
  const auto& copy = clusters_[1].declared.expected;
  EXPECT_EQ(copy.standbys, 0);
  EXPECT_EQ(copy.synchronous, 0);
  EXPECT_THAT(copy.slots, Optional(IsEmpty()));
  EXPECT_EQ(clusters_[2].declared.expected, model::Expected{});
}

TEST_F(Declared, NoArchivingIsNotTheSameAsNothingSaidAboutArchiving) {
  EXPECT_EQ(clusters_[0].declared.expected.archiving, true);
  EXPECT_EQ(clusters_[1].declared.expected.archiving, false);
  EXPECT_EQ(clusters_[0].declared.wal_volume_bytes, 200.0 * (1 << 30));
  EXPECT_EQ(clusters_[1].declared.wal_volume_bytes, std::nullopt);
}

TEST_F(Declared, DatabasesOfJobsAreKnownToTheClusterAndItsNodes) {
  EXPECT_EQ(clusters_[0].declared.pgagent_database, "postgres");
  EXPECT_EQ(clusters_[0].declared.cron_database, "My jobs");
  for (const NodeConfig& node : clusters_[0].nodes) {
    EXPECT_EQ(node.pgagent_database, "postgres");
    EXPECT_EQ(node.cron_database, "My jobs");
    EXPECT_THAT(node.databases, IsEmpty());
  }
  EXPECT_EQ(clusters_[1].declared.pgagent_database, "");
  EXPECT_EQ(clusters_[1].nodes[0].cron_database, "");
}

TEST_F(Declared, RoleUpstreamAndDelayAreThoseOfTheNode) {
  const auto& nodes = clusters_[0].nodes;
  ASSERT_EQ(nodes.size(), 4U);
  EXPECT_EQ(nodes[0].role, NodeRole::kPrimary);
  EXPECT_EQ(nodes[0].upstream, "");
  EXPECT_EQ(nodes[0].apply_delay, std::nullopt);
  EXPECT_EQ(nodes[1].role, NodeRole::kStandby);
  EXPECT_EQ(nodes[1].apply_delay, 10.0);
  EXPECT_EQ(nodes[2].role, std::nullopt);
  EXPECT_EQ(nodes[2].upstream, "pg2");
  EXPECT_EQ(nodes[2].apply_delay, 0.0);
  EXPECT_EQ(nodes[3].upstream, "pg3");
}

TEST_F(Declared, BackupsAreWhatTheJobsLeave) {
  using model::DeclaredBackup;
  EXPECT_THAT(clusters_[0].declared.backups,
              ElementsAre(DeclaredBackup{.name = "nightly",
                                         .files = "/backup/orders.*.dump",
                                         .schedule = "30 7 * * 1-5",
                                         .grace = 7200,
                                         .status_file = ""},
                          DeclaredBackup{.name = "base",
                                         .files = "/backup/base/*",
                                         .schedule = "@weekly",
                                         .grace = 3600,
                                         .status_file = "/backup/base.status"},
                          DeclaredBackup{.name = "repository",
                                         .files = "",
                                         .schedule = "",
                                         .grace = 3600,
                                         .status_file = "/var/lib/backup/pgbackrest.json"}));
  EXPECT_THAT(clusters_[1].declared.backups, IsEmpty());
}

TEST(Undeclared, NothingIsAssumed) {
  const auto config =
      Parse("clusters: [{name: a, nodes: [{name: b, host: c}]}]", "f.yml", ProcessEnvironment());
  ASSERT_TRUE(config.has_value()) << Text(config.error());
  EXPECT_EQ(config->clusters[0].declared, (model::DeclaredCluster{.lane_intervals = {1, 10, 60}}));
  EXPECT_EQ(config->clusters[0].nodes[0].role, std::nullopt);
  EXPECT_EQ(config->clusters[0].nodes[0].apply_delay, std::nullopt);
}

// `upstream(i)` of the node n<i>, of as many as a file may hold.
template <typename Upstream>
std::string FaultsOfManyNodes(const Upstream& upstream) {
  constexpr int kNodes = 14'000;
  std::string text = "clusters:\n- name: a\n  nodes:\n";
  for (int i = 0; i < kNodes; ++i)
    text += "  - {name: n" + std::to_string(i) + ", host: h, upstream: n" +
            std::to_string(upstream(i, kNodes)) + "}\n";
  const auto config = Parse(text, "f.yml", ProcessEnvironment());
  return config ? "" : Text(config.error());
}

TEST(ManyUpstreams, AreCheckedInMomentsHoweverTheyAreWired) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(FaultsOfManyNodes([](int i, int all) { return (i + 1) % all; }),
              testing::HasSubstr("in a circle: n0, n1, n2, n3, n4, n5, n6, n7, ..., n0;"));
  EXPECT_THAT(FaultsOfManyNodes([](int i, int all) { return i + 1 < all ? i + 1 : all - 2; }),
              testing::HasSubstr("in a circle: n13998, n13999, n13998;"));
  EXPECT_THAT(FaultsOfManyNodes([](int i, int all) { return i + all; }),
              testing::HasSubstr("no node of this cluster is named 'n14000'"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

}  // namespace
}  // namespace pgfleet::config
