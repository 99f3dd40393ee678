// A consumer of changes on its way from health to the loss of its slot. The truth is what the
// server says by SQL, and the rows that were written and have not reached the consumer.
#include <gmock/gmock.h>

#include <algorithm>

#include "cdc/consumer.h"
#include "support/majors.h"
#include "support/watch.h"

namespace pgfleet::test {
namespace {

constexpr double kMebibyte = 1 << 20;
constexpr double kHousekeeping = 8192;  // what an idle server writes of its own now and then

class ConsumerOf : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    server().Execute("CREATE DATABASE shop");
    Connection shop = Shop();
    shop.Execute("CREATE TABLE items(id serial PRIMARY KEY, what text)");
    shop.Execute("SELECT pg_create_logical_replication_slot('debezium', 'test_decoding')");
  }
  static ClusterOptions Decoding() {
    ClusterOptions options = Alone();
    options.primary_conf = {"min_wal_size = 2MB"};
    if (GetParam() >= 13) options.primary_conf.emplace_back("logical_decoding_work_mem = 64kB");
    return options;
  }
  PostgresServer& server() { return cluster_.primary(); }
  Connection Shop() { return Connection(server().Conninfo("postgres", "shop")); }
  void Write(int rows) {
    Shop().Execute("INSERT INTO items(what) SELECT repeat('x', 1000) FROM generate_series(1, " +
                   std::to_string(rows) + ")");
    written_ += static_cast<std::size_t>(rows);
  }
  double Said(const std::string& sql) {
    return Number(server(), "SELECT " + sql + " FROM pg_replication_slots");
  }
  double Unconfirmed() {
    return Said("pg_wal_lsn_diff(pg_current_wal_flush_lsn(), confirmed_flush_lsn)");
  }
  double Retained() { return Said("pg_wal_lsn_diff(pg_current_wal_flush_lsn(), restart_lsn)"); }
  static std::optional<double> Of(const Page& page, const std::string& name) {
    return page.Value("pgfleet_slot_" + name, On("pg1", {{"slot", "debezium"}}));
  }
  void WaitUntilWell(const Consumer& consumer) {
    ASSERT_TRUE(WaitUntil([&] { return consumer.Rows() == written_; })) << consumer.Log();
    exporter_.WaitForPage([](const Page& page) {
      return Of(page, "active") == 1 && Of(page, "confirmed_lag_bytes") <= kHousekeeping &&
             Of(page, "confirmed_lag_seconds") <= 2;
    });
  }
  // The lag on the page is what the server says, and it is as old as the first row that is missing.
  void ExpectBehind(Clock::time_point since, double active) {
    const double bytes = Unconfirmed();
    const Page page = exporter_.WaitForPage([&](const Page& each) {
      return Of(each, "confirmed_lag_bytes") >= bytes && Of(each, "confirmed_lag_seconds") >= 3 &&
             Of(each, "active") == active;
    });
    EXPECT_LE(Of(page, "confirmed_lag_bytes"), Unconfirmed());
    EXPECT_NEAR(Of(page, "confirmed_lag_seconds").value_or(0), SecondsSince(since), 2.5);
    EXPECT_EQ(Of(page, "invalid"), 0);
  }

  Cluster cluster_{GetParam(), Decoding()};
  ExporterProcess exporter_{Watching(Declared(cluster_), GetParam())};
  std::size_t written_ = 0;
};

// 9.6 has no consumer here: its package brings no test_decoding.
INSTANTIATE_TEST_SUITE_P(Server, ConsumerOf, testing::ValuesIn(MajorsFrom(10)),
                         testing::PrintToStringParamName());
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ConsumerOf);

