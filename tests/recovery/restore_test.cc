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

  const std::string kind_ = KindFor(GetParam());
  mutable Archive archive_{GetParam()};
  PostgresServer node_{GetParam(), {.name = "pg2"}};
};
INSTANTIATE_TEST_SUITE_P(Server, Restore, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(Restore, ToAPointInTimeIsSeenFromTheFirstSegmentToThePromotion) {
  Write();
  // The copy ends with a row; the segments after it come one by one.
  std::map<std::string, std::string> recovery = {{"recovery_target_action", "pause"}};
  archive_.Restore(node_, false, true, {});
  Write();
  const std::string consistent = archive_.Switch();
  Write(2);
  const std::string half = archive_.Switch();
  Write(2);
  const std::string rows = Rows(primary());
  const std::string target = Target();
  Write(1);
  const std::string all = archive_.Switch();
  recovery["recovery_target_" + kind_] = target;
  std::string lines;
  for (const auto& [name, value] : recovery) lines += name + " = '" + value + "'\n";
  if (GetParam() < 12)
    AppendFile(node_.data() / "recovery.conf", lines);
  else
    node_.AddConf({lines});

  const ExporterProcess exporter(Both());
  node_.StartWithoutSessions();
  Page page = WaitForValue(exporter, "pgfleet_down_reason", Restored({{"reason", "starting"}}), 1);
  EXPECT_EQ(page.Value("pgfleet_up", Restored()), 0);
  EXPECT_EQ(StateOf(page), "starting");
  EXPECT_FALSE(Accepts(node_.Conninfo())) << "the test itself";

  archive_.Shelve(consistent);
  page = exporter.WaitForPage([](const Page& each) { return StateOf(each) == "archive_recovery"; });
  EXPECT_TRUE(WaitUntil([&] { return Rows(node_) == "2"; })) << "what the first segment holds";
  EXPECT_EQ(page.Value("pgfleet_up", Restored()), 1);
  exporter.WaitForPage([&](const Page& each) {
    return each.Value("pgfleet_recovery_upstream_asked", Restored()) == 0 &&
           each.Value("pgfleet_standby_lag_bytes", Restored()).value_or(0) > 4e6;
  });
  const auto lag = [](const Page& each) {
    return each.Value("pgfleet_standby_lag_bytes", Restored()).value_or(-1);
  };
  const auto replayed = [](const Page& each) {
    return each.Value("pgfleet_recovery_replayed_bytes_total", Restored()).value_or(-1);
  };
  page = exporter.Metrics();
  ExpectTarget(page, target);
  EXPECT_EQ(page.Value("pgfleet_node_orphan", Restored()), 0);
  const double lag_before = lag(page);
  const double replayed_before = replayed(page);
  archive_.Shelve(half);
  page = exporter.WaitForPage([&](const Page& each) { return lag(each) <= lag_before - 2e6; });
  EXPECT_NEAR(replayed(page) - replayed_before, lag_before - lag(page), 1e5);
  EXPECT_EQ(StateOf(page), "archive_recovery");

  // A cluster of its own has no primary until it is promoted, and nobody there must stream.
  const LabelMap alone = {{"pg_cluster", "alone"}};
  EXPECT_EQ(page.State("pgfleet_cluster_primary_state", "state", alone), "none");
  EXPECT_EQ(page.Value("pgfleet_maintenance", alone), 1);
  EXPECT_FALSE(page.Has("pgfleet_standby_expected", alone));

  archive_.Shelve(all);
  page = exporter.WaitForPage([](const Page& each) {
    return StateOf(each) == "paused" &&
           each.Value("pgfleet_standby_replay_paused", Restored()) == 1;
  });
  EXPECT_EQ(Rows(node_), rows) << "it stands at its target";
  EXPECT_EQ(page.Value("pgfleet_node_orphan", Restored()), 0);
  EXPECT_TRUE(page.Has("pgfleet_last_replayed_transaction_timestamp_seconds", Restored()));

  primary().Stop(SIGINT);
  node_.Execute("SELECT pg_wal_replay_resume()");
  for (const char* cluster : {kCluster, "alone"}) {
    page = WaitForValue(exporter, "pgfleet_node_role",
                        On("pg2", {{"pg_cluster", cluster}, {"role", "primary"}}), 1);
    exporter.WaitForPage([&](const Page& each) {
      return each.State("pgfleet_cluster_primary_state", "state", {{"pg_cluster", cluster}}) ==
             "one";
    });
  }
  // Its recovery is asked about in a slower lane than its role.
  exporter.WaitForPage([](const Page& each) { return !each.Has("pgfleet_recovery_target_set"); });
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
