// Walsenders, walreceiver, slots and archiver, against the server's own views.
#include <gmock/gmock.h>

#include "servers/world.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class Streaming : public testing::TestWithParam<int> {
 protected:
  Cluster& pair() const { return SharedPair(GetParam()); }
  PostgresServer& primary() const { return pair().primary(); }
  PostgresServer& standby() const { return pair().standby(); }
};
INSTANTIATE_TEST_SUITE_P(Server, Streaming, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

const model::Slot& SlotNamed(const model::SlotFacts& facts, std::string_view name) {
  for (const model::Slot& slot : facts.slots)
    if (slot.name == name) return slot;
  throw std::runtime_error("no slot " + std::string(name));
}

TEST_P(Streaming, ThePrimaryHasOneSenderAndKnowsItsSlot) {
  const auto facts = FactsOf("walsenders", primary()).walsenders;
  ASSERT_EQ(facts->senders.size(), 1U);
  const model::Walsender& sender = facts->senders[0];
  EXPECT_EQ(std::to_string(sender.pid), primary().Value("SELECT pid FROM pg_stat_replication"));
  EXPECT_EQ(sender.application_name, "pg2");
  EXPECT_EQ(sender.slot, "pg2");
  EXPECT_EQ(sender.slot_kind, "physical");
  EXPECT_FALSE(sender.logical);
  EXPECT_EQ(sender.state, "streaming");
  EXPECT_EQ(sender.sync_state, "async");
  EXPECT_EQ(sender.client_address, "");
  EXPECT_EQ(facts->dropped, 0);
  EXPECT_NEAR(sender.started,
              std::stod(primary().Value(
                  "SELECT extract(epoch from backend_start) FROM pg_stat_replication")),
              1e-3);
}

TEST_P(Streaming, TheSenderIsNeverAheadOfTheReferenceReadWithIt) {
  pair().WaitUntilCaughtUp();
  const auto facts = FactsOf("walsenders", primary()).walsenders;
  const model::Walsender& sender = facts->senders.at(0);
  ASSERT_TRUE(facts->reference && sender.sent);
  EXPECT_LE(*sender.sent, *facts->reference);
  EXPECT_EQ(sender.reply.has_value(), GetParam() >= 12);
}

TEST_P(Streaming, AStandbyWithoutStandbysHasNoSenders) {
  EXPECT_TRUE(FactsOf("walsenders", standby()).walsenders->senders.empty());
}

TEST_P(Streaming, TheReceiverNamesItsSlotAndItsUpstream) {
  const auto facts = FactsOf("walreceiver", standby()).walreceiver;
  EXPECT_TRUE(facts->present);
  EXPECT_EQ(facts->status, "streaming");
  EXPECT_EQ(facts->slot, "pg2");
  EXPECT_EQ(facts->application_name, "pg2");
  if (GetParam() >= 11) {
    EXPECT_EQ(facts->sender_host, primary().socket_directory().string());
    EXPECT_EQ(facts->sender_port, PostgresServer::port());
  }
  ASSERT_TRUE(facts->last_message);
  EXPECT_NEAR(*facts->last_message, facts->server_clock, 60);
  EXPECT_LE(*facts->last_message, facts->server_clock);
}

TEST_P(Streaming, NothingReceivesOnAPrimary) {
  EXPECT_FALSE(FactsOf("walreceiver", primary()).walreceiver->present);
}

TEST_P(Streaming, EverySlotIsToldOnceWithItsKind) {
  const auto facts = FactsOf("slots", primary()).slots;
  std::vector<std::string> names;
  for (const model::Slot& slot : facts->slots) names.push_back(slot.name + " " + slot.kind);
  EXPECT_THAT(names, UnorderedElementsAre("pg2 physical", "spare physical", "empty physical",
                                          "decoder logical"));
  EXPECT_EQ(facts->used, 4);
  EXPECT_EQ(std::to_string(facts->limit), primary().Value("SHOW max_replication_slots"));
  EXPECT_EQ(SlotNamed(*facts, "decoder").plugin, "test_decoding");
  EXPECT_EQ(SlotNamed(*facts, "decoder").database, "postgres");
  EXPECT_TRUE(SlotNamed(*facts, "pg2").active);
  EXPECT_FALSE(SlotNamed(*facts, "spare").active);
}

TEST_P(Streaming, RetainedBytesAreTheServersOwnDifference) {
  const std::string own =
      "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), restart_lsn) FROM pg_replication_slots "
      "WHERE slot_name = 'spare'";
  const std::int64_t before = std::stoll(primary().Value(own));
  const auto facts = FactsOf("slots", primary()).slots;
  const std::int64_t after = std::stoll(primary().Value(own));
  const model::Slot& spare = SlotNamed(*facts, "spare");
  ASSERT_TRUE(facts->reference && spare.restart);
  EXPECT_GT(before, 0);
  EXPECT_GE(Distance(*spare.restart, *facts->reference), before);
  EXPECT_LE(Distance(*spare.restart, *facts->reference), after);
}

TEST_P(Streaming, ASlotThatNeverReservedHasNoPositionAndIsNotInvalid) {
  const auto facts = FactsOf("slots", primary()).slots;
  const model::Slot& empty = SlotNamed(*facts, "empty");
  EXPECT_FALSE(empty.restart);
  EXPECT_FALSE(empty.invalid);
  EXPECT_FALSE(empty.safe_wal_bytes) << "the server's number for such a slot is garbage";
  EXPECT_EQ(empty.wal_status, "");
}

TEST_P(Streaming, ALostSlotIsInvalid) {
  if (GetParam() < 13) return;  // no server before 13 takes WAL away from a slot
  Cluster cluster(GetParam(), {.primary_conf = {"max_slot_wal_keep_size = 3MB",
                                                "min_wal_size = 2MB", "max_wal_size = 2MB"}});
  Connection session = cluster.primary().Connect();
  session.Execute("SELECT pg_create_physical_replication_slot('slow', true)");
  session.Execute("CREATE TABLE t (x int)");
  const std::string status = "SELECT wal_status FROM pg_replication_slots";
  ASSERT_TRUE(WaitUntil([&] {
    session.Execute("INSERT INTO t VALUES (1)");
    session.Execute("SELECT pg_switch_wal()");
    session.Execute("CHECKPOINT");
    return session.Value(status) == "lost";
  }));
  const auto facts = FactsOf("slots", cluster.primary()).slots;
  const model::Slot& slow = SlotNamed(*facts, "slow");
  EXPECT_TRUE(slow.invalid);
  EXPECT_EQ(slow.wal_status, "lost");
  EXPECT_FALSE(slow.safe_wal_bytes);
  EXPECT_EQ(slow.invalid_reason, GetParam() >= 17 ? "wal_removed" : slow.invalid_reason);
}

TEST_P(Streaming, TheArchiverCountsWhatTheServerCounts) {
  const std::string count = "SELECT archived_count FROM pg_stat_archiver";
  const std::int64_t before = std::stoll(primary().Value(count));
  primary().Execute("CREATE TABLE IF NOT EXISTS w (x int); INSERT INTO w VALUES (1)");
  primary().Execute("SELECT pg_switch_wal()");
  ASSERT_TRUE(WaitUntil([&] { return std::stoll(primary().Value(count)) > before; }));
  const auto facts = FactsOf("archiver", primary()).archiver;
  EXPECT_EQ(std::to_string(facts->archived), primary().Value(count));
  EXPECT_EQ(facts->failed, 0);
  EXPECT_EQ(facts->mode, "on");
  EXPECT_TRUE(facts->configured);
  EXPECT_FALSE(facts->in_recovery);
  EXPECT_TRUE(facts->last_archived);
  EXPECT_FALSE(facts->last_failed);
  EXPECT_EQ(facts->last_archived_wal,
            primary().Value("SELECT last_archived_wal FROM pg_stat_archiver"));
}

TEST_P(Streaming, AnArchiverThatFailsIsSeenToFail) {
  Cluster cluster(GetParam(),
                  {.primary_conf = {"archive_mode = on", "archive_command = '/bin/false'"}});
  cluster.primary().Execute("CREATE TABLE w (x int)");
  cluster.primary().Execute("SELECT pg_switch_wal()");
  ASSERT_TRUE(WaitUntil(
      [&] { return cluster.primary().Value("SELECT failed_count FROM pg_stat_archiver") != "0"; }));
  const auto facts = FactsOf("archiver", cluster.primary()).archiver;
  EXPECT_GT(facts->failed, 0);
  EXPECT_TRUE(facts->last_failed);
  EXPECT_FALSE(facts->last_archived) << "never is absent, not the year 1970";
}

TEST_P(Streaming, TheStandbyOfAnArchivingPrimaryKnowsThatItIsInRecovery) {
  const auto facts = FactsOf("archiver", standby()).archiver;
  EXPECT_TRUE(facts->in_recovery);
  EXPECT_EQ(facts->mode, standby().Value("SHOW archive_mode"));
}

}  // namespace
}  // namespace pgfleet::test
