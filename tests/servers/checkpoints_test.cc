// WAL counters, checkpoints, the control file, exclusive backups and the summarizer, against what
// the tests make happen.
#include <gmock/gmock.h>

#include <chrono>
#include <cmath>

#include "servers/world.h"
#include "support/majors.h"
#include "support/wait.h"

namespace pgfleet::test {
namespace {

using testing::Optional;

class Checkpoints : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, Checkpoints, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

std::int64_t Number(const PostgresServer& server, const std::string& sql) {
  return std::stoll(server.Value(sql));
}

double Now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// --- counters ---

TEST_P(Checkpoints, TheCountersAreTheServersAndGrowByWhatIsWritten) {
  if (GetParam() < 14) return;
  const PostgresServer& primary = SharedPair(GetParam()).primary();
  const auto before = FactsOf("wal_activity", primary).wal_activity;
  Connection session = primary.Connect();
  session.Execute("SELECT pg_logical_emit_message(true, 'pgfleet', repeat('x', 100000))");
  ASSERT_TRUE(WaitUntil([&] {
    return Number(primary, "SELECT wal_bytes FROM pg_stat_wal") >= before->bytes + 100000;
  }));
  const auto after = FactsOf("wal_activity", primary).wal_activity;
  EXPECT_GE(after->bytes, before->bytes + 100000);
  EXPECT_GT(after->records, before->records);
  EXPECT_GE(after->full_page_images, before->full_page_images);
  EXPECT_EQ(std::to_string(after->buffers_full),
            primary.Value("SELECT wal_buffers_full FROM pg_stat_wal"));
}

std::int64_t Requested(const PostgresServer& server) {
  return FactsOf("checkpoints", server).checkpoints->requested;
}

TEST_P(Checkpoints, ACheckpointThatIsAskedForIsCountedAndDated) {
  Cluster cluster(GetParam(), Alone());
  const PostgresServer& primary = cluster.primary();
  const std::int64_t requested = Requested(primary);
  primary.Execute("CREATE TABLE t AS SELECT generate_series(1, 10000)");
  const double before = Now();
  primary.Execute("CHECKPOINT");
  EXPECT_TRUE(WaitUntil([&] { return Requested(primary) == requested + 1; }));
  const auto checkpoints = FactsOf("checkpoints", primary).checkpoints;
  EXPECT_GT(checkpoints->buffers, 0);
  EXPECT_EQ(checkpoints->done.has_value(), GetParam() >= 18);
  EXPECT_EQ(checkpoints->restartpoints_done.has_value(), GetParam() >= 17);
  const auto control = FactsOf("control_file", primary).control_file;
  EXPECT_GE(control->checkpoint, std::floor(before));  // the server keeps whole seconds
  EXPECT_LE(control->checkpoint, Now());
}

TEST_P(Checkpoints, ACheckpointThatWasCompletedIsCountedAsDone) {
  if (GetParam() < 18) return;
  Cluster cluster(GetParam(), Alone());
  const auto before = FactsOf("checkpoints", cluster.primary()).checkpoints;
  cluster.primary().Execute("CHECKPOINT");
  EXPECT_TRUE(WaitUntil([&] {
    return FactsOf("checkpoints", cluster.primary()).checkpoints->done == *before->done + 1;
  }));
}

TEST_P(Checkpoints, TheRedoDistanceIsTheServersOwnDifference) {
  for (const auto& node : SharedPair(GetParam()).nodes()) {
    const std::string own = "SELECT pg_wal_lsn_diff(" +
                            std::string(node->name() == "pg1" ? "pg_current_wal_flush_lsn()"
                                                              : "pg_last_wal_replay_lsn()") +
                            (GetParam() >= 10 ? ", redo_lsn)" : ", redo_location)") +
                            " FROM pg_control_checkpoint()";
    const std::int64_t before = Number(*node, own);
    const auto control = FactsOf("control_file", *node).control_file;
    ASSERT_TRUE(control->position);
    EXPECT_GE(Distance(control->redo, *control->position), before);
    EXPECT_LE(Distance(control->redo, *control->position), Number(*node, own));
    EXPECT_EQ(control->in_recovery, node->name() == "pg2");
  }
}

// Before 17 a standby has no other place to count its restartpoints than among the checkpoints, and
// counts every attempt.
TEST_P(Checkpoints, RestartpointsOfAStandbyAreCountedWhereTheHelpSays) {
  Cluster cluster(GetParam());
  const PostgresServer& standby = cluster.standby();
  const auto before = FactsOf("checkpoints", standby).checkpoints;
  cluster.primary().Execute("CREATE TABLE t (x int)");
  cluster.primary().Execute("CHECKPOINT");
  cluster.WaitUntilCaughtUp();
  standby.Execute("CHECKPOINT");
  if (GetParam() < 17) {
    EXPECT_TRUE(WaitUntil([&] { return Requested(standby) == before->requested + 1; }));
    standby.Execute("CHECKPOINT");  // there is nothing new to stand on
    EXPECT_TRUE(WaitUntil([&] { return Requested(standby) == before->requested + 2; }));
    return;
  }
  const auto made = [&] { return FactsOf("checkpoints", standby).checkpoints; };
  EXPECT_TRUE(WaitUntil([&] { return made()->restartpoints_done > before->restartpoints_done; }));
  EXPECT_THAT(made()->restartpoints_requested, Optional(*before->restartpoints_requested + 1));
  EXPECT_EQ(made()->requested, before->requested);
}

// --- exclusive backups ---

TEST_P(Checkpoints, AnExclusiveBackupThatNobodyEndsIsSeen) {
  Cluster cluster(GetParam());
  const PostgresServer& primary = cluster.primary();
  const auto of = [](const PostgresServer& server) {
    return FactsOf("control_file", server).control_file;
  };
  if (GetParam() >= 15) {
    EXPECT_EQ(of(primary)->exclusive_backup, std::nullopt);
    return;
  }
  EXPECT_THAT(of(primary)->exclusive_backup, Optional(false));
  EXPECT_EQ(of(primary)->exclusive_backup_start, std::nullopt);
  const double before = Now();
  primary.Execute("SELECT pg_start_backup('left behind', true)");
  EXPECT_THAT(of(primary)->exclusive_backup, Optional(true));
  EXPECT_THAT(of(primary)->exclusive_backup_start,
              Optional(testing::AllOf(testing::Ge(std::floor(before)), testing::Le(Now()))));
  EXPECT_EQ(of(cluster.standby())->exclusive_backup, std::nullopt);
  primary.Execute("SELECT pg_stop_backup()");
  EXPECT_THAT(of(primary)->exclusive_backup, Optional(false));
}

// --- the summarizer ---

TEST_P(Checkpoints, TheSummarizerThatRunsFollowsTheCheckpoints) {
  if (GetParam() < 17) return;
  EXPECT_FALSE(FactsOf("wal_summarizer", SharedPair(GetParam()).primary()).wal_summarizer->enabled);
  Cluster cluster(GetParam(), {.primary_conf = {"summarize_wal = on"}});
  const PostgresServer& primary = cluster.primary();
  const auto summarizer = [&] { return FactsOf("wal_summarizer", primary).wal_summarizer; };
  ASSERT_TRUE(WaitUntil([&] { return summarizer()->running; }));
  EXPECT_TRUE(summarizer()->enabled);
  primary.Execute("CREATE TABLE t AS SELECT generate_series(1, 10000)");
  primary.Execute("CHECKPOINT");
  const auto redo = FactsOf("control_file", primary).control_file->redo;
  ASSERT_TRUE(WaitUntil([&] { return summarizer()->summarized >= redo; }));
  const auto facts = summarizer();
  EXPECT_EQ(std::to_string(facts->summarized->value),
            primary.Value("SELECT summarized_lsn - '0/0'::pg_lsn FROM "
                          "pg_get_wal_summarizer_state()"));
  ASSERT_TRUE(facts->position);
  EXPECT_GE(Distance(*facts->summarized, *facts->position), 0);
}

}  // namespace
}  // namespace pgfleet::test
