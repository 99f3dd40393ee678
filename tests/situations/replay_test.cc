// Standbys that receive and do not replay.
#include <gmock/gmock.h>

#include "support/watch.h"

namespace pgfleet::test {
namespace {

using testing::HasSubstr;

constexpr double kMebibyte = 1 << 20;

Page WaitForBacklog(const ExporterProcess& exporter, double bytes) {
  return exporter.WaitForPage([&](const Page& page) {
    return page.Value("pgfleet_standby_apply_backlog_bytes", On("pg2")) >= bytes;
  });
}

double ServersBacklog(const PostgresServer& standby) {
  return Number(standby,
                "SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())");
}

// A pair in its usual state: it replays what it gets.
class Replay : public testing::TestWithParam<int> {
 protected:
  void WaitUntilWell() const {
    exporter_.WaitForPage([](const Page& page) {
      return page.Value("pgfleet_standby_replay_paused", On("pg2")) == 0 &&
             page.Value("pgfleet_standby_apply_backlog_bytes", On("pg2")) == 0 &&
             page.Value("pgfleet_walsender_lag_bytes", Sender()) == 0 &&
             page.Value("pgfleet_standby_conflict_wait", On("pg2")).value_or(0) == 0;
    });
  }
  void ExpectReceiving(const Page& page) const {
    EXPECT_EQ(page.Value("pgfleet_walreceiver_up", On("pg2")), 1);
    EXPECT_EQ(page.State("pgfleet_walsender_state", "state", Sender()), "streaming");
  }
  // Replay waits for a session of the standby while the primary writes on.
  void ExpectStall(bool conflict_is_told) const {
    WriteWal(cluster_.primary(), 2);
    WaitForBacklog(exporter_, kMebibyte);
    const Page page = exporter_.WaitForPage([](const Page& each) {
      return each.Value("pgfleet_walsender_replay_lag_bytes", Sender()) >= kMebibyte &&
             !each.Has("pgfleet_walsender_replay_lag_seconds", Sender());
    });
    ExpectReceiving(page);
    EXPECT_EQ(page.Value("pgfleet_standby_replay_paused", On("pg2")), 0);
    const auto conflict = page.Value("pgfleet_standby_conflict_wait", On("pg2"));
    EXPECT_EQ(conflict, conflict_is_told ? std::optional(1.0) : std::nullopt);
    EXPECT_GE(ServersBacklog(cluster_.standby()), kMebibyte);
    const std::string stands = cluster_.standby().Value("SELECT pg_last_wal_replay_lsn()");
    WriteWal(cluster_.primary(), 2);
    WaitForBacklog(exporter_, 3 * kMebibyte);
    EXPECT_EQ(cluster_.standby().Value("SELECT pg_last_wal_replay_lsn()"), stands);
    ForEachPage(exporter_, Milliseconds(600), [](const Page& later) {
      EXPECT_FALSE(later.Has("pgfleet_walsender_replay_lag_seconds", Sender()));
    });
  }
  static LabelMap Sender() { return On("pg1", {{"standby", "pg2"}}); }

  mutable Cluster cluster_{
      GetParam(), {.standbys = {{.name = "pg2", .conf = {"max_standby_streaming_delay = -1"}}}}};
  ExporterProcess exporter_{Watching(Declared(cluster_), GetParam())};
};
INSTANTIATE_TEST_SUITE_P(Server, Replay, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(Replay, PausedByHandIsPausedWhileTheReceiverStreams) {
  WaitUntilWell();
  cluster_.standby().Execute("SELECT pg_wal_replay_pause()");
  WaitForValue(exporter_, "pgfleet_standby_replay_paused", On("pg2"), 1);
  WriteWal(cluster_.primary(), 2);
  const Page page = WaitForBacklog(exporter_, 2 * kMebibyte);
  ExpectReceiving(page);
  EXPECT_EQ(page.Value("pgfleet_standby_replay_paused", On("pg2")), 1);
  EXPECT_EQ(cluster_.standby().Value("SELECT pg_is_wal_replay_paused()"), "t");
  EXPECT_GE(ServersBacklog(cluster_.standby()), 2 * kMebibyte);
  cluster_.standby().Execute("SELECT pg_wal_replay_resume()");
  WaitUntilWell();
}

TEST_P(Replay, StalledByALockHasNoReplayTimeOfThePast) {
  cluster_.primary().Execute("CREATE TABLE t AS SELECT generate_series(1, 10) AS x");
  cluster_.WaitUntilCaughtUp();
  WaitUntilWell();
  {
    Connection reader = cluster_.standby().Connect();
    reader.Execute("BEGIN");
    reader.Execute("SELECT * FROM t");
    cluster_.primary().Execute("DROP TABLE t");
    ExpectStall(GetParam() >= 10);
    EXPECT_EQ(reader.Value("SELECT count(*) FROM t"), "10") << "the reader is why";
  }
  WaitUntilWell();
}

TEST_P(Replay, StalledByASnapshotHasNoReplayTimeOfThePast) {
  cluster_.primary().Execute("CREATE TABLE t AS SELECT generate_series(1, 10) AS x");
  cluster_.WaitUntilCaughtUp();
  WaitUntilWell();
  {
    Connection reader = cluster_.standby().Connect();
    reader.Execute("BEGIN ISOLATION LEVEL REPEATABLE READ");
    reader.Execute("SELECT 1");
    cluster_.primary().Execute("DELETE FROM t WHERE x > 5");
    cluster_.primary().Execute("VACUUM t");
    // Before 13 this wait has no name.
    ExpectStall(GetParam() >= 13);
    EXPECT_EQ(reader.Value("SELECT count(*) FROM t"), "10") << "the reader is why";
  }
  WaitUntilWell();
}

// From 14 on a standby pauses where earlier ones stop; with hot_standby on, both only then.
class Parameters : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, Parameters, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(Parameters, TooLowOnTheStandbyPauseReplayOrStopIt) {
  Cluster cluster(GetParam());
  const ExporterProcess exporter(Watching(Declared(cluster), GetParam()));
  WaitForValue(exporter, "pgfleet_standby_replay_paused", On("pg2"), 0);
  cluster.primary().Execute("ALTER SYSTEM SET max_connections = 150");
  cluster.primary().Restart();
  if (GetParam() < 14) {
    WaitForValue(exporter, "pgfleet_up", On("pg2"), 0);
  } else {
    WaitForValue(exporter, "pgfleet_standby_replay_paused", On("pg2"), 1);
    const Page page = WaitForValue(exporter, "pgfleet_walreceiver_up", On("pg2"), 1);
    EXPECT_EQ(page.Value("pgfleet_standby_replay_paused", On("pg2")), 1);
    WriteWal(cluster.primary(), 2);
    WaitForBacklog(exporter, 2 * kMebibyte);
    EXPECT_EQ(cluster.standby().Value("SELECT pg_get_wal_replay_pause_state()"), "paused");
  }
  WaitForValue(exporter, "pgfleet_up", On("pg1"), 1);  // back from its restart
  EXPECT_THAT(cluster.standby().LogTail(), HasSubstr("max_connections"));
}

}  // namespace
}  // namespace pgfleet::test
