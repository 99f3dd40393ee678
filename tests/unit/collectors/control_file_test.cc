#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// in recovery, checkpoint time, redo, position, exclusive backup, its start

TEST(ControlFile, WhatACrashWouldReplayIsTold) {
  OneNode one;
  MustDecode(kControlFile,
             Answer(kControlFile, {{"f", "1700.5", "0/2000028", "0/3000028", kNull, kNull}}),
             one.facts());
  EXPECT_EQ(one.Page(kControlFile),
            "pgfleet_checkpoint_timestamp_seconds 1700.5\n"
            "pgfleet_checkpoint_redo_distance_bytes 16777216\n");
}

TEST(ControlFile, AStandbyThatHasReplayedNothingHasNoDistance) {
  OneNode one;
  MustDecode(kControlFile,
             Answer(kControlFile, {{"t", "1700.5", "0/2000028", kNull, kNull, kNull}}),
             one.facts());
  EXPECT_EQ(one.Page(kControlFile), "pgfleet_checkpoint_timestamp_seconds 1700.5\n");
}

TEST(ControlFile, AnExclusiveBackupHasABeginning) {
  OneNode one;
  MustDecode(kControlFile,
             Answer(kControlFile, {{"f", "1700", "0/2000028", "0/2000028", "t", "1701.5"}}),
             one.facts());
  EXPECT_THAT(one.Page(kControlFile),
              testing::EndsWith("pgfleet_exclusive_backup_running 1\n"
                                "pgfleet_exclusive_backup_start_timestamp_seconds 1701.5\n"));
  MustDecode(kControlFile,
             Answer(kControlFile, {{"f", "1700", "0/2000028", "0/2000028", "f", kNull}}),
             one.facts());
  EXPECT_THAT(one.Page(kControlFile), testing::EndsWith("pgfleet_exclusive_backup_running 0\n"));
}

TEST(ControlFile, ACheckpointWithoutAPositionIsRefused) {
  EXPECT_EQ(
      Refusal(kControlFile, Answer(kControlFile, {{"f", "1", kNull, "0/3000028", kNull, kNull}})),
      model::FailureReason::kBadValue);
}

}  // namespace
}  // namespace pgfleet::collectors
