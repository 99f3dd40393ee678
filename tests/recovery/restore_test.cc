// A server that is restored from a base backup and an archive to a point in time, and standbys that
// live on an archive. The truth: the rows that each of them shows.
#include <gmock/gmock.h>

#include "recovery/archive.h"
#include "support/majors.h"
#include "support/watch.h"

namespace pgfleet::test {
namespace {

constexpr const char* kCluster = "main";

LabelMap Restored(LabelMap labels = {}) {
  labels["pg_cluster"] = kCluster;
  return On("pg2", std::move(labels));
}

std::string StateOf(const Page& page) {
  return page.State("pgfleet_standby_state", "state", Restored());
}

std::string Rows(const PostgresServer& server) {
  return server.Value("SELECT count(*) FROM written");
}

// To which kind of target: each has a major of its own.
std::string KindFor(int major) {
  if (major % 3 == 0) return "time";  // 9.6, 12, 15, 18
  return major % 3 == 1 ? "name" : "lsn";
}

class Restore : public testing::TestWithParam<int> {
 protected:
  void SetUp() override { primary().Execute("CREATE TABLE written(row int)"); }
  PostgresServer& primary() { return archive_.primary(); }
  void Write(int mebibytes = 0) {
    primary().Execute("INSERT INTO written VALUES (1)");
    if (mebibytes > 0) WriteWal(primary(), mebibytes);
  }
  // The place where recovery is to stop: here.
  std::string Target() {
    if (kind_ == "lsn") return primary().Value("SELECT pg_current_wal_insert_lsn()");
    if (kind_ == "time") return primary().Value("SELECT clock_timestamp()");
    primary().Execute("SELECT pg_create_restore_point('here')");
    return "here";
  }
  // The restored node stands beside its primary, and as a cluster of its own.
  ExporterOptions Both() const {
    auto nodes = std::vector<DeclaredNode>{Declared(archive_.primary()), Declared(node_)};
    ExporterOptions options = Watching(nodes, GetParam());
    options.config += "  - name: alone\n    kind: single\n    maintenance: true\n    nodes:\n" +
                      std::string("      - {name: pg2, host: \"") +
                      node_.socket_directory().string() + "\", port: 5432}\n";
    return options;
  }
  void ExpectTarget(const Page& page, const std::string& target) {
    EXPECT_EQ(page.Has("pgfleet_recovery_target_info"), GetParam() >= 12);
    if (GetParam() < 12) return;
    EXPECT_EQ(page.Value("pgfleet_recovery_target_set", Restored()), 1);
    EXPECT_TRUE(page.Has("pgfleet_recovery_target_info",
                         Restored({{"target", kind_}, {"action", "pause"}})));
    const auto time = page.Value("pgfleet_recovery_target_timestamp_seconds", Restored());
    const auto lsn = page.Value("pgfleet_recovery_target_lsn_bytes", Restored());
    EXPECT_EQ(time.has_value(), kind_ == "time");
    EXPECT_EQ(lsn.has_value(), kind_ == "lsn");
    if (time) {
      const std::string truth = "SELECT extract(epoch from " + Quoted(target) + "::timestamptz)";
      EXPECT_NEAR(*time, Number(primary(), truth), 1e-3);
    }
    if (lsn) {
      EXPECT_EQ(*lsn, Number(primary(), "SELECT pg_wal_lsn_diff(" + Quoted(target) + ", '0/0')"));
    }
  }

