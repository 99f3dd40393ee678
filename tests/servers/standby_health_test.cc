// What holds up the replay of a standby: pauses, conflicts with sessions, the prefetcher.
#include <gmock/gmock.h>

#include "servers/world.h"
#include "support/majors.h"
#include "support/wait.h"

namespace pgfleet::test {
namespace {

using testing::Optional;

class StandbyHealth : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, StandbyHealth, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

model::RecoveryFacts RecoveryOf(const PostgresServer& server) {
  return *FactsOf("recovery", server).recovery;
}

model::StartupProcessFacts StartupOf(const PostgresServer& server) {
  return *FactsOf("startup_process", server).startup_process;
}

model::RecoveryConflictFacts ConflictsOf(const PostgresServer& server) {
  return *FactsOf("recovery_conflicts", server).recovery_conflicts;
}

// A pair whose standby gives way to sessions as long as it is told.
ClusterOptions PatientPair(const std::string& delay) {
  return {.standbys = {
              {.name = "pg2",
               .conf = {"max_standby_streaming_delay = " + delay,
                        "max_standby_archive_delay = " + delay, "hot_standby_feedback = off"}}}};
}

// --- pauses ---

TEST_P(StandbyHealth, APauseByHandIsASingleState) {
  Cluster cluster(GetParam());
  const PostgresServer& standby = cluster.standby();
  const bool tells_states = GetParam() >= 14;
  EXPECT_EQ(RecoveryOf(standby).pause_state, tells_states ? "not_paused" : "");
  standby.Execute("SELECT pg_wal_replay_pause()");
  EXPECT_TRUE(WaitUntil([&] { return RecoveryOf(standby).replay_paused == true; }));
  EXPECT_EQ(RecoveryOf(standby).pause_state, tells_states ? "paused" : "");
  standby.Execute("SELECT pg_wal_replay_resume()");
  EXPECT_TRUE(WaitUntil([&] { return RecoveryOf(standby).replay_paused == false; }));
}

// From 14 on a standby whose setting became too low stops where an older one ends.
TEST_P(StandbyHealth, ASettingThatBecameTooLowPausesReplay) {
  if (GetParam() < 14) return;
  Cluster cluster(GetParam());
  cluster.primary().AddConf({"max_connections = 200"});
  cluster.primary().Restart();
  EXPECT_TRUE(WaitUntil([&] { return RecoveryOf(cluster.standby()).pause_state == "paused"; }));
}

TEST_P(StandbyHealth, APauseThatCannotBeginYetIsARequest) {
  if (GetParam() < 14) return;
  Cluster cluster(GetParam(), PatientPair("-1"));
  cluster.primary().Execute("CREATE TABLE t (x int)");
  cluster.WaitUntilCaughtUp();
  Connection reader = cluster.standby().Connect();
  reader.Execute("BEGIN");
  reader.Execute("SELECT * FROM t");
  cluster.primary().Execute("DROP TABLE t");
  ASSERT_TRUE(WaitUntil([&] { return StartupOf(cluster.standby()).conflict_wait == true; }));
  cluster.standby().Execute("SELECT pg_wal_replay_pause()");
  EXPECT_EQ(RecoveryOf(cluster.standby()).pause_state, "pause_requested");
  EXPECT_EQ(RecoveryOf(cluster.standby()).replay_paused, false);
  reader.Execute("COMMIT");
  EXPECT_TRUE(WaitUntil([&] { return RecoveryOf(cluster.standby()).pause_state == "paused"; }));
}

// --- where replay ends, where it fetches from ---

TEST_P(StandbyHealth, ATargetAndARestoreCommandAreToldAsSetAndNeverShown) {
  const std::string canary = "canary_of_the_archive";
  if (GetParam() < 12) {
    EXPECT_EQ(RecoveryOf(SharedPair(GetParam()).standby()).target_set, std::nullopt);
    EXPECT_EQ(RecoveryOf(SharedPair(GetParam()).standby()).has_restore_command, std::nullopt);
    return;
  }
  Cluster cluster(GetParam());
  EXPECT_THAT(RecoveryOf(cluster.standby()).target_set, Optional(false));
  EXPECT_THAT(RecoveryOf(cluster.standby()).has_restore_command, Optional(false));
  cluster.standby().AddConf(
      {"recovery_target_name = 'never'", "restore_command = 'false " + canary + "'"});
  cluster.standby().Restart();
  const CollectorRun run = RunCollector(CollectorNamed("recovery"), cluster.standby(), "postgres");
  ASSERT_TRUE(run.decoded);
  EXPECT_THAT(run.facts.recovery->target_set, Optional(true));
  EXPECT_THAT(run.facts.recovery->has_restore_command, Optional(true));
  for (const auto& cell : run.answer.rows.at(0))
    EXPECT_EQ(cell.value_or("").find(canary), std::string::npos);
}

// --- conflicts with sessions ---

TEST_P(StandbyHealth, AQuietStandbyWaitsForWalAndHasNoConflict) {
  if (GetParam() < 10) return;
  Cluster& pair = SharedPair(GetParam());
  pair.WaitUntilCaughtUp();
  EXPECT_TRUE(WaitUntil([&] { return StartupOf(pair.standby()).conflict_wait == false; }));
  const model::StartupProcessFacts startup = StartupOf(pair.standby());
  EXPECT_TRUE(startup.in_recovery);
  EXPECT_EQ(startup.wait_event_type, "Activity");
  EXPECT_THAT(startup.wait_event, testing::StartsWith("RecoveryWal"));
  EXPECT_FALSE(StartupOf(pair.primary()).in_recovery);
}

// A reader that holds a lock, and a table that its primary drops.
TEST_P(StandbyHealth, ReplayThatWaitsForALockIsSeenAndTheCancelIsCounted) {
  Cluster cluster(GetParam(), PatientPair("2s"));
  const PostgresServer& standby = cluster.standby();
  cluster.primary().Execute("CREATE TABLE t (x int)");
  cluster.WaitUntilCaughtUp();
  EXPECT_EQ(ConflictsOf(standby).lock, 0);
  Connection reader = standby.Connect();
  reader.Execute("BEGIN");
  reader.Execute("SELECT * FROM t");
  cluster.primary().Execute("DROP TABLE t");
  if (GetParam() >= 10) {
    EXPECT_TRUE(WaitUntil([&] { return StartupOf(standby).conflict_wait == true; }));
    EXPECT_EQ(StartupOf(standby).wait_event_type, "Lock");
    EXPECT_EQ(StartupOf(standby).wait_event, "relation");
  }
  EXPECT_TRUE(WaitUntil([&] { return ConflictsOf(standby).lock == 1; }));
  EXPECT_EQ(ConflictsOf(standby).snapshot, 0);
  EXPECT_EQ(ConflictsOf(standby).active_logicalslot.has_value(), GetParam() >= 16);
  cluster.WaitUntilCaughtUp();
}

// A reader with an old snapshot, and rows that vacuum takes away.
TEST_P(StandbyHealth, ReplayThatWaitsForASnapshotIsNeverCalledFreeOfConflicts) {
  Cluster cluster(GetParam(), PatientPair("2s"));
  const PostgresServer& standby = cluster.standby();
  cluster.primary().Execute("CREATE TABLE t AS SELECT generate_series(1, 1000) x");
  cluster.primary().Execute("CREATE TABLE other (x int)");
  cluster.WaitUntilCaughtUp();
  Connection reader = standby.Connect();
  reader.Execute("BEGIN ISOLATION LEVEL REPEATABLE READ");
  reader.Execute("SELECT count(*) FROM other");  // holds the snapshot, not the table's pages
  cluster.primary().Execute("DELETE FROM t");
  cluster.primary().Execute("VACUUM t");
  if (GetParam() >= 13) {
    EXPECT_TRUE(WaitUntil([&] { return StartupOf(standby).conflict_wait == true; }));
    EXPECT_EQ(StartupOf(standby).wait_event, "RecoveryConflictSnapshot");
  } else if (GetParam() >= 10) {
    EXPECT_TRUE(WaitUntil([&] { return !StartupOf(standby).conflict_wait.has_value(); }))
        << "12 and older give this wait no name";
  }
  EXPECT_TRUE(WaitUntil([&] { return ConflictsOf(standby).snapshot == 1; }));
}

// A cursor that rests on a page, and a vacuum that must have the page for itself. The rows were
// never committed, so that no snapshot is in the way.
TEST_P(StandbyHealth, ReplayThatWaitsForAPinnedBufferIsSeen) {
  Cluster cluster(GetParam(), PatientPair("2s"));
  const PostgresServer& standby = cluster.standby();
  Connection writer = cluster.primary().Connect();
  writer.Execute("CREATE TABLE t (x int)");
  writer.Execute("INSERT INTO t VALUES (1)");
  writer.Execute("BEGIN");
  writer.Execute("INSERT INTO t SELECT generate_series(1, 100)");
  writer.Execute("ROLLBACK");
  cluster.WaitUntilCaughtUp();
  Connection reader = standby.Connect();
  reader.Execute("BEGIN");
  reader.Execute("DECLARE rest CURSOR FOR SELECT * FROM t");
  reader.Execute("FETCH rest");
  writer.Execute("VACUUM t");
  if (GetParam() >= 10) {
    EXPECT_TRUE(WaitUntil([&] { return StartupOf(standby).conflict_wait == true; }));
    EXPECT_EQ(StartupOf(standby).wait_event, "BufferPin");
  }
  EXPECT_TRUE(WaitUntil([&] { return ConflictsOf(standby).bufferpin == 1; }));
}

TEST_P(StandbyHealth, APrimaryHasNoConflicts) {
  const model::RecoveryConflictFacts conflicts = ConflictsOf(SharedPair(GetParam()).primary());
  EXPECT_FALSE(conflicts.in_recovery);
  EXPECT_EQ(conflicts.lock + conflicts.snapshot + conflicts.bufferpin, 0);
}

// --- the prefetcher ---

TEST_P(StandbyHealth, ThePrefetcherCountsTheBlocksThatReplayMeets) {
  if (GetParam() < 15) return;
  Cluster cluster(GetParam(), {.standbys = {{.name = "pg2", .conf = {"recovery_prefetch = on"}}}});
  const auto of = [](const PostgresServer& server) {
    return *FactsOf("recovery_prefetch", server).recovery_prefetch;
  };
  const auto blocks = [&] {
    const model::RecoveryPrefetchFacts facts = of(cluster.standby());
    return facts.prefetch + facts.hit + facts.skip_init + facts.skip_new + facts.skip_fpw +
           facts.skip_rep;
  };
  const std::int64_t before = blocks();
  cluster.primary().Execute("CREATE TABLE t AS SELECT generate_series(1, 100000) x");
  cluster.primary().Execute("UPDATE t SET x = x + 1");
  cluster.WaitUntilCaughtUp();
  EXPECT_TRUE(WaitUntil([&] { return blocks() > before; }));
  const model::RecoveryPrefetchFacts facts = of(cluster.standby());
  EXPECT_TRUE(facts.in_recovery);
  const std::string own = "SELECT skip_new FROM pg_stat_recovery_prefetch";
  EXPECT_EQ(std::to_string(facts.skip_new), cluster.standby().Value(own));
  EXPECT_FALSE(of(cluster.primary()).in_recovery);
}

}  // namespace
}  // namespace pgfleet::test
