#include "fleet/schedule.h"

#include <gtest/gtest.h>

namespace pgfleet::fleet {
namespace {

using namespace std::chrono_literals;

TEST(Beat, PutsAllNodesOnTheSameTicks) {
  const Beat beat{SteadyTime(100s)};
  EXPECT_EQ(beat.NextAfter(SteadyTime(100s), 1s), SteadyTime(101s));
  EXPECT_EQ(beat.NextAfter(SteadyTime(100s) + 999ms, 1s), SteadyTime(101s));
  EXPECT_EQ(beat.NextAfter(SteadyTime(101s), 1s), SteadyTime(102s));
}

TEST(Beat, LeavesMissedTicksOut) {
  const Beat beat{SteadyTime(100s)};
  EXPECT_EQ(beat.NextAfter(SteadyTime(163s) + 1ms, 1s), SteadyTime(164s));
}

TEST(Backoff, GrowsToTenSecondsAndNoFurther) {
  Backoff backoff(7);
  const SteadyTime start(1000s);
  const std::chrono::milliseconds expected[] = {1s, 2s, 4s, 8s, 10s, 10s, 10s};
  for (const auto longest : expected) {
    backoff.Failed(start);
    EXPECT_FALSE(backoff.Ready(start + longest * 4 / 5 - 1ms));
    EXPECT_TRUE(backoff.Ready(start + longest));
  }
}

TEST(Backoff, AServerThatRefusesIsAskedEveryTwoSeconds) {
  Backoff backoff(7);
  const SteadyTime start(1000s);
  for (int i = 0; i < 6; ++i) backoff.Failed(start, Backoff::kLongestSoon);
  EXPECT_FALSE(backoff.Ready(start + 1500ms));
  EXPECT_TRUE(backoff.Ready(start + 2s));
}

TEST(Backoff, ForgetsAfterASuccess) {
  Backoff backoff(7);
  const SteadyTime start(1000s);
  for (int i = 0; i < 5; ++i) backoff.Failed(start);
  backoff.Succeeded();
  EXPECT_TRUE(backoff.Ready(start));
  backoff.Failed(start);
  EXPECT_TRUE(backoff.Ready(start + 1s));
}

TEST(Backoff, SpreadsTheNodesOfAFleet) {
  const SteadyTime start(1000s);
  int early = 0;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    Backoff backoff(seed * 7919);
    for (int i = 0; i < 5; ++i) backoff.Failed(start);
    early += backoff.Ready(start + 9s) ? 1 : 0;
  }
  EXPECT_GT(early, 40);
  EXPECT_LT(early, 160);
}

}  // namespace
}  // namespace pgfleet::fleet