  // The copy ends with a row; the segments after it are kept back, to come one by one.
  void MakeHistory() {
    Write();
    archive_.Restore(node_, false, true, {});
    Write();
    consistent_ = archive_.Switch();
    Write(2);
    half_ = archive_.Switch();
    Write(2);
    rows_ = Rows(primary());
    target_ = Target();
    Write(1);
    all_ = archive_.Switch();
  }
  void Aim() {
    const std::string lines =
        "recovery_target_action = 'pause'\nrecovery_target_" + kind_ + " = '" + target_ + "'\n";
    if (GetParam() < 12)
      AppendFile(node_.data() / "recovery.conf", lines);
    else
      node_.AddConf({lines});
  }
  // Not consistent yet: it lets nobody in.
  void ExpectStarting(const ExporterProcess& exporter) {
    node_.StartWithoutSessions();
    const Page page =
        WaitForValue(exporter, "pgfleet_down_reason", Restored({{"reason", "starting"}}), 1);
    EXPECT_EQ(page.Value("pgfleet_up", Restored()), 0);
    EXPECT_EQ(StateOf(page), "starting");
    EXPECT_FALSE(Accepts(node_.Conninfo())) << "the test itself";
  }
  void ExpectReplay(const ExporterProcess& exporter) {
    archive_.Shelve(consistent_);
    Page page =
        exporter.WaitForPage([](const Page& each) { return StateOf(each) == "archive_recovery"; });
    EXPECT_TRUE(WaitUntil([&] { return Rows(node_) == "2"; })) << "what the first segment holds";
    EXPECT_EQ(page.Value("pgfleet_up", Restored()), 1);
    exporter.WaitForPage([&](const Page& each) {
      return each.Value("pgfleet_recovery_upstream_asked", Restored()) == 0 &&
             each.Value("pgfleet_standby_lag_bytes", Restored()).value_or(0) > 4e6;
    });
    page = exporter.Metrics();
    ExpectTarget(page, target_);
    EXPECT_EQ(page.Value("pgfleet_node_orphan", Restored()), 0);
    ExpectProgress(exporter, page);
  }
  // What the next segment brings falls off the lag.
  void ExpectProgress(const ExporterProcess& exporter, const Page& before) {
    const auto lag = [](const Page& each) {
      return each.Value("pgfleet_standby_lag_bytes", Restored()).value_or(-1);
    };
    const auto replayed = [](const Page& each) {
      return each.Value("pgfleet_recovery_replayed_bytes_total", Restored()).value_or(-1);
    };
    archive_.Shelve(half_);
    const Page page =
        exporter.WaitForPage([&](const Page& each) { return lag(each) <= lag(before) - 2e6; });
    EXPECT_NEAR(replayed(page) - replayed(before), lag(before) - lag(page), 1e5);
    EXPECT_EQ(StateOf(page), "archive_recovery");
    // A cluster of its own has no primary until it is promoted, and nobody there must stream.
    const LabelMap alone = {{"pg_cluster", "alone"}};
    EXPECT_EQ(page.State("pgfleet_cluster_primary_state", "state", alone), "none");
    EXPECT_EQ(page.Value("pgfleet_maintenance", alone), 1);
    EXPECT_FALSE(page.Has("pgfleet_standby_expected", alone));
  }
  void ExpectPauseAtTheTarget(const ExporterProcess& exporter) {
    archive_.Shelve(all_);
    const Page page = exporter.WaitForPage([](const Page& each) {
      return StateOf(each) == "paused" &&
             each.Value("pgfleet_standby_replay_paused", Restored()) == 1;
    });
    EXPECT_EQ(Rows(node_), rows_) << "it stands at its target";
    EXPECT_EQ(page.Value("pgfleet_node_orphan", Restored()), 0);
    EXPECT_TRUE(page.Has("pgfleet_last_replayed_transaction_timestamp_seconds", Restored()));
  }
  void ExpectPromotion(const ExporterProcess& exporter) {
    primary().Stop(SIGINT);
    node_.Execute("SELECT pg_wal_replay_resume()");
    for (const char* cluster : {kCluster, "alone"}) {
      WaitForValue(exporter, "pgfleet_node_role",
                   On("pg2", {{"pg_cluster", cluster}, {"role", "primary"}}), 1);
      exporter.WaitForPage([&](const Page& each) {
        return each.State("pgfleet_cluster_primary_state", "state", {{"pg_cluster", cluster}}) ==
               "one";
      });
    }
    // Its recovery is asked about in a slower lane than its role.
    exporter.WaitForPage([](const Page& each) { return !each.Has("pgfleet_recovery_target_set"); });
  }

