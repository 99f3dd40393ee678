#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// in recovery, system, timeline of the WAL file, timeline in recovery, flushed, received, replayed,
// last commit replayed, receiver, its status, activity, clock
const Row kPrimary = {"f",         "7301234567890123456",
                      "0000001F",  kNull,
                      "0/3000060", kNull,
                      kNull,       kNull,
                      kNull,       kNull,
                      "-123",      "1763700000.25"};
const Row kStandby = {"t",    "7301234567890123456", kNull,       "2",
                      kNull,  "0/3000060",           "0/3000000", "1763699999.5",
                      "4711", "streaming",           kNull,       "1763700000.25"};

TEST(Pulse, APrimarySaysItsTimelineAndPosition) {
  OneNode one;
  MustDecode(kPulse, Answer(kPulse, {kPrimary}), one.facts());
  EXPECT_EQ(one.Page(kPulse),
            "pgfleet_node_role{role=\"primary\"} 1\n"
            "pgfleet_node_role{role=\"standby\"} 0\n"
            "pgfleet_node_timeline 31\n"
            "pgfleet_node_wal_lsn_bytes 50331744\n");
}

TEST(Pulse, AStandbyIsNotWritableAndSaysWhatItHas) {
  OneNode one;
  MustDecode(kPulse, Answer(kPulse, {kStandby}), one.facts());
  EXPECT_EQ(one.Page(kPulse),
            "pgfleet_node_role{role=\"primary\"} 0\n"
            "pgfleet_node_role{role=\"standby\"} 1\n"
            "pgfleet_node_writable 0\n"
            "pgfleet_node_timeline 2\n"
            "pgfleet_node_receive_lsn_bytes 50331744\n"
            "pgfleet_node_replay_lsn_bytes 50331648\n"
            "pgfleet_last_replayed_transaction_timestamp_seconds 1763699999.5\n");
}

TEST(Pulse, APrimaryShowsWhetherTransactionsEnded) {
  OneNode one;
  MustDecode(kPulse, Answer(kPulse, {kPrimary}), one.facts());
  EXPECT_EQ(one.facts().pulse->activity, -123);
  EXPECT_FALSE(one.facts().pulse->receiver);
}

TEST(Pulse, AStandbyShowsWhetherItsReceiverStreams) {
  constexpr std::size_t kStatus = 9;
  for (const auto& [status, streams] : {std::pair{"streaming", true}, {"waiting", false}}) {
    OneNode one;
    Row row = kStandby;
    row[kStatus] = status;
    MustDecode(kPulse, Answer(kPulse, {row}), one.facts());
    EXPECT_EQ(one.facts().pulse->receiver, 4711);
    EXPECT_EQ(one.facts().pulse->receiver_streams, streams) << status;
  }
}

// It was refused its WAL and is gone at the next pulse.
TEST(Pulse, AReceiverThatHasHeardNothingStreamsOnceItWasSeenTwice) {
  OneNode one;
  Row row = kStandby;
  row[9] = "silent";
  MustDecode(kPulse, Answer(kPulse, {row}), one.facts());
  EXPECT_FALSE(one.facts().pulse->receiver_streams);
  MustDecode(kPulse, Answer(kPulse, {row}), one.facts());
  EXPECT_TRUE(one.facts().pulse->receiver_streams);
  row[8] = "4712";
  MustDecode(kPulse, Answer(kPulse, {row}), one.facts());
  EXPECT_FALSE(one.facts().pulse->receiver_streams);
}

// A role that may not look sees the process and not what it does.
TEST(Pulse, AReceiverWhoseStateIsHiddenCountsAsStreaming) {
  OneNode one;
  Row row = kStandby;
  row[9] = kNull;
  MustDecode(kPulse, Answer(kPulse, {row}), one.facts());
  EXPECT_TRUE(one.facts().pulse->receiver_streams);
}

// After two promotions the control file of a standby may still tell of the first timeline.
TEST(Pulse, AStandbyThatLosesItsUpstreamDoesNotGoBackToAnOldTimeline) {
  OneNode one;
  Row row = kStandby;
  MustDecode(kPulse, Answer(kPulse, {row}), one.facts());
  row[3] = "1";
  row[8] = row[9] = kNull;
  MustDecode(kPulse, Answer(kPulse, {row}), one.facts());
  EXPECT_EQ(one.facts().pulse->timeline, 2);
  row[6] = "0/2000000";  // another server, or made anew
  MustDecode(kPulse, Answer(kPulse, {row}), one.facts());
  EXPECT_EQ(one.facts().pulse->timeline, 1);
}

TEST(Pulse, WritableNeedsAFreshIdentity) {
  OneNode one;
  MustDecode(kPulse, Answer(kPulse, {kPrimary}), one.facts());
  MustDecode(kReadOnlyDefault, Answer(kReadOnlyDefault, {{"1", "f"}}), one.facts());
  EXPECT_THAT(one.Page(kPulse), testing::HasSubstr("pgfleet_node_writable 1\n"));
  one.Forget(kReadOnlyDefault);
  EXPECT_THAT(one.Page(kPulse), testing::Not(testing::HasSubstr("writable")));
}

TEST(Pulse, AFencedPrimaryIsNotWritable) {
  OneNode one;
  MustDecode(kPulse, Answer(kPulse, {kPrimary}), one.facts());
  MustDecode(kReadOnlyDefault, Answer(kReadOnlyDefault, {{"1", "t"}}), one.facts());
  EXPECT_THAT(one.Page(kPulse), testing::HasSubstr("pgfleet_node_writable 0\n"));
}

TEST(Pulse, WritableIsNotKnownWhereTheRoleHasItsOwnReadOnlyDefault) {
  OneNode one;
  MustDecode(kPulse, Answer(kPulse, {kPrimary}), one.facts());
  MustDecode(kReadOnlyDefault, Answer(kReadOnlyDefault, {{"1", kNull}}), one.facts());
  EXPECT_THAT(one.Page(kPulse), testing::Not(testing::HasSubstr("writable")));
}

TEST(Pulse, RefusesAnLsnThatIsNone) {
  Row row = kStandby;
  row[5] = "0-3000060";
  EXPECT_EQ(Refusal(kPulse, Answer(kPulse, {row})), model::FailureReason::kBadValue);
}

TEST(Pulse, AStandbyThatKnowsNoTimelineSaysNone) {
  Row row = kStandby;
  row[3] = kNull;
  OneNode one;
  MustDecode(kPulse, Answer(kPulse, {row}), one.facts());
  EXPECT_THAT(one.Page(kPulse), testing::Not(testing::HasSubstr("timeline")));
}

}  // namespace
}  // namespace pgfleet::collectors
