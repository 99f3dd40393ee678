#include <gtest/gtest.h>

#include "collectors/walsenders_metrics.h"
#include "collectors/walsenders_sql.h"
#include "page.h"

namespace pgfleet::collectors {
namespace {

using Columns = WalsenderColumn;
const Row kNobody = {"0/3000060", "1000", "10",  "0",   kNull, kNull, kNull,
                     kNull,       kNull,  kNull, kNull, kNull, kNull, kNull,
                     kNull,       kNull,  kNull, kNull, kNull, kNull, kNull};
const Row kStreaming = {"0/3000060", "1000",      "10",        "1",         "71",    "pg2",
                        "10.0.0.2",  "500",       "streaming", "async",     "0/3000060",
                        "0/3000050", "0/3000040", "0/3000000", "0.001",     "0.002", "0.5",
                        "999.5",     "pg2_slot",  "physical",  "f"};

void Analyse(OneNode& one, std::vector<std::string> labels, std::vector<bool> matched) {
  one.cluster.analysis[0] = {.sender_labels = std::move(labels),
                             .sender_matched = std::move(matched)};
}

constexpr const char* kCounts =
    "pgfleet_walsenders{kind=\"standby\"} 1\n"
    "pgfleet_walsenders{kind=\"logical\"} 0\n"
    "pgfleet_walsenders{kind=\"basebackup\"} 0\n"
    "pgfleet_walsenders{kind=\"receivewal\"} 0\n"
    "pgfleet_walsenders{kind=\"unmatched\"} 0\n"
    "pgfleet_walsenders_limit 10\n"
    "pgfleet_series_dropped{kind=\"walsender\"} 0\n";

TEST(Walsenders, AStreamingStandbyIsMeasuredStageByStage) {
  OneNode one;
  MustDecode(kWalsenders, Answer(kWalsenders, {kStreaming}), one.facts());
  Analyse(one, {"pg2"}, {true});
  const std::string labels = "{standby=\"pg2\",slot=\"pg2_slot\"} ";
  const std::string page = one.Page(kWalsenders);
  EXPECT_TRUE(page.starts_with("pgfleet_walsender_sent_lag_bytes" + labels +
                               "0\n"
                               "pgfleet_walsender_write_lag_bytes" +
                               labels +
                               "16\n"
                               "pgfleet_walsender_flush_lag_bytes" +
                               labels +
                               "16\n"
                               "pgfleet_walsender_replay_lag_bytes" +
                               labels +
                               "64\n"
                               "pgfleet_walsender_lag_bytes" +
                               labels +
                               "96\n"
                               "pgfleet_walsender_write_lag_seconds" +
                               labels +
                               "0.001\n"
                               "pgfleet_walsender_flush_lag_seconds" +
                               labels +
                               "0.002\n"
                               "pgfleet_walsender_replay_lag_seconds" +
                               labels +
                               "0.5\n"
                               "pgfleet_walsender_reply_age_seconds" +
                               labels + "0.5\n"))
      << page;
  EXPECT_TRUE(page.ends_with(kCounts)) << page;
  EXPECT_THAT(page,
              testing::HasSubstr(
                  "walsender_state{standby=\"pg2\",slot=\"pg2_slot\",state=\"streaming\"} 1\n"));
  EXPECT_THAT(page, testing::HasSubstr(
                        "sync_state{standby=\"pg2\",slot=\"pg2_slot\",state=\"async\"} 1\n"));
}

TEST(Walsenders, NobodyIsAKnownNumber) {
  OneNode one;
  MustDecode(kWalsenders, Answer(kWalsenders, {kNobody}), one.facts());
  ASSERT_TRUE(one.facts().walsenders->reference);
  const std::string page = one.Page(kWalsenders);
  EXPECT_THAT(page, testing::HasSubstr("pgfleet_walsenders{kind=\"standby\"} 0\n"));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("pgfleet_walsender_")));
}

TEST(Walsenders, ARowWithoutDetailsIsAMissingPrivilege) {
  Row row = kNobody;
  row[Columns::kPid] = "71";
  row[Columns::kApplication] = "pg2";
  row[Columns::kTotal] = "1";
  EXPECT_EQ(Refusal(kWalsenders, Answer(kWalsenders, {row})), model::FailureReason::kPermission);
}

// A frozen receiver 6 MB behind shows NULL lags: that is not zero.
TEST(Walsenders, NullSecondsAreZeroOnlyWithoutDistance) {
  Row row = kStreaming;
  row[Columns::kWriteLag] = row[Columns::kFlushLag] = row[Columns::kReplayLag] = kNull;
  OneNode behind;
  MustDecode(kWalsenders, Answer(kWalsenders, {row}), behind.facts());
  Analyse(behind, {"pg2"}, {true});
  EXPECT_THAT(behind.Page(kWalsenders), testing::Not(testing::HasSubstr("_lag_seconds")));
  row[Columns::kReplay] = row[Columns::kReference];
  OneNode level;
  MustDecode(kWalsenders, Answer(kWalsenders, {row}), level.facts());
  Analyse(level, {"pg2"}, {true});
  EXPECT_THAT(level.Page(kWalsenders),
              testing::HasSubstr("replay_lag_seconds{standby=\"pg2\",slot=\"pg2_slot\"} 0\n"));
}

