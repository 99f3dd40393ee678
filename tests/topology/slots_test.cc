// Replication slots, seen together with the standbys and the configuration that they are for.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "topology/facts.h"

namespace pgfleet::test {
namespace {

Fact Flagged(const std::string& name, const std::string& slot) {
  return {.name = name, .labels = {{"slot", slot}}, .value = 1};
}
Fact NotFlagged(const std::string& name, const std::string& slot) {
  return {.name = name, .labels = {{"slot", slot}}, .value = std::nullopt};
}

class SlotsAcross : public testing::TestWithParam<int> {
 protected:
  PostgresServer& primary() { return cluster_.primary(); }
  void Drop(const std::string& slot) {
    primary().Execute("SELECT pg_drop_replication_slot(" + Quoted(slot) + ")");
  }

  Cluster cluster_{GetParam(), {.standbys = {{.name = "pg2"}, {.name = "pg3"}}}};
};
INSTANTIATE_TEST_SUITE_P(Server, SlotsAcross, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(SlotsAcross, SlotWhoseStandbyIsGoneIsNamedUntilItIsDropped) {
  const char* const without = "pgfleet_slot_without_standby";
  const ExporterProcess exporter(Overlooking(Declared(cluster_), GetParam()));
  Facts both = Sound({"pg1", "pg2", "pg3"});
  both.push_back(IsOn("pg1", "pgfleet_slot_active", 1, {{"slot", "pg3"}}));
  both.push_back(NotFlagged(without, "pg2"));
  both.push_back(NotFlagged(without, "pg3"));
  ExpectCleared(exporter, both);

  cluster_.node("pg3").Stop(SIGINT);
  ASSERT_TRUE(WaitUntil([&] {
    return primary().Value("SELECT active FROM pg_replication_slots WHERE slot_name = 'pg3'") ==
           "f";
  }));
  const Facts gone = {Flagged(without, "pg3"), NotFlagged(without, "pg2")};
  ExpectNamed(exporter, Clock::now(), gone);
  ExpectKept(exporter, Milliseconds(1500), gone);
  cluster_.node("pg3").Start();
  ExpectCleared(exporter, both);

  cluster_.node("pg3").Stop(SIGINT);
  ExpectCleared(exporter, gone);
  Drop("pg3");
  ExpectNamed(exporter, Clock::now(), {NotFlagged(without, "pg3"), NotFlagged(without, "pg2")});
}

TEST_P(SlotsAcross, SlotsAreComparedWithTheDeclaredList) {
  const ExporterProcess exporter(
      Overlooking(Declared(cluster_), GetParam(), {"expect: {slots: [pg2, cdc]}"}));
  const Facts compared = {
      Flagged("pgfleet_slot_unexpected", "pg3"),    NotFlagged("pgfleet_slot_unexpected", "pg2"),
      NotFlagged("pgfleet_slot_unexpected", "cdc"), Flagged("pgfleet_slot_missing", "cdc"),
      NotFlagged("pgfleet_slot_missing", "pg2"),    NotFlagged("pgfleet_slot_missing", "pg3")};
  ExpectCleared(exporter, compared);
  primary().Execute("SELECT pg_create_logical_replication_slot('cdc', 'test_decoding')");
  cluster_.node("pg3").Stop(SIGINT);
  ASSERT_TRUE(WaitUntil([&] {
    return primary().Value("SELECT active FROM pg_replication_slots WHERE slot_name = 'pg3'") ==
           "f";
  }));
  Drop("pg3");
  ExpectNamed(
      exporter, Clock::now(),
      {NotFlagged("pgfleet_slot_unexpected", "pg3"), NotFlagged("pgfleet_slot_unexpected", "cdc"),
       NotFlagged("pgfleet_slot_missing", "cdc")});
  Drop("cdc");
  ExpectNamed(exporter, Clock::now(), {Flagged("pgfleet_slot_missing", "cdc")});
}

// Nothing is said of slots when nothing is declared of them.
TEST_P(SlotsAcross, WithoutAListNoSlotIsUnexpected) {
  const ExporterProcess exporter(Overlooking(Declared(cluster_), GetParam()));
  ExpectCleared(exporter, {IsOn("pg1", "pgfleet_slot_active", 1, {{"slot", "pg3"}})});
  ForEachPage(exporter, Milliseconds(1500), [](const Page& page) {
    EXPECT_FALSE(page.Has("pgfleet_slot_unexpected"));
    EXPECT_FALSE(page.Has("pgfleet_slot_missing"));
  });
}

// Writes two MiB of WAL a second until its end.
class SteadyWriter {
 public:
  explicit SteadyWriter(const PostgresServer& server)
      : session_(server.Connect()), thread_([this] { Write(); }) {}
  ~SteadyWriter() {
    closing_ = true;
    thread_.join();
  }
  SteadyWriter(const SteadyWriter&) = delete;
  SteadyWriter& operator=(const SteadyWriter&) = delete;

 private:
  void Write() {
    for (auto next = Clock::now(); !closing_; next += Milliseconds(125)) {
      session_.Query("SELECT pg_logical_emit_message(true, 'pgfleet', repeat('x', 262144))");
      std::this_thread::sleep_until(next);
    }
  }

  Connection session_;
  std::atomic<bool> closing_ = false;
  std::thread thread_;
};

class SlotLoss : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, SlotLoss, testing::ValuesIn(MajorsFrom(13)),
                         testing::PrintToStringParamName());
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SlotLoss);

// The rate is that of the last minute, and known once half of it was seen.
TEST_P(SlotLoss, IsForetoldFromTheRateOfWriting) {
  Cluster cluster(GetParam(),
                  {.primary_conf = {"max_slot_wal_keep_size = 32MB", "wal_keep_size = 0",
                                    "min_wal_size = 2MB", "max_wal_size = 4MB"}});
  PostgresServer& server = cluster.primary();
  const SteadyWriter writer(server);
  const ExporterProcess exporter(Overlooking(Declared(cluster), GetParam()));
  ForEachPage(exporter, Milliseconds(33000), [](const Page&) {});
  server.Execute("SELECT pg_create_physical_replication_slot('slow', true)");
  const LabelMap slow = On("pg1", {{"slot", "slow"}});
  const char* const name = "pgfleet_slot_time_to_loss_seconds";
  const auto visible = Clock::now();
  const Page page = exporter.WaitForPage([&](const Page& each) { return each.Has(name, slow); });
  EXPECT_LE(SecondsSince(visible), kTwoPulses);
  const double foretold = page.Value(name, slow).value();
  const auto at = Clock::now();
  ASSERT_TRUE(WaitUntil(
      [&] { return server.Value("SELECT wal_status FROM pg_replication_slots") == "lost"; }));
  const double truth = SecondsSince(at);
  RecordProperty("foretold", std::to_string(foretold));
  RecordProperty("truth", std::to_string(truth));
  EXPECT_GT(truth, 5) << "the test itself";
  EXPECT_GE(foretold, truth / 2);
  EXPECT_LE(foretold, truth * 2);
  ExpectNamed(exporter, Clock::now(),
              {IsOn("pg1", "pgfleet_slot_invalid", 1, {{"slot", "slow"}}),
               {.name = name, .labels = slow, .value = std::nullopt}});
}

TEST_P(SlotLoss, OfASlotWithoutALimitIsNeverForetold) {
  Cluster cluster(GetParam());
  const SteadyWriter writer(cluster.primary());
  const ExporterProcess exporter(Overlooking(Declared(cluster), GetParam()));
  WaitForValue(exporter, "pgfleet_slot_active", On("pg1", {{"slot", "pg2"}}), 1);
  ForEachPage(exporter, Milliseconds(3000), [](const Page& page) {
    EXPECT_FALSE(page.Has("pgfleet_slot_time_to_loss_seconds"));
  });
}

class FailoverSlots : public testing::TestWithParam<int> {
 protected:
  FailoverSlots() {
    PostgresServer& standby = cluster_.standby();
    standby.AddConf({"primary_conninfo = 'host=" + cluster_.primary().socket_directory().string() +
                     " port=5432 user=postgres application_name=pg2 dbname=postgres'"});
    standby.Reload();
    WaitUntilStreaming(cluster_.primary(), standby, "pg2");
  }
  void WaitUntilSynchronised() {
    PostgresServer& primary = cluster_.primary();
    cluster_.standby().AddConf({"sync_replication_slots = on"});
    cluster_.standby().Reload();
    // The standby takes a slot over once it has been moved past what the standby can start from.
    ASSERT_TRUE(WaitUntil(
        [&] {
          primary.Execute("SELECT pg_log_standby_snapshot()");
          primary.Execute("SELECT pg_replication_slot_advance('cdc', pg_current_wal_lsn())");
          return cluster_.standby().Value(
                     "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'cdc'"
                     " AND synced AND NOT temporary AND invalidation_reason IS NULL") == "1";
        },
        kPatience, Milliseconds(200)))
        << cluster_.standby().LogTail();
  }
  static Fact Ready(const std::string& slot, std::optional<double> value) {
    return {.name = "pgfleet_slot_failover_ready",
            .labels = On("pg2", {{"slot", slot}}),
            .value = value};
  }

