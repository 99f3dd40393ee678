// What would be lost with the primary.
#include <gmock/gmock.h>

#include <limits>

#include "topology/facts.h"
#include "topology/remake.h"

namespace pgfleet::test {
namespace {

constexpr double kSlack = 1024;  // what a server writes of its own now and then

class Rpo : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, Rpo, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

void ExpectNear(const ExporterProcess& exporter, double bytes) {
  const auto visible = Clock::now();
  const Page page = exporter.WaitForPage(
      [&](const Page& each) {
        const double said = each.Value("pgfleet_rpo_bytes").value_or(-1);
        return said >= bytes - kSlack && said <= bytes + kSlack;
      },
      Milliseconds(10000));
  EXPECT_LE(SecondsSince(visible), kTwoPulses);
}

TEST_P(Rpo, IsWhatTheBestStandbyLacks) {
  Cluster cluster(GetParam(), {.standbys = {{.name = "pg2"}, {.name = "pg3"}}});
  PostgresServer& primary = cluster.primary();
  const ExporterProcess exporter(Overlooking(Declared(cluster), GetParam()));
  ExpectCleared(exporter, Sound({"pg1", "pg2", "pg3"}));
  ExpectNear(exporter, 0);
  {
    const CutOff first(primary, cluster.node("pg2"));
    WriteWal(primary, 2);
    ExpectNear(exporter, 0);  // the other has it all
    const CutOff second(primary, cluster.node("pg3"));
    const auto begun = Clock::now();
    WriteWal(primary, 1);
    EXPECT_GE(second.Missing(), 1048576.0) << "the test itself";
    EXPECT_GE(first.Missing(), second.Missing() + 2 * 1048576.0) << "the test itself";
    ExpectNear(exporter, second.Missing());
    const Page page = exporter.WaitForPage(
        [](const Page& each) { return each.Value("pgfleet_rpo_seconds").value_or(0) >= 3; });
    // The best copy was whole until the cut.
    EXPECT_NEAR(page.Value("pgfleet_rpo_seconds").value_or(0), SecondsSince(begun), 1.5);
  }
  ExpectNear(exporter, 0);
}

TEST_P(Rpo, IsNeverLessThanWhatAStoppedStandbyLacks) {
  Cluster cluster(GetParam());
  const ExporterProcess exporter(Overlooking(Declared(cluster), GetParam()));
  ExpectCleared(exporter, Sound({"pg1", "pg2"}));
  cluster.WaitUntilCaughtUp();
  ExpectNear(exporter, 0);
  cluster.standby().Stop(SIGINT);
  const std::string had = cluster.primary().Value("SELECT pg_current_wal_flush_lsn()");
  WriteWal(cluster.primary(), 2);
  const double lacks = Number(
      cluster.primary(), "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), " + Quoted(had) + ")");
  ExpectNamed(exporter, Clock::now(), {IsOn("pg2", "pgfleet_up", 0)});
  WaitForValue(exporter, "pgfleet_up", On("pg1"), 1);
  const double written =
      Number(cluster.primary(), "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')");
  exporter.WaitForPage([&](const Page& page) {
    return page.Value("pgfleet_node_wal_lsn_bytes", On("pg1")) >= written;
  });
  ForEachPage(exporter, Milliseconds(2500), [&](const Page& page) {
    const double unknown = std::numeric_limits<double>::infinity();
    EXPECT_GE(page.Value("pgfleet_rpo_bytes").value_or(unknown), lacks);
  });
  cluster.standby().Start();
  WaitUntilStreaming(cluster.primary(), cluster.standby(), "pg2");
  cluster.WaitUntilCaughtUp();
  ExpectNear(exporter, 0);
}

}  // namespace
}  // namespace pgfleet::test