TEST_P(ConsumerOf, IsSeenToReadToStallAndToDie) {
  Page page = WaitForValue(exporter_, "pgfleet_slot_active", On("pg1", {{"slot", "debezium"}}), 0);
  EXPECT_EQ(page.Value("pgfleet_walsenders_limit", On("pg1")),
            Number(server(), "SHOW max_wal_senders"));
  const LabelMap level = On("pg1", {{"setting", "wal_level"}, {"state", "logical"}});
  WaitForValue(exporter_, "pgfleet_setting_state", level, 1);

  Consumer consumer(server());
  Write(100);
  WaitUntilWell(consumer);

  // Another database writes: a consumer that answers keepalives follows.
  WriteWal(server(), 2);
  WaitUntilWell(consumer);

  consumer.Stall();
  const auto stalled = Clock::now();
  Write(3000);
  EXPECT_LT(consumer.Rows(), written_) << "the test itself";
  ExpectBehind(stalled, 1);
  consumer.GoOn();
  WaitUntilWell(consumer);

  consumer.Die();
  const auto died = Clock::now();
  Write(3000);
  EXPECT_LT(consumer.Rows(), written_) << "the test itself";
  ExpectBehind(died, 0);
  const double retained = Retained();
  page = exporter_.WaitForPage(
      [&](const Page& each) { return Of(each, "retained_wal_bytes") >= retained; });
  EXPECT_GE(retained, 3 * kMebibyte);
  EXPECT_LE(Of(page, "retained_wal_bytes"), Retained());
  EXPECT_NEAR(Of(page, "inactive_seconds").value_or(0), SecondsSince(died), 2.5);

  Consumer next(server());
  EXPECT_TRUE(WaitUntil([&] { return next.Rows() > 0; })) << next.Log();
  exporter_.WaitForPage([](const Page& each) {
    return Of(each, "active") == 1 && Of(each, "confirmed_lag_bytes") <= kHousekeeping;
  });
}

TEST_P(ConsumerOf, ThatReadsAndNeverConfirmsFallsBehindWhileItIsActive) {
  SilentConsumer consumer(server());
  const auto begun = Clock::now();
  Write(50);
  ASSERT_TRUE(WaitUntil([&] { return consumer.Take() == written_; })) << "the test itself";
  ExpectBehind(begun, 1);
  consumer.Take();
  const Page page = exporter_.WaitForPage([](const Page& each) {
    const auto lag =
        each.Value("pgfleet_walsender_sent_lag_bytes", On("pg1", {{"slot", "debezium"}}));
    return lag && *lag <= kHousekeeping;
  });
  EXPECT_GE(Of(page, "confirmed_lag_bytes"), 50 * 1000) << "it is sent all, and confirms nothing";
}

TEST_P(ConsumerOf, OfALargeTransactionMakesDecodingSpill) {
  if (GetParam() < 14) return;  // nobody counts before
  const auto spilt = [](const Page& page) { return Of(page, "spill_bytes_total").value_or(0); };
  Consumer consumer(server());
  Write(10);
  WaitUntilWell(consumer);
  EXPECT_EQ(spilt(exporter_.Metrics()), 0);
  Write(2000);
  WaitUntilWell(consumer);
  const Page page =
      exporter_.WaitForPage([&](const Page& each) { return spilt(each) >= kMebibyte; });
  EXPECT_EQ(spilt(page), Number(server(), "SELECT spill_bytes FROM pg_stat_replication_slots"));
  EXPECT_EQ(Of(page, "spill_transactions_total"),
            Number(server(), "SELECT spill_txns FROM pg_stat_replication_slots"));
}

TEST_P(ConsumerOf, ThatStaysAwayTooLongLosesItsSlot) {
  if (GetParam() < 13) return;  // servers before keep all that a slot needs
  Consumer consumer(server());
  Write(10);
  WaitUntilWell(consumer);
  consumer.Die();
  server().Execute("ALTER SYSTEM SET max_slot_wal_keep_size = '3MB'");
  server().Execute("ALTER SYSTEM SET max_wal_size = '2MB'");
  server().Execute("SELECT pg_reload_conf()");
  // Before it is too late it is said when that will be.
  WriteWal(server(), 1);
  exporter_.WaitForPage([](const Page& page) {
    return Of(page, "time_to_loss_seconds").value_or(0) > 0 && Of(page, "safe_wal_bytes") > 0;
  });
  for (int i = 0; i < 6; ++i) {
    WriteWal(server(), 1);
    server().Execute("SELECT pg_switch_wal()");
  }
  server().Execute("CHECKPOINT");
  const Page page =
      exporter_.WaitForPage([](const Page& each) { return Of(each, "invalid") == 1; });
  EXPECT_EQ(server().Value("SELECT wal_status FROM pg_replication_slots"), "lost");
  EXPECT_EQ(Of(page, "active"), 0);
  for (const char* name : {"confirmed_lag_seconds", "retained_wal_bytes", "time_to_loss_seconds"})
    EXPECT_FALSE(Of(page, name)) << name;
  Consumer next(server());
  EXPECT_TRUE(WaitUntil([&] { return !next.Running(); })) << "it cannot go on";
}

}  // namespace
}  // namespace pgfleet::test
