#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// timed, requested, done, restartpoints timed, requested, done, write s, sync s, buffers

TEST(Checkpoints, EighteenTellsThoseThatWereReallyDone) {
  OneNode one;
  MustDecode(kCheckpoints,
             Answer(kCheckpoints, {{"12", "3", "5", "0", "0", "0", "1.25", "0.004", "4096"}}),
             one.facts());
  EXPECT_EQ(one.Page(kCheckpoints),
            "pgfleet_checkpoints_total{kind=\"timed\"} 12\n"
            "pgfleet_checkpoints_total{kind=\"requested\"} 3\n"
            "pgfleet_checkpoints_done_total 5\n"
            "pgfleet_restartpoints_total{kind=\"timed\"} 0\n"
            "pgfleet_restartpoints_total{kind=\"requested\"} 0\n"
            "pgfleet_restartpoints_done_total 0\n"
            "pgfleet_checkpoint_write_seconds_total 1.25\n"
            "pgfleet_checkpoint_sync_seconds_total 0.004\n"
            "pgfleet_checkpoint_written_buffers_total 4096\n");
}

TEST(Checkpoints, WhatAnOlderServerDoesNotCountIsAbsent) {
  OneNode one;
  MustDecode(kCheckpoints,
             Answer(kCheckpoints, {{"12", "3", kNull, kNull, kNull, kNull, "0", "0", "0"}}),
             one.facts());
  const std::string page = one.Page(kCheckpoints);
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("_done_total")));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("restartpoints")));
  EXPECT_THAT(page, testing::HasSubstr("pgfleet_checkpoint_written_buffers_total 0\n"));
}

}  // namespace
}  // namespace pgfleet::collectors
