// Synchronous commits that wait, and what the server itself makes of synchronous_standby_names.
#include <gmock/gmock.h>

#include <thread>

#include "collectors/sync_names.h"
#include "servers/world.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

using testing::Optional;

class Synchronous : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, Synchronous, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

model::SyncWaitFacts SyncOf(const PostgresServer& server) {
  return *FactsOf("sync_waits", server).sync_waits;
}

void Require(const PostgresServer& server, const std::string& standbys) {
  Connection session = server.Connect();
  session.Execute("SET synchronous_commit = local");
  session.Execute("ALTER SYSTEM SET synchronous_standby_names = " + Quoted(standbys));
  session.Execute("SELECT pg_reload_conf()");
  ASSERT_TRUE(
      WaitUntil([&] { return server.Value("SHOW synchronous_standby_names") == standbys; }));
}

TEST_P(Synchronous, ACommitThatWaitsForAStandbyThatIsNotThereIsSeenAndTimed) {
  if (GetParam() < 10) return;  // 9.6 does not tell who waits
  Cluster cluster(GetParam(), Pair());
  const PostgresServer& primary = cluster.primary();
  primary.Execute("CREATE TABLE t (x int)");
  EXPECT_THAT(SyncOf(primary).required, Optional(0));
  Require(primary, "ANY 2 (pg2, ghost)");
  ASSERT_TRUE(WaitUntil([&] { return SyncOf(primary).connected == 1; }));
  EXPECT_EQ(SyncOf(primary).waiting, 0);
  EXPECT_EQ(SyncOf(primary).oldest_wait, std::nullopt);
  const auto before = Clock::now();
  std::jthread commit([&] { primary.Connect().Query("INSERT INTO t VALUES (1)"); });
  EXPECT_TRUE(WaitUntil([&] { return SyncOf(primary).waiting == 1; }));
  const auto seen = Clock::now();
  std::this_thread::sleep_for(Milliseconds(1100));
  const double least = SecondsSince(seen);
  const model::SyncWaitFacts facts = SyncOf(primary);
  EXPECT_THAT(facts.required, Optional(2));
  EXPECT_EQ(facts.connected, 1);
  EXPECT_EQ(facts.waiting, 1);
  EXPECT_GE(facts.oldest_wait.value_or(0), least - 0.01);
  EXPECT_LE(facts.oldest_wait.value_or(1e9), SecondsSince(before) + 0.01);
  Require(primary, "pg2");  // lets the commit end
  commit.join();
  EXPECT_EQ(SyncOf(primary).waiting, 0);
  EXPECT_THAT(SyncOf(primary).required, Optional(1));
  EXPECT_EQ(primary.Value("SELECT count(*) FROM t"), "1");
  EXPECT_TRUE(SyncOf(cluster.standby()).in_recovery);
}

TEST_P(Synchronous, ARoleThatCannotSeeWaitsIsNotToldThatNobodyWaits) {
  if (GetParam() < 10) return;  // not asked
  const CollectorRun run =
      RunCollector(CollectorNamed("sync_waits"), SharedPair(GetParam()).primary(), "plain");
  ASSERT_FALSE(run.decoded);
  EXPECT_EQ(run.decoded.error().reason, model::FailureReason::kPermission);
}

TEST_P(Synchronous, TheRequirementIsUnderstoodExactlyWhereTheServerUnderstandsIt) {
  if (GetParam() < 10) return;  // not asked
  Cluster cluster(GetParam(), Alone());
  Connection session = cluster.primary().Connect();
  for (const char* names :
       {"",          "a",        "a,b",        "*",      " a , b ",     "\"a (\"\"b\", c",
        "3",         "3, 4",     "2 (a, b)",   "2(3,4)", "FIRST 1 (a)", "first 2 (a, \"b)\")",
        "ANY 1 (*)", "any 2(a)", "ANY",        "any",    "FIRST 2",     "FIRST a",
        "2 (a",      "2 (a,)",   "2 (a) b",    "a,",     ",a",          "a b",
        "\"a",       "0 (a)",    "a;b",        "(a)",    "a (b)",       "anyone, pg_2$x",
        "\"ANY\"",   "ANY, b",   "MOST 2 (a)", "-1 (a)", "\xC3\xA9",    "FIRST 1 (any)"}) {
    const bool accepted =
        session.Query("ALTER SYSTEM SET synchronous_standby_names = " + Quoted(names)).ok();
    EXPECT_EQ(collectors::RequiredStandbys(names).has_value(), accepted) << names;
  }
}

}  // namespace
}  // namespace pgfleet::test
