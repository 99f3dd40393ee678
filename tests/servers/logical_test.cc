// Subscriptions, their errors and origins, and decoding, between two real servers.
#include <gmock/gmock.h>

#include "servers/logical_pair.h"
#include "servers/world.h"

namespace pgfleet::test {
namespace {

class Logical : public testing::TestWithParam<int> {
 protected:
  void SetUp() override { pair_.Execute("CREATE TABLE item (id int PRIMARY KEY, note text)"); }

  PostgresServer& publisher() { return pair_.publisher(); }
  PostgresServer& subscriber() { return pair_.subscriber(); }

  // What the subscriber says now, by the memory of the answers before.
  const model::SubscriptionFacts& Poll(const std::string& user = "mon") {
    CollectorRun run = RunCollector(CollectorNamed("subscriptions"), subscriber(), user, facts_);
    EXPECT_TRUE(run.decoded) << run.decoded.error().detail;
    EXPECT_FALSE(Holds(run.answer, LogicalPair::kCanary));
    facts_ = std::move(run.facts);
    return *facts_.subscriptions;
  }
  static bool Holds(const Answer& answer, const std::string& text) {
    for (const auto& row : answer.rows)
      for (const auto& cell : row)
        if (cell && cell->contains(text)) return true;
    return false;
  }

  // The subscriber has a row that the publisher inserts after it: the same change fails for ever.
  void BeginErrorLoop() {
    pair_.Subscribe("item");
    subscriber().Execute("INSERT INTO item VALUES (7, 'mine')");
    publisher().Execute("INSERT INTO item VALUES (7, 'theirs')");
    ASSERT_TRUE(WaitUntil([&] { return ErrorsInLog() >= 2; })) << subscriber().LogTail();
  }
  std::int64_t ErrorsInLog() {
    const std::string log = ReadFile(subscriber().socket_directory() / "log");
    std::int64_t count = 0;
    for (const std::string_view error :
         {"ERROR:  duplicate key value violates", "ERROR:  conflict detected on relation"})
      for (auto at = log.find(error); at != std::string::npos; at = log.find(error, at + 1))
        ++count;
    return count;
  }

  LogicalPair pair_{GetParam()};
  model::NodeFacts facts_;
};
INSTANTIATE_TEST_SUITE_P(Server, Logical, testing::ValuesIn(LogicalMajors()),
                         testing::PrintToStringParamName());

TEST_P(Logical, AWorkingSubscriptionIsSeenToWork) {
  publisher().Execute("INSERT INTO item SELECT n FROM generate_series(1, 100) n");
  pair_.Subscribe("item");
  publisher().Execute("INSERT INTO item VALUES (101)");
  pair_.Until("SELECT count(*) = 101 FROM item");
  for (const char* user : {"postgres", "mon", "plain"}) {
    const auto& facts = Poll(user);
    ASSERT_EQ(facts.subscriptions.size(), 1U);
    const model::Subscription& orders = facts.subscriptions[0];
    EXPECT_EQ(orders.name, "orders");
    EXPECT_EQ(orders.database, "postgres");
    EXPECT_TRUE(orders.enabled);
    EXPECT_FALSE(facts.in_recovery);
    ASSERT_TRUE(orders.worker);
    // The worker's own session and the walsender at its other end.
    EXPECT_EQ(subscriber().Value("SELECT datname FROM pg_stat_activity WHERE pid = " +
                                 std::to_string(*orders.worker)),
              "postgres");
    EXPECT_EQ(publisher().Value("SELECT active FROM pg_replication_slots"), "t");
    ASSERT_TRUE(orders.message_age);
    EXPECT_GE(*orders.message_age, 0);
    EXPECT_LT(*orders.message_age, 30);
    EXPECT_EQ(orders.worker_restarts, 0);
  }
}

std::int64_t Tables(const model::SubscriptionTables& of) {
  return of.init + of.data + of.finished + of.synced + of.ready;
}

TEST_P(Logical, TablesAreCountedByTheStateOfTheirCopy) {
  pair_.Execute("CREATE TABLE more (id int PRIMARY KEY)");
  pair_.Subscribe("item, more");
  // Beside it one that has no tables yet.
  subscriber().Execute(
      "CREATE SUBSCRIPTION idle CONNECTION 'dbname=nowhere' PUBLICATION feed"
      " WITH (connect = false, slot_name = NONE)");
  // In another database, of the same name, with a table of its own that must not count here.
  subscriber().Execute("CREATE DATABASE other");
  Connection other(subscriber().Conninfo("postgres", "other"));
  other.Execute("CREATE TABLE item (id int PRIMARY KEY, note text); CREATE TABLE more (id int)");
  publisher().Execute("SELECT pg_create_logical_replication_slot('other', 'pgoutput')");
  other.Execute("CREATE SUBSCRIPTION orders CONNECTION " + Quoted(pair_.PublisherConninfo()) +
                " PUBLICATION feed WITH (create_slot = false, slot_name = 'other', enabled = "
                "false)");
  for (const char* user : {"mon", "plain"}) {
    const CollectorRun run =
        RunCollector(CollectorNamed("subscription_tables"), subscriber(), user);
    ASSERT_TRUE(run.decoded) << run.answer.message;
    ASSERT_EQ(run.facts.databases.size(), 1U);
    const auto& found = run.facts.databases.at("postgres").subscription_tables->subscriptions;
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].subscription, "idle");
    EXPECT_EQ(Tables(found[0]), 0);
    EXPECT_EQ(found[1].subscription, "orders");
    EXPECT_EQ(found[1].ready, 2);
    EXPECT_EQ(Tables(found[1]), 2) << "all of them are ready";
  }
}