  const std::string kind_ = KindFor(GetParam());
  mutable Archive archive_{GetParam()};
  PostgresServer node_{GetParam(), {.name = "pg2"}};
  std::string consistent_, half_, all_;  // segments: what the node needs to let somebody in, ...
  std::string rows_, target_;            // how many there are at the target, and where it is
};
INSTANTIATE_TEST_SUITE_P(Server, Restore, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(Restore, ToAPointInTimeIsSeenFromTheFirstSegmentToThePromotion) {
  MakeHistory();
  Aim();
  const ExporterProcess exporter(Both());
  ExpectStarting(exporter);
  ExpectReplay(exporter);
  ExpectPauseAtTheTarget(exporter);
  ExpectPromotion(exporter);
}

class ArchiveStandby : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, ArchiveStandby, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

// Before 12 nobody can ask for the setting: such a standby was called disconnected.
TEST_P(ArchiveStandby, LivesOnItsArchiveUntilASegmentDoesNotCome) {
  Archive archive(GetParam());
  PostgresServer node(GetParam(), {.name = "pg2"});
  archive.Restore(node, true, false, {});
  archive.Shelve(archive.Switch());
  node.Start();
  const ExporterProcess exporter(
      Watching({Declared(archive.primary()), Declared(node)}, GetParam()));
  exporter.WaitForPage([](const Page& page) { return StateOf(page) == "archive_recovery"; });
  ForEachPage(exporter, Milliseconds(1500), [](const Page& page) {
    EXPECT_EQ(StateOf(page), "archive_recovery");
    EXPECT_EQ(page.Value("pgfleet_node_orphan", Restored()), 0);
  });
  EXPECT_EQ(node.Value("SELECT count(*) FROM pg_stat_wal_receiver"), "0");
  if (GetParam() != Majors().front() && GetParam() != Majors().back()) return;

  WriteWal(archive.primary(), 1);
  const std::string missing = archive.Switch();
  const auto since = Clock::now();
  const auto patience = Milliseconds(60000);
  const Page page = exporter.WaitForPage(
      [](const Page& each) { return StateOf(each) == "disconnected"; }, patience);
  EXPECT_GE(SecondsSince(since), 25);
  EXPECT_EQ(page.Value("pgfleet_node_orphan", Restored()), 1);
  archive.Shelve(missing);
  exporter.WaitForPage([](const Page& each) {
    return StateOf(each) == "archive_recovery" &&
           each.Value("pgfleet_node_orphan", Restored()) == 0;
  });
}

// A restore_command that is set counted as an archive that serves.
TEST_P(ArchiveStandby, ThatNeverWasOneIsDisconnectedWhenItsUpstreamIsGone) {
  if (GetParam() < 12) return;  // there nobody took the setting for an archive
  ClusterOptions options = Pair();
  options.standbys[0].conf = {"restore_command = 'false'"};
  Cluster cluster(GetParam(), options);
  const ExporterProcess exporter(Watching(Declared(cluster), GetParam()));
  exporter.WaitForPage([](const Page& page) { return StateOf(page) == "caught_up"; });
  cluster.primary().Stop(SIGINT);
  const Page page = exporter.WaitForPage([](const Page& each) {
    return StateOf(each) == "disconnected" && each.Value("pgfleet_node_orphan", Restored()) == 1;
  });
  EXPECT_EQ(page.Value("pgfleet_recovery_restore_command_set", Restored()), 1);
  EXPECT_EQ(page.Value("pgfleet_recovery_upstream_asked", Restored()), 1);
}

}  // namespace
}  // namespace pgfleet::test
