// Nodes that are not, or no longer, of the cluster that they are declared in.
#include <gmock/gmock.h>

#include "topology/facts.h"
#include "topology/remake.h"

namespace pgfleet::test {
namespace {

class Diverged : public testing::TestWithParam<int> {
 protected:
  static Facts Alarm() {
    return {IsOn("pg1", "pgfleet_node_diverged", 1),
            IsOn("pg2", "pgfleet_node_diverged", 0),
            StandbyIs("pg1", "diverged"),
            IsOn("pg1", "pgfleet_standby_connected", 0),
            IsOn("pg1", "pgfleet_node_foreign", 0),
            PrimaryIs("one"),
            Is("pgfleet_cluster_split_brain", 0)};
  }
  // The old primary comes back as a standby of the new one, with rows that this one never got, and
  // is then made anew.
  static void ComeBackAndMend(PostgresServer& old, PostgresServer& promoted) {
    const ExporterProcess exporter(Overlooking({Declared(old), Declared(promoted)}, GetParam()));
    ExpectCleared(exporter, Sound({"pg1", "pg2"}));
    {
      CutOff cut(old, promoted);
      WriteWal(old, 2);
      EXPECT_GE(cut.Missing(), 2 * 1048576.0);
      cut.KillPrimary();
    }
    promoted.Promote();
    old.Follow(promoted, "");
    old.Start();
    const auto visible = Clock::now();
    EXPECT_EQ(old.Value("SELECT pg_is_in_recovery()"), "t");
    ExpectNamed(exporter, visible, Alarm());
    WriteWal(promoted, 1);
    ExpectKept(exporter, Milliseconds(1000), Alarm());
    WriteWal(promoted, 3);  // now ahead in bytes of what the old one has
    ExpectKept(exporter, Milliseconds(2500), Alarm());

    old.Stop(SIGINT);
    RemakeAsStandby(promoted, old);
    Facts mended = Sound({"pg1", "pg2"});
    mended.push_back(IsOn("pg1", "pgfleet_standby_connected", 1));
    mended.push_back(StandbyIs("pg1", "caught_up"));
    ExpectCleared(exporter, mended);
  }
};
INSTANTIATE_TEST_SUITE_P(Server, Diverged, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(Diverged, IsTheOldPrimaryThatComesBackAsAStandbyWithRowsOfItsOwn) {
  Cluster cluster(GetParam());
  ComeBackAndMend(cluster.primary(), cluster.standby());
}

// Segments of 16 MiB, the usual size: the lost one asks for its last segment from its start, gets
// the part that both histories have, and so looks as if it streamed, again and again.
TEST_P(Diverged, IsNotConnectedWhileItReceivesTheCommonPastAgainAndAgain) {
  PostgresServer old(GetParam(), ServerOptions{.name = "pg1"});
  InitialiseAnew(old);
  old.AddConf({"wal_retrieve_retry_interval = 20ms"});
  old.Start();
  PostgresServer promoted(GetParam(), ServerOptions{.name = "pg2"});
  RemakeAsStandby(old, promoted);
  ComeBackAndMend(old, promoted);
}

class Foreign : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, Foreign, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(Foreign, IsANodeThatWasInitialisedAnew) {
  Cluster cluster(GetParam(), {.standbys = {{.name = "pg2"}, {.name = "pg3"}}});
  PostgresServer& stranger = cluster.node("pg3");
  const ExporterProcess exporter(Overlooking(Declared(cluster), GetParam()));
  ExpectCleared(exporter, Sound({"pg1", "pg2", "pg3"}));

  stranger.Stop(SIGINT);
  InitialiseAnew(stranger);
  stranger.Start();
  const auto visible = Clock::now();
  ASSERT_NE(SystemIdentifier(stranger), SystemIdentifier(cluster.primary()));
  const Facts foreign = {
      IsOn("pg3", "pgfleet_node_foreign", 1),      IsOn("pg1", "pgfleet_node_foreign", 0),
      IsOn("pg2", "pgfleet_node_foreign", 0),      IsOn("pg1", "pgfleet_node_diverged", 0),
      IsOn("pg2", "pgfleet_standby_connected", 1), PrimaryIs("one"),
      Is("pgfleet_cluster_primaries", 1),          Is("pgfleet_cluster_split_brain", 0)};
  ExpectNamed(exporter, visible, foreign);
  ExpectKept(exporter, Milliseconds(3000), foreign);

  stranger.Stop(SIGINT);
  RemakeAsStandby(cluster.primary(), stranger);
  ExpectCleared(exporter, Sound({"pg1", "pg2", "pg3"}));
  EXPECT_EQ(exporter.Metrics().Value("pgfleet_cluster_failovers_total"), 0);
}

// Same system identifier, same timeline, another cluster's name.
class Clone : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, Clone, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(Clone, OfAPrimaryInAnotherClusterIsNoSplitBrain) {
  Cluster cluster(GetParam());
  WriteWal(cluster.primary(), 1);
  PostgresServer copy(GetParam(), ServerOptions{.name = "clone1"});
  CopyOnline(cluster.primary(), copy);
  copy.Start();
  ASSERT_EQ(SystemIdentifier(copy), SystemIdentifier(cluster.primary()));
  ASSERT_EQ(copy.Value("SELECT pg_is_in_recovery()"), "f");

  ExporterOptions options = Overlooking(Declared(cluster), GetParam());
  options.config += "  - name: clone\n    nodes:\n      - {name: clone1, host: \"" +
                    copy.socket_directory().string() + "\"}\n";
  const ExporterProcess exporter(options);
  Facts facts;
  for (const char* name : {"main", "clone"}) {
    for (Fact fact : {PrimaryIs("one"), Is("pgfleet_cluster_primaries", 1),
                      Is("pgfleet_cluster_split_brain", 0)}) {
      fact.labels["pg_cluster"] = name;
      facts.push_back(fact);
    }
  }
  for (const char* node : {"pg1", "pg2", "clone1"}) {
    facts.push_back(IsOn(node, "pgfleet_node_foreign", 0));
    facts.push_back(IsOn(node, "pgfleet_node_diverged", 0));
  }
  ExpectCleared(exporter, facts);
  WriteWal(copy, 1);  // their histories part
  WriteWal(cluster.primary(), 3);
  ExpectKept(exporter, Milliseconds(3000), facts);
}

}  // namespace
}  // namespace pgfleet::test