// The server goes on showing the last interval it measured: 0.9 ms while replay was blocked for
// seconds.
TEST(Walsenders, AnIntervalOfAReplayThatStandsStillIsDropped) {
  OneNode one;
  MustDecode(kWalsenders, Answer(kWalsenders, {kStreaming}), one.facts());
  EXPECT_EQ(one.facts().walsenders->senders[0].replay_lag, 0.5);
  Row later = kStreaming;
  later[Columns::kReference] = "0/4000000";
  later[Columns::kWriteLag] = "0.0015";
  MustDecode(kWalsenders, Answer(kWalsenders, {later}), one.facts());
  const model::Walsender& stuck = one.facts().walsenders->senders[0];
  EXPECT_FALSE(stuck.replay_lag);
  EXPECT_FALSE(stuck.flush_lag) << "the same number again is no new measurement";
  EXPECT_EQ(stuck.write_lag, 0.0015);
  MustDecode(kWalsenders, Answer(kWalsenders, {later}), one.facts());
  EXPECT_FALSE(one.facts().walsenders->senders[0].write_lag) << "the same again";
  EXPECT_FALSE(one.facts().walsenders->senders[0].flush_lag) << "it stays dropped";
  later[Columns::kReplay] = "0/3000010";
  MustDecode(kWalsenders, Answer(kWalsenders, {later}), one.facts());
  EXPECT_EQ(one.facts().walsenders->senders[0].replay_lag, 0.5) << "it moves again";
}

TEST(Walsenders, AReceiverAheadOfItsSenderStaysNegative) {
  Row row = kStreaming;
  row[Columns::kReplay] = "0/7DE6070";
  OneNode one;
  MustDecode(kWalsenders, Answer(kWalsenders, {row}), one.facts());
  Analyse(one, {"pg2"}, {true});
  EXPECT_THAT(one.Page(kWalsenders),
              testing::HasSubstr(
                  "pgfleet_walsender_lag_bytes{standby=\"pg2\",slot=\"pg2_slot\"} -81682448\n"));
}

TEST(Walsenders, PositionsNotKnownYetAreAbsent) {
  Row row = kStreaming;
  for (const auto column : {Columns::kWrite, Columns::kFlush, Columns::kReplay, Columns::kWriteLag,
                            Columns::kFlushLag, Columns::kReplayLag, Columns::kReply})
    row[column] = kNull;
  OneNode one;
  MustDecode(kWalsenders, Answer(kWalsenders, {row}), one.facts());
  Analyse(one, {"pg2"}, {true});
  const std::string page = one.Page(kWalsenders);
  EXPECT_TRUE(
      page.starts_with("pgfleet_walsender_sent_lag_bytes{standby=\"pg2\",slot=\"pg2_slot\"} 0\n"
                       "pgfleet_walsender_state{"))
      << page;
}

TEST(Walsenders, TheLastPositionReadIsTheReference) {
  Row second = kStreaming;
  second[Columns::kReference] = "0/3000100";
  second[Columns::kClock] = "1000.5";
  OneNode one;
  MustDecode(kWalsenders, Answer(kWalsenders, {kStreaming, second}), one.facts());
  EXPECT_EQ(one.facts().walsenders->reference, (model::Lsn{0x3000100}));
  EXPECT_EQ(one.facts().walsenders->server_clock, 1000.5);
}

TEST(Walsenders, WhatIsCutOffIsCounted) {
  Row row = kStreaming;
  row[Columns::kTotal] = "201";
  OneNode one;
  MustDecode(kWalsenders, Answer(kWalsenders, {row}), one.facts());
  EXPECT_THAT(one.Page(kWalsenders),
              testing::HasSubstr("pgfleet_series_dropped{kind=\"walsender\"} 200\n"));
}

model::Walsender Sender(std::string application, std::string state, bool logical) {
  model::Walsender sender;
  sender.application_name = std::move(application);
  sender.state = std::move(state);
  sender.logical = logical;
  return sender;
}

TEST(Walsenders, AreOfTheKindThatTheyServe) {
  EXPECT_EQ(KindOf(Sender("pg2", "streaming", false), true), SenderKind::kStandby);
  EXPECT_EQ(KindOf(Sender("pg2", "streaming", false), false), SenderKind::kUnmatched);
  EXPECT_EQ(KindOf(Sender("debezium", "streaming", true), false), SenderKind::kLogical);
  EXPECT_EQ(KindOf(Sender("x", "backup", false), false), SenderKind::kBaseBackup);
  EXPECT_EQ(KindOf(Sender("pg_basebackup", "streaming", false), false), SenderKind::kBaseBackup);
  EXPECT_EQ(KindOf(Sender("pg_receivewal", "streaming", false), false), SenderKind::kReceiveWal);
}

TEST(Walsenders, ThoseThatComeUnderEverNewNamesHaveNoSeries) {
  EXPECT_TRUE(HasOwnSeries(Sender("pg2", "streaming", false)));
  EXPECT_TRUE(HasOwnSeries(Sender("debezium", "streaming", true)));
  EXPECT_TRUE(HasOwnSeries(Sender("pg_receivewal", "streaming", false)));
  EXPECT_FALSE(HasOwnSeries(Sender("pg_basebackup", "backup", false)));
  EXPECT_FALSE(HasOwnSeries(Sender("pg_16402_sync_16385_7301234567", "streaming", true)));
}

TEST(Walsenders, ALogicalSenderIsToldByItsSlotOrByItsQuery) {
  Row by_slot = kStreaming;
  by_slot[Columns::kSlotKind] = "logical";
  by_slot[Columns::kLogicalQuery] = kNull;
  Row by_query = kStreaming;
  by_query[Columns::kSlotKind] = kNull;
  by_query[Columns::kLogicalQuery] = "t";
  for (const Row& row : {by_slot, by_query}) {
    OneNode one;
    MustDecode(kWalsenders, Answer(kWalsenders, {row}), one.facts());
    EXPECT_TRUE(one.facts().walsenders->senders[0].logical);
  }
}

}  // namespace
}  // namespace pgfleet::collectors
