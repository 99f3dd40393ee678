// Transaction ages, what holds vacuum back and prepared transactions, against what the tests
// themselves make happen.
#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "servers/world.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

using testing::Optional;

class Durability : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, Durability, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

// Each takes a transaction id of its own and is on disk when it ends.
void BurnTransactions(const PostgresServer& server, int count) {
  Connection session = server.Connect();
  for (int i = 0; i < count; ++i)
    session.Execute("SELECT pg_logical_emit_message(true, 'pgfleet', 'spent')");
}

model::OldestXminFacts OldestXminOf(const PostgresServer& server) {
  return *FactsOf("oldest_xmin", server).oldest_xmin;
}

// --- transaction ages ---

TEST_P(Durability, EveryDatabaseHasTheAgesThatTheServerReckons) {
  Cluster& pair = SharedPair(GetParam());
  BurnTransactions(pair.primary(), 10);
  pair.WaitUntilCaughtUp();
  for (const auto& node : pair.nodes()) {
    const auto facts = FactsOf("wraparound", *node).wraparound;
    Connection session = node->Connect();
    EXPECT_EQ(std::to_string(facts->databases.size()),
              session.Value("SELECT count(*) FROM pg_database"));
    EXPECT_EQ(facts->dropped, 0);
    std::set<std::string> names;
    for (const model::DatabaseAge& each : facts->databases) {
      const std::string from = " FROM pg_database WHERE datname = " + Quoted(each.database);
      EXPECT_EQ(std::to_string(each.xid_age), session.Value("SELECT age(datfrozenxid)" + from));
      EXPECT_EQ(std::to_string(each.multixact_age),
                session.Value("SELECT mxid_age(datminmxid)" + from));
      names.insert(each.database);
    }
    EXPECT_TRUE(names.contains("template0")) << "nobody can enter it, and it ages all the same";
  }
}

TEST_P(Durability, AgesGrowByTheTransactionsThatPass) {
  const PostgresServer& primary = SharedPair(GetParam()).primary();
  const std::int64_t before = FactsOf("wraparound", primary).wraparound->databases[0].xid_age;
  BurnTransactions(primary, 25);
  EXPECT_EQ(FactsOf("wraparound", primary).wraparound->databases[0].xid_age, before + 25);
}

// --- what holds vacuum back ---

TEST_P(Durability, ASnapshotHoldsVacuumByTheTransactionsSinceItWasTaken) {
  Cluster cluster(GetParam(), Alone());
  // The server's own workers look into the catalogs while it starts.
  EXPECT_TRUE(WaitUntil([&] { return !OldestXminOf(cluster.primary()).backend; }));
  Connection holder = cluster.primary().Connect();
  holder.Execute("BEGIN ISOLATION LEVEL REPEATABLE READ");
  holder.Execute("SELECT 1");
  BurnTransactions(cluster.primary(), 30);
  const model::OldestXminFacts facts = OldestXminOf(cluster.primary());
  EXPECT_THAT(facts.backend, Optional(30));
  EXPECT_EQ(facts.prepared, std::nullopt);
  EXPECT_EQ(facts.slot, std::nullopt);
  EXPECT_EQ(facts.catalog_slot, std::nullopt);
  EXPECT_EQ(facts.walsender, std::nullopt);
  const CollectorRun plain =
      RunCollector(CollectorNamed("oldest_xmin"), cluster.primary(), "plain");
  ASSERT_TRUE(plain.decoded) << plain.decoded.error().detail;
  EXPECT_THAT(plain.facts.oldest_xmin->backend, Optional(30)) << "every role sees the ids";
}

// Between two statements it has no snapshot, and still nothing after it can be cleaned.
TEST_P(Durability, AnIdleWriterHoldsVacuumByItsOwnTransaction) {
  Cluster cluster(GetParam(), Alone());
  Connection writer = cluster.primary().Connect();
  writer.Execute("BEGIN");
  writer.Execute("SELECT txid_current()");
  BurnTransactions(cluster.primary(), 20);
  EXPECT_EQ(cluster.primary().Value("SELECT count(backend_xmin) FROM pg_stat_activity"
                                    " WHERE pid <> pg_backend_pid()"),
            "0");
  EXPECT_THAT(OldestXminOf(cluster.primary()).backend, Optional(21));
}

TEST_P(Durability, ARunningVacuumHoldsNothing) {
  Cluster cluster(GetParam(), Alone());
  const PostgresServer& primary = cluster.primary();
  primary.Execute("CREATE TABLE big AS SELECT * FROM generate_series(1, 100000)");
  std::jthread vacuum([&] {
    Connection session = primary.Connect();
    session.Query("SET vacuum_cost_delay = 100");
    session.Query("SET vacuum_cost_limit = 1");
    session.Query("VACUUM big");  // ends by being cancelled
  });
  const std::string running =
      " FROM pg_stat_progress_vacuum v JOIN pg_stat_activity a USING (pid)"
      " WHERE a.backend_xmin IS NOT NULL";
  EXPECT_TRUE(WaitUntil([&] { return primary.Value("SELECT count(*)" + running) == "1"; }));
  EXPECT_EQ(OldestXminOf(primary).backend, std::nullopt);
  EXPECT_EQ(primary.Value("SELECT pg_cancel_backend(pid)" + running), "t");
}