TEST_P(Logical, ATableThatCannotBeCopiedIsSeenNotToBeReady) {
  pair_.Subscribe("item");
  pair_.Execute("CREATE TABLE blocked (id int PRIMARY KEY)");
  publisher().Execute("INSERT INTO blocked VALUES (1)");
  subscriber().Execute("INSERT INTO blocked VALUES (1)");
  publisher().Execute("ALTER PUBLICATION feed ADD TABLE blocked");
  subscriber().Execute("ALTER SUBSCRIPTION orders REFRESH PUBLICATION");
  ASSERT_TRUE(WaitUntil([&] { return ErrorsInLog() >= 1; })) << subscriber().LogTail();
  const auto facts = FactsOf("subscription_tables", subscriber());
  const auto& orders = facts.databases.at("postgres").subscription_tables->subscriptions.at(0);
  EXPECT_EQ(orders.ready, 1);
  EXPECT_EQ(orders.init + orders.data, 1);
  if (GetParam() < 15) return;
  EXPECT_TRUE(WaitUntil([&] {
    const auto stats = FactsOf("subscription_stats", subscriber()).subscription_stats;
    return stats->subscriptions.at(0).sync_errors > 0 &&
           stats->subscriptions.at(0).apply_errors == 0;
  }));
}

TEST_P(Logical, ADisabledSubscriptionIsDisabledAndHasNoWorker) {
  pair_.Subscribe("item");
  ASSERT_TRUE(Poll().subscriptions.at(0).worker);
  subscriber().Execute("ALTER SUBSCRIPTION orders DISABLE");
  ASSERT_TRUE(WaitUntil([&] { return !Poll().subscriptions.at(0).worker; }));
  EXPECT_FALSE(Poll().subscriptions.at(0).enabled);
  EXPECT_FALSE(Poll().subscriptions.at(0).message_age);
  subscriber().Execute("ALTER SUBSCRIPTION orders ENABLE");
  ASSERT_TRUE(WaitUntil([&] { return Poll().subscriptions.at(0).worker.has_value(); }));
  EXPECT_EQ(Poll().subscriptions.at(0).worker_restarts, 1);
}

TEST_P(Logical, SubscriptionsOfOneNameAreToldApartByTheirDatabase) {
  pair_.Subscribe("item");
  subscriber().Execute("CREATE DATABASE other");
  Connection other(subscriber().Conninfo("postgres", "other"));
  other.Execute("CREATE TABLE item (id int PRIMARY KEY, note text)");
  publisher().Execute("SELECT pg_create_logical_replication_slot('other', 'pgoutput')");
  other.Execute("CREATE SUBSCRIPTION orders CONNECTION " + Quoted(pair_.PublisherConninfo()) +
                " PUBLICATION feed WITH (create_slot = false, slot_name = 'other', enabled = "
                "false)");
  for (const char* user : {"mon", "plain"}) {
    const auto& found = Poll(user).subscriptions;
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].database, "other");
    EXPECT_FALSE(found[0].enabled);
    EXPECT_FALSE(found[0].worker);
    EXPECT_EQ(found[1].database, "postgres");
    EXPECT_TRUE(found[1].enabled);
    EXPECT_TRUE(found[1].worker);
  }
  other.Execute("ALTER SUBSCRIPTION orders SET (slot_name = NONE); DROP SUBSCRIPTION orders");
}

TEST_P(Logical, AnErrorLoopIsSeenWithoutAWorkerAndWithOneAfterAnother) {
  BeginErrorLoop();
  bool seen_without = false;
  ASSERT_TRUE(WaitUntil([&] {
    const model::Subscription& orders = Poll().subscriptions.at(0);
    EXPECT_TRUE(orders.enabled);
    seen_without = seen_without || !orders.worker;
    return seen_without && orders.worker_restarts >= 2;
  })) << "without a worker: "
      << seen_without << ", restarts: " << facts_.subscriptions->subscriptions[0].worker_restarts
      << '\n'
      << subscriber().LogTail();
}

