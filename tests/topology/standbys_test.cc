// Standbys that lost what they follow, and nodes that are not what they were declared to be.
#include <gmock/gmock.h>

#include "topology/facts.h"
#include "topology/remake.h"

namespace pgfleet::test {
namespace {

class Cascade : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, Cascade, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

Facts WholeCascade() {
  Facts facts = Sound({"pg1", "pg2", "pg3"});
  for (const char* standby : {"pg2", "pg3"}) {
    facts.push_back(IsOn(standby, "pgfleet_standby_expected", 1));
    facts.push_back(IsOn(standby, "pgfleet_standby_connected", 1));
    facts.push_back(IsOn(standby, "pgfleet_node_orphan", 0));
    facts.push_back(StandbyIs(standby, "caught_up"));
  }
  facts.push_back(IsOn("pg2", "pgfleet_upstream_info", 1, {{"upstream", "pg1"}}));
  facts.push_back(IsOn("pg3", "pgfleet_upstream_info", 1, {{"upstream", "pg2"}}));
  return facts;
}

TEST_P(Cascade, BrokenInTheMiddleLeavesAnOrphan) {
  Cluster cluster(GetParam(), Trio());
  const ExporterProcess exporter(Overlooking(Declared(cluster), GetParam()));
  const Page whole = ExpectCleared(exporter, WholeCascade());
  EXPECT_EQ(whole.All("pgfleet_upstream_info").size(), 2U);

  cluster.node("pg2").Stop(SIGINT);
  ASSERT_TRUE(WaitUntil([&] {
    return cluster.node("pg3").Value("SELECT count(*) FROM pg_stat_wal_receiver") == "0";
  }));
  const Facts broken = {StandbyIs("pg3", "disconnected"),
                        IsOn("pg3", "pgfleet_standby_connected", 0),
                        IsOn("pg3", "pgfleet_standby_expected", 1),
                        IsOn("pg3", "pgfleet_node_orphan", 1),
                        StandbyIs("pg2", "unreachable"),
                        IsOn("pg2", "pgfleet_standby_connected", 0),
                        IsOn("pg2", "pgfleet_standby_expected", 1),
                        IsOn("pg3", "pgfleet_node_diverged", 0),
                        PrimaryIs("one")};
  ExpectNamed(exporter, Clock::now(), broken);
  WriteWal(cluster.primary(), 1);  // what pg3 does not get
  ExpectKept(exporter, Milliseconds(2500), broken);

  cluster.node("pg2").Start();
  // A receiver tries again every five seconds, and in vain while its upstream is not ready.
  ASSERT_TRUE(WaitUntil([&] {
    return cluster.node("pg2").Value(
               "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "1";
  }));
  ExpectCleared(exporter, WholeCascade());
}

// The WAL that the standby still needs is gone from its upstream, and there is no archive.
class RemovedWal : public testing::TestWithParam<int> {
 protected:
  static ClusterOptions WithoutSlot() {
    const std::string keep = GetParam() >= 13 ? "wal_keep_size = 0" : "wal_keep_segments = 0";
    return {.primary_conf = {keep, "min_wal_size = 32MB"},
            .standbys = {{.name = "pg2", .slot = false}}};
  }
  // From the oldest segment that the upstream keeps to where the standby is.
  double Headroom() {
    const std::string oldest = cluster_.primary().Value(
        "SELECT min(substr(name, 9)) FROM pg_ls_dir('pg_wal') AS name"
        " WHERE name ~ '^[0-9A-F]{24}$'");
    const std::string size = cluster_.primary().Value(
        "SELECT setting::bigint * CASE unit WHEN '8kB' THEN 8192 ELSE 1 END"
        " FROM pg_settings WHERE name = 'wal_segment_size'");
    const double segments = std::stod("0x" + oldest.substr(8));
    const double logs = std::stod("0x" + oldest.substr(0, 8));
    const double start = logs * 4294967296.0 + segments * std::stod(size);
    return Number(cluster_.standby(), "SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')") -
           start;
  }
  void LoseWal() {
    cluster_.standby().Stop(SIGINT);
    for (int i = 0; i < 4; ++i) {
      WriteWal(cluster_.primary(), 1);
      cluster_.primary().Execute("SELECT pg_switch_wal()");
      cluster_.primary().Execute("CHECKPOINT");
    }
    cluster_.standby().Start();
  }

  Cluster cluster_{GetParam(), WithoutSlot()};
  ExporterProcess exporter_{Overlooking(Declared(cluster_), GetParam())};
};
INSTANTIATE_TEST_SUITE_P(Server, RemovedWal, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(RemovedWal, OfAStandbyWithoutASlotIsNamed) {
  Facts well = Sound({"pg1", "pg2"});
  well.push_back(StandbyIs("pg2", "caught_up"));
  ExpectCleared(exporter_, well);
  const auto headroom = [](const Page& page) {
    return page.Value("pgfleet_standby_wal_headroom_bytes", On("pg2"));
  };
  const double before = Headroom();
  EXPECT_GT(before, 0);
  ExpectCleared(exporter_, {IsOn("pg2", "pgfleet_standby_wal_headroom_bytes", before)});

  LoseWal();
  EXPECT_LT(Headroom(), 0) << "the test itself";
  const auto visible = Clock::now();
  const Facts missing = {StandbyIs("pg2", "wal_missing"),
                         IsOn("pg2", "pgfleet_standby_connected", 0),
                         IsOn("pg2", "pgfleet_node_diverged", 0), PrimaryIs("one")};
  const Page page = ExpectNamed(exporter_, visible, missing);
  EXPECT_LT(headroom(page).value_or(-1), 0);
  EXPECT_THAT(cluster_.standby().Log(), testing::HasSubstr("has already been removed"));
  ExpectKept(exporter_, Milliseconds(2500), missing);

  cluster_.standby().Stop(SIGINT);
  RemakeAsStandby(cluster_.primary(), cluster_.standby());
  const Page mended = ExpectCleared(exporter_, well);
  EXPECT_GE(headroom(mended).value_or(0), 0);
}

class Promised : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, Promised, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(Promised, RolesThatTheNodesDoNotHaveAreAMismatch) {
  Cluster cluster(GetParam());
  std::vector<DeclaredNode> nodes = Declared(cluster);
  nodes[0].more = "role: standby";
  nodes[1].more = "role: primary";
  const ExporterProcess exporter(Overlooking(nodes, GetParam()));
  ExpectCleared(exporter, {IsOn("pg1", "pgfleet_node_role_mismatch", 1),
                           IsOn("pg2", "pgfleet_node_role_mismatch", 1)});

  cluster.WaitUntilCaughtUp();
  cluster.primary().Stop(SIGINT);
  cluster.standby().Promote();
  ExpectNamed(exporter, Clock::now(), {IsOn("pg2", "pgfleet_node_role_mismatch", 0)});
  cluster.primary().Follow(cluster.standby(), "");
  cluster.primary().Start();
  ExpectCleared(exporter, {IsOn("pg1", "pgfleet_node_role_mismatch", 0),
                           IsOn("pg2", "pgfleet_node_role_mismatch", 0)});
}

// What is declared and was never there is an explicit zero.
TEST_P(Promised, StandbyThatWasNeverSeenIsExpectedAndNotConnected) {
  Cluster cluster(GetParam());
  const TempDir nobody;
  std::vector<DeclaredNode> nodes = Declared(cluster);
  nodes.push_back({.name = "pg3", .host = nobody.path(), .more = "role: standby"});
  const ExporterProcess exporter(
      Overlooking(nodes, GetParam(), {"expect: {standbys: 2}", "maintenance: true"}));
  ExpectCleared(
      exporter,
      {IsOn("pg3", "pgfleet_standby_expected", 1), IsOn("pg3", "pgfleet_standby_connected", 0),
       StandbyIs("pg3", "unreachable"), IsOn("pg2", "pgfleet_standby_connected", 1),
       PrimaryIs("one"), Is("pgfleet_objective_standbys", 2), Is("pgfleet_maintenance", 1)});
}

}  // namespace
}  // namespace pgfleet::test
