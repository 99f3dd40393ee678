#include "support/scenarios.h"

#include <gmock/gmock.h>

#include "support/majors.h"

namespace pgfleet::test {
namespace {

class OnEveryMajor : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, OnEveryMajor, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

TEST_P(OnEveryMajor, APrimaryAStandbyAndACascadedStandbyStream) {
  Cluster cluster(GetParam(), Trio());
  cluster.primary().Execute("CREATE TABLE t AS SELECT 42 AS answer");
  cluster.WaitUntilCaughtUp();
  EXPECT_EQ(cluster.node("pg3").Value("SELECT answer FROM t"), "42");
  EXPECT_EQ(cluster.node("pg2").Value("SELECT count(*) FROM pg_replication_slots WHERE active"),
            "1");
}

TEST_P(OnEveryMajor, AFrozenServerAnswersAgainOnceThawed) {
  Cluster cluster(GetParam(), Alone());
  PostgresServer& server = cluster.primary();
  server.Freeze();
  EXPECT_FALSE(Accepts(server.Conninfo() + " connect_timeout=2"));
  server.Thaw();
  EXPECT_EQ(server.Value("SELECT 1"), "1");
}

TEST_P(OnEveryMajor, AStandbyCanBePromoted) {
  Cluster cluster(GetParam(), Pair());
  cluster.standby().Promote();
  EXPECT_EQ(cluster.standby().Value("SELECT pg_is_in_recovery()"), "f");
}

TEST_P(OnEveryMajor, TheRolesHaveThePrivilegesTheirNamesPromise) {
  Cluster cluster(GetParam(), Alone());
  Connection session = cluster.primary().Connect();
  if (GetParam() >= 10) {
    EXPECT_EQ(session.Value("SELECT pg_has_role('mon', 'pg_monitor', 'member')"), "t");
    EXPECT_EQ(session.Value("SELECT pg_has_role('plain', 'pg_monitor', 'member')"), "f");
  } else {
    EXPECT_EQ(session.Value("SELECT count(*) FROM pg_auth_members"), "0");
  }
  EXPECT_EQ(session.Value("SELECT count(*) FROM pg_roles WHERE rolsuper"), "1");
}

TEST(Scenario, ThePairMadeByHandStreams) {
  const ServerPair pair = HandMadePair();
  EXPECT_EQ(pair.primary->Value("SHOW wal_keep_size"), "64MB");
  EXPECT_EQ(pair.primary->Value("SHOW wal_level"), "replica");
  EXPECT_EQ(pair.primary->Value("SHOW max_wal_senders"), "10");
  EXPECT_EQ(pair.primary->Value("SELECT usename FROM pg_stat_replication"), "replica");
}

TEST(Scenario, TheOldStylePairStreamsWithMoreConnectionsOnItsStandby) {
  Cluster cluster = OldStylePair();
  EXPECT_EQ(cluster.primary().Value("SHOW max_connections"), "100");
  EXPECT_EQ(cluster.standby().Value("SHOW max_connections"), "1000");
  EXPECT_EQ(cluster.standby().Value("SHOW hot_standby_feedback"), "on");
}

TEST(Scenario, TheArchivingPairStreamsAndFillsItsArchive) {
  const ServerPair pair = ArchivingPair();
  EXPECT_EQ(pair.standby->Value("SHOW max_wal_senders"), "2");
  const std::string segment =
      pair.primary->Value("SELECT pg_walfile_name(pg_create_restore_point('here'))");
  pair.primary->Execute("SELECT pg_switch_wal()");
  EXPECT_TRUE(WaitUntil([&] { return std::filesystem::exists(ArchiveOf(pair) / segment); }));
}

}  // namespace
}  // namespace pgfleet::test