TEST_P(Logical, ApplyErrorsAreAsManyAsTheLogTells) {
  if (GetParam() < 15) {
    EXPECT_EQ(pg::SqlFor(CollectorNamed("subscription_stats").sql, GetParam() * 10000), "");
    return;
  }
  BeginErrorLoop();
  subscriber().Execute("ALTER SUBSCRIPTION orders DISABLE");
  pair_.Until("SELECT count(*) = 0 FROM pg_stat_subscription WHERE pid IS NOT NULL");
  const std::int64_t told = ErrorsInLog();
  const auto stats = [&] {
    return FactsOf("subscription_stats", subscriber()).subscription_stats->subscriptions.at(0);
  };
  EXPECT_TRUE(WaitUntil([&] { return stats().apply_errors >= told; })) << told;
  const model::SubscriptionStats orders = stats();
  EXPECT_EQ(orders.apply_errors, told);
  EXPECT_EQ(orders.sync_errors, 0);
  const bool has_kinds = GetParam() >= 18;
  for (std::size_t kind = 0; kind < model::kConflictKinds; ++kind) {
    EXPECT_EQ(orders.conflicts[kind].has_value(), has_kinds);
    EXPECT_EQ(orders.conflicts[kind].value_or(0), has_kinds && kind == 0 ? told : 0) << kind;
  }
}

TEST_P(Logical, AnOriginFollowsThePublishersPosition) {
  pair_.Subscribe("item");
  const auto before = model::Lsn::Parse(publisher().Value("SELECT pg_current_wal_insert_lsn()"));
  publisher().Execute("INSERT INTO item VALUES (1)");
  const auto after = model::Lsn::Parse(publisher().Value("SELECT pg_current_wal_insert_lsn()"));
  pair_.Until("SELECT count(*) = 1 FROM item");
  CollectorRun run = RunCollector(CollectorNamed("replication_origins"), subscriber(), "postgres");
  ASSERT_TRUE(run.decoded) << run.answer.message;
  ASSERT_EQ(run.facts.replication_origins->origins.size(), 1U);
  const model::ReplicationOrigin& origin = run.facts.replication_origins->origins[0];
  EXPECT_EQ(origin.name, "pg_" + subscriber().Value("SELECT subid FROM pg_stat_subscription"));
  ASSERT_TRUE(origin.remote && origin.local && before && after);
  EXPECT_GT(*origin.remote, *before);
  EXPECT_LE(*origin.remote, *after);
  EXPECT_LE(origin.local,
            model::Lsn::Parse(subscriber().Value("SELECT pg_current_wal_insert_lsn()")));
}

TEST_P(Logical, ATransactionTooBigForItsMemorySpills) {
  if (GetParam() < 14) {
    EXPECT_EQ(pg::SqlFor(CollectorNamed("slot_stats").sql, GetParam() * 10000), "");
    return;
  }
  Connection session = publisher().Connect();
  session.Execute("SELECT pg_create_logical_replication_slot('decoder', 'test_decoding')");
  session.Execute("SELECT pg_create_logical_replication_slot('passing', 'test_decoding', true)");
  session.Execute("SELECT pg_create_physical_replication_slot('spare')");
  session.Execute("SET logical_decoding_work_mem = '64kB'");
  session.Execute("INSERT INTO item VALUES (0)");
  session.Execute("INSERT INTO item SELECT n, repeat('x', 100) FROM generate_series(1, 5000) n");
  const std::string decoded =
      session.Value("SELECT count(*) FROM pg_logical_slot_get_changes('decoder', NULL, NULL)");
  EXPECT_EQ(decoded, "5005") << "two transactions of their rows, BEGIN and COMMIT";
  const auto stats = [&] { return FactsOf("slot_stats", publisher()).slot_stats->slots.at(0); };
  EXPECT_TRUE(WaitUntil([&] { return stats().decoded_transactions > 0; }));
  const auto facts = FactsOf("slot_stats", publisher()).slot_stats;
  ASSERT_EQ(facts->slots.size(), 1U) << "neither the temporary nor the physical slot";
  EXPECT_EQ(facts->slots[0].slot, "decoder");
  EXPECT_EQ(facts->slots[0].spill_transactions, 1);
  EXPECT_EQ(facts->slots[0].decoded_transactions, 2);
  EXPECT_GT(facts->slots[0].spill_bytes, 5000 * 100);
  EXPECT_GT(facts->slots[0].decoded_bytes, 5000 * 100);
  EXPECT_EQ(facts->slots[0].stream_transactions, 0);
}

}  // namespace
}  // namespace pgfleet::test
