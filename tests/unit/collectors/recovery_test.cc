#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// in recovery, paused, pause state, delay, target set, restore command, target, its action, time
// and position, receive, replay, asked to stream

std::string PageOf(const Row& row) {
  OneNode one;
  MustDecode(kRecovery, Answer(kRecovery, {row}), one.facts());
  return one.Page(kRecovery);
}

TEST(Recovery, AStandbySaysWhatItHoldsBack) {
  EXPECT_EQ(PageOf({"t", kNull, "paused", "3600", "t", "f", "lsn", "pause", kNull, "0/4000000",
                    "0/3000060", "0/3000000", "t"}),
            "pgfleet_standby_replay_paused 1\n"
            "pgfleet_standby_replay_pause_state{state=\"not_paused\"} 0\n"
            "pgfleet_standby_replay_pause_state{state=\"pause_requested\"} 0\n"
            "pgfleet_standby_replay_pause_state{state=\"paused\"} 1\n"
            "pgfleet_standby_apply_backlog_bytes 96\n"
            "pgfleet_recovery_target_set 1\n"
            "pgfleet_recovery_target_info{target=\"lsn\",action=\"pause\"} 1\n"
            "pgfleet_recovery_target_lsn_bytes 67108864\n"
            "pgfleet_recovery_restore_command_set 0\n"
            "pgfleet_recovery_upstream_asked 1\n");
}

TEST(Recovery, APauseThatIsOnlyAskedForIsNone) {
  const std::string page = PageOf({"t", kNull, "pause requested", "0", "f", "t", kNull, "pause",
                                   kNull, kNull, kNull, kNull, "f"});
  EXPECT_THAT(page, testing::StartsWith("pgfleet_standby_replay_paused 0\n"));
  EXPECT_THAT(page, testing::HasSubstr("{state=\"pause_requested\"} 1\n"));
  EXPECT_THAT(page, testing::HasSubstr("{state=\"paused\"} 0\n"));
}

TEST(Recovery, WhatAnOldServerCannotSayIsAbsent) {
  EXPECT_EQ(PageOf({"t", "f", kNull, kNull, kNull, kNull, kNull, kNull, kNull, kNull, kNull, kNull,
                    "f"}),
            "pgfleet_standby_replay_paused 0\n"
            "pgfleet_recovery_upstream_asked 0\n");
  EXPECT_EQ(PageOf({"t", "t", kNull, kNull, kNull, kNull, kNull, kNull, kNull, kNull, kNull, kNull,
                    "f"}),
            "pgfleet_standby_replay_paused 1\n"
            "pgfleet_recovery_upstream_asked 0\n");
}

TEST(Recovery, APrimaryHasNothingToSay) {
  EXPECT_EQ(PageOf({"f", kNull, kNull, "0", "t", "t", "time", "pause", kNull, kNull, kNull, kNull,
                    kNull}),
            "");
}

TEST(Recovery, ATargetTimeIsATimestamp) {
  EXPECT_THAT(PageOf({"t", kNull, "not paused", "0", "t", "t", "time", "promote", "1700000000",
                      kNull, kNull, kNull, "f"}),
              testing::HasSubstr(
                  "pgfleet_recovery_target_info{target=\"time\",action=\"promote\"} 1\n"
                  "pgfleet_recovery_target_timestamp_seconds 1700000000\n"));
}

}  // namespace
}  // namespace pgfleet::collectors