TEST_P(Durability, AFeedbackWithoutASlotIsTheSendersAndNoBackends) {
  Cluster cluster(
      GetParam(),
      {.standbys = {{.name = "pg2", .slot = false, .conf = {"hot_standby_feedback = on"}}}});
  Connection reader = cluster.standby().Connect();
  reader.Execute("BEGIN ISOLATION LEVEL REPEATABLE READ");
  reader.Execute("SELECT 1");
  BurnTransactions(cluster.primary(), 15);
  cluster.WaitUntilCaughtUp();
  ASSERT_TRUE(WaitUntil([&] { return OldestXminOf(cluster.primary()).walsender >= 15; }));
  const model::OldestXminFacts facts = OldestXminOf(cluster.primary());
  EXPECT_EQ(facts.backend, std::nullopt) << "the sender must not be counted twice";
  EXPECT_EQ(facts.slot, std::nullopt);
  EXPECT_THAT(OldestXminOf(cluster.standby()).backend, Optional(testing::Ge(15)));
}

TEST_P(Durability, AFeedbackThroughASlotIsTheSlots) {
  Cluster cluster(GetParam(),
                  {.standbys = {{.name = "pg2", .conf = {"hot_standby_feedback = on"}}}});
  Connection reader = cluster.standby().Connect();
  reader.Execute("BEGIN ISOLATION LEVEL REPEATABLE READ");
  reader.Execute("SELECT 1");
  BurnTransactions(cluster.primary(), 15);
  EXPECT_TRUE(WaitUntil([&] { return OldestXminOf(cluster.primary()).slot >= 15; }));
  EXPECT_EQ(OldestXminOf(cluster.primary()).walsender, std::nullopt);
}

TEST_P(Durability, ALogicalSlotHoldsTheCatalogsUntilItIsLost) {
  ClusterOptions options = Alone();
  if (GetParam() >= 13) options.primary_conf = {"min_wal_size = 2MB", "max_wal_size = 2MB"};
  Cluster cluster(GetParam(), options);
  Connection session = cluster.primary().Connect();
  session.Execute("SELECT pg_create_logical_replication_slot('slow', 'test_decoding')");
  BurnTransactions(cluster.primary(), 12);
  const model::OldestXminFacts held = OldestXminOf(cluster.primary());
  EXPECT_THAT(held.catalog_slot, Optional(testing::Ge(12)));
  EXPECT_EQ(held.slot, std::nullopt);
  if (GetParam() < 13) return;  // no server before 13 takes WAL away from a slot
  session.Execute("ALTER SYSTEM SET max_slot_wal_keep_size = '3MB'");
  session.Execute("SELECT pg_reload_conf()");
  session.Execute("CREATE TABLE t (x int)");
  ASSERT_TRUE(WaitUntil([&] {
    session.Execute("INSERT INTO t VALUES (1)");
    session.Execute("SELECT pg_switch_wal()");
    session.Execute("CHECKPOINT");
    return session.Value("SELECT wal_status FROM pg_replication_slots") == "lost";
  }));
  EXPECT_EQ(session.Value("SELECT catalog_xmin IS NOT NULL FROM pg_replication_slots"), "t");
  EXPECT_EQ(OldestXminOf(cluster.primary()).catalog_slot, std::nullopt);
}

// --- prepared transactions ---

const ClusterOptions kTwoPhase = {
    .primary_conf = {"max_prepared_transactions = 5"},
    .standbys = {{.name = "pg2", .conf = {"max_prepared_transactions = 5"}}}};

TEST_P(Durability, APreparedTransactionIsCountedAgedAndHoldsVacuum) {
  Cluster cluster(GetParam(), kTwoPhase);
  const PostgresServer& primary = cluster.primary();
  EXPECT_EQ(FactsOf("prepared_transactions", primary).prepared_transactions->count, 0);
  primary.Execute("CREATE TABLE t (x int)");
  Connection session = primary.Connect();
  session.Execute("BEGIN");
  session.Execute("INSERT INTO t VALUES (1)");
  const auto before = Clock::now();
  session.Execute("PREPARE TRANSACTION 'left behind'");
  const auto after = Clock::now();
  BurnTransactions(primary, 40);
  std::this_thread::sleep_for(Milliseconds(1100));
  const double least = SecondsSince(after);
  const auto facts = FactsOf("prepared_transactions", primary).prepared_transactions;
  EXPECT_EQ(facts->count, 1);
  ASSERT_TRUE(facts->oldest_age);
  EXPECT_GE(*facts->oldest_age, least - 0.01);  // two clocks
  EXPECT_LE(*facts->oldest_age, SecondsSince(before) + 0.01);
  EXPECT_THAT(OldestXminOf(primary).prepared, Optional(41));
  cluster.WaitUntilCaughtUp();
  EXPECT_EQ(cluster.standby().Value("SELECT count(*) FROM pg_prepared_xacts"), "0");
  EXPECT_TRUE(
      FactsOf("prepared_transactions", cluster.standby()).prepared_transactions->in_recovery);
}

}  // namespace
}  // namespace pgfleet::test