  Cluster cluster_{GetParam(),
                   {.standbys = {{.name = "pg2", .conf = {"hot_standby_feedback = on"}}}}};
};
INSTANTIATE_TEST_SUITE_P(Server, FailoverSlots, testing::ValuesIn(MajorsFrom(17)),
                         testing::PrintToStringParamName());
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(FailoverSlots);

TEST_P(FailoverSlots, AreReadyOnACandidateOnceItHasThem) {
  PostgresServer& primary = cluster_.primary();
  const ExporterProcess exporter(Overlooking(Declared(cluster_), GetParam()));
  ExpectCleared(exporter, Sound({"pg1", "pg2"}));
  primary.Execute("SELECT pg_create_logical_replication_slot('local', 'pgoutput')");
  primary.Execute(
      "SELECT pg_create_logical_replication_slot('cdc', 'pgoutput', false, false, true)");
  const Facts before = {Ready("cdc", 0), Ready("local", std::nullopt)};
  ExpectNamed(exporter, Clock::now(), before);
  ExpectKept(exporter, Milliseconds(1500), before);

  WaitUntilSynchronised();
  ExpectNamed(exporter, Clock::now(), {Ready("cdc", 1), Ready("local", std::nullopt)});
  EXPECT_TRUE(exporter.Metrics().All("pgfleet_slot_failover_ready", {{"pg_node", "pg1"}}).empty());

  primary.Execute("SELECT pg_drop_replication_slot('cdc')");
  ExpectNamed(exporter, Clock::now(), {Ready("cdc", std::nullopt)});
}

}  // namespace
}  // namespace pgfleet::test
