// Too many primaries, none at all, and one that only we cannot reach.
#include <gmock/gmock.h>

#include "support/socket.h"
#include "topology/facts.h"
#include "topology/remake.h"

namespace pgfleet::test {
namespace {

class SplitBrain : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, SplitBrain, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

Facts TwoPrimaries() {
  return {PrimaryIs("several"),
          Is("pgfleet_cluster_split_brain", 1),
          Is("pgfleet_cluster_primaries", 2),
          IsOn("pg1", "pgfleet_node_diverged", 1),
          IsOn("pg2", "pgfleet_node_diverged", 0),
          {.name = "pgfleet_cluster_primary_info", .labels = {{"primary", "pg2"}}, .value = 1}};
}

TEST_P(SplitBrain, IsNamedWhenAStandbyIsPromotedBesideALivingPrimary) {
  Cluster cluster(GetParam());
  const ExporterProcess exporter(Overlooking(Declared(cluster), GetParam()));
  ExpectCleared(exporter, Sound({"pg1", "pg2"}));

  cluster.standby().Promote();
  ExpectNamed(exporter, Clock::now(), TwoPrimaries());
  WriteWal(cluster.primary(), 1);  // the loser lives on, and may even be ahead in bytes
  ExpectKept(exporter, Milliseconds(2500), TwoPrimaries());

  cluster.primary().Stop(SIGINT);
  ExpectNamed(exporter, Clock::now(),
              {PrimaryIs("one"), Is("pgfleet_cluster_split_brain", 0),
               Is("pgfleet_cluster_primaries", 1), IsOn("pg2", "pgfleet_node_diverged", 0)});

  RemakeAsStandby(cluster.standby(), cluster.primary());
  Facts mended = Sound({"pg1", "pg2"});
  mended.push_back(IsOn("pg1", "pgfleet_standby_connected", 1));
  ExpectCleared(exporter, mended);
}

class NoPrimary : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, NoPrimary, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(NoPrimary, IsNamedWhileItIsStoppedAndItsStandbysStay) {
  Cluster cluster(GetParam());
  const ExporterProcess exporter(Overlooking(Declared(cluster), GetParam()));
  ExpectCleared(exporter, Sound({"pg1", "pg2"}));

  cluster.primary().Stop(SIGINT);
  const Facts none = {PrimaryIs("none"), Is("pgfleet_cluster_primaries", 0),
                      Is("pgfleet_cluster_split_brain", 0)};
  ExpectNamed(exporter, Clock::now(), none);
  ExpectKept(exporter, Milliseconds(1500), none);

  cluster.primary().Start();
  ExpectCleared(exporter, Sound({"pg1", "pg2"}));
  EXPECT_EQ(exporter.Metrics().Value("pgfleet_cluster_failovers_total"), 0);
}

// Declared at an address that swallows what is sent there, and never seen.
TEST_P(NoPrimary, IsNotSaidOfOneThatWeCannotReachWhileItsStandbyReceives) {
  Cluster cluster(GetParam());
  const BlackHole hole;
  std::vector<DeclaredNode> nodes = Declared(cluster);
  nodes[0].host = "127.0.0.1";
  nodes[0].port = hole.port();
  nodes[0].connection = "sslmode: disable";
  const ExporterProcess exporter(Overlooking(nodes, GetParam()));
  WaitForValue(exporter, "pgfleet_up", On("pg1"), 0);
  const Facts unreachable = {PrimaryIs("unreachable"), Is("pgfleet_cluster_split_brain", 0)};
  ExpectNamed(exporter, Clock::now(), unreachable);
  ExpectKept(exporter, Milliseconds(3000), unreachable);

  cluster.primary().Stop(SIGINT);
  ASSERT_TRUE(WaitUntil(
      [&] { return cluster.standby().Value("SELECT count(*) FROM pg_stat_wal_receiver") == "0"; }));
  ExpectNamed(exporter, Clock::now(), {PrimaryIs("none")});
}

// It was seen, and then shuts the door to us alone.
TEST_P(NoPrimary, IsNotSaidOfOneThatRefusesUsWhileItsStandbyReceives) {
  Cluster cluster(GetParam());
  const ExporterProcess exporter(Overlooking(Declared(cluster), GetParam()));
  ExpectCleared(exporter, Sound({"pg1", "pg2"}));
  PostgresServer& primary = cluster.primary();
  const std::string open = ReadFile(primary.data() / "pg_hba.conf");
  const std::string user = GetParam() < 10 ? "postgres" : "mon";
  if (user == "postgres") GTEST_SKIP() << "9.6: the exporter shares the role of this test";

  primary.SetHba("local all mon reject\n" + open);
  primary.Reload();
  ASSERT_TRUE(WaitUntil([&] { return !Accepts(primary.Conninfo("mon")); }));
  primary.Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mon'");
  const Facts unreachable = {PrimaryIs("unreachable"), Is("pgfleet_cluster_split_brain", 0)};
  ExpectNamed(exporter, Clock::now(), unreachable);
  ExpectKept(exporter, Milliseconds(3000), unreachable);

  primary.SetHba(open);
  primary.Reload();
  ExpectCleared(exporter, Sound({"pg1", "pg2"}));
  EXPECT_EQ(exporter.Metrics().Value("pgfleet_cluster_failovers_total"), 0);
}

}  // namespace
}  // namespace pgfleet::test
