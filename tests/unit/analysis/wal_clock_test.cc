#include "analysis/wal_clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace pgfleet::analysis {
namespace {

using namespace std::chrono_literals;
using model::Lsn;
using model::Monotonic;
using model::Seconds;
using model::Span;

Monotonic At(double seconds) {
  return Monotonic(std::chrono::duration_cast<Monotonic::duration>(
      std::chrono::duration<double>(1000 + seconds)));
}
Span Asked(double seconds, double round_trip = 0) {
  return {At(seconds), At(seconds + round_trip)};
}

TEST(WalClock, KnowsNothingBeforeItsFirstPulse) {
  const WalClock clock;
  EXPECT_FALSE(clock.AgeOf(Lsn{1}, Asked(0)));
  EXPECT_FALSE(clock.At(At(0)));
  EXPECT_FALSE(clock.Rate(60s));
}

TEST(WalClock, AStandbyWithTheNewestPositionHasNoLag) {
  WalClock clock;
  clock.Observe(Lsn{100}, Asked(0), false);
  clock.Observe(Lsn{200}, Asked(1), false);
  const auto age = clock.AgeOf(Lsn{200}, Asked(1.5));
  EXPECT_TRUE(age->is_newest);
  EXPECT_EQ(age->estimate, 0);
  EXPECT_NEAR(*age->upper, 0.5, 1e-6);
}

// An idle primary costs one entry, and its idle time is no uncertainty.
TEST(WalClock, LagIsKnownWhileThePrimaryIsIdle) {
  WalClock clock;
  clock.Observe(Lsn{100}, Asked(0), false);
  for (int second = 1; second <= 50; ++second) clock.Observe(Lsn{200}, Asked(second), false);
  EXPECT_EQ(clock.entries().size(), 2U);
  const auto age = clock.AgeOf(Lsn{100}, Asked(50));
  EXPECT_NEAR(age->upper.value(), 50, 1e-6);
  EXPECT_NEAR(age->lower, 49, 1e-6);
}

// An idle server with archive_timeout switches to a new segment and rests a few bytes behind its
// beginning: whoever has all of the segment before seemed to fall behind for ever.
TEST(WalClock, ASwitchOfSegmentsInWhichNobodyCommittedIsNoLag) {
  constexpr std::uint64_t kSegment = 1 << 24;
  WalClock clock;
  clock.Observe(Lsn{kSegment - 5000000}, Asked(0), false);
  clock.Observe(Lsn{kSegment + 96}, Asked(1), true);
  for (int second = 2; second <= 3600; ++second)
    clock.Observe(Lsn{kSegment + 96}, Asked(second), true);
  clock.Observe(Lsn{kSegment + 208}, Asked(3600.5), true);  // what the server notes now and then
  const auto age = clock.AgeOf(Lsn{kSegment}, Asked(3600.5));
  EXPECT_TRUE(age->is_newest);
  EXPECT_EQ(age->estimate, 0);
  EXPECT_FALSE(clock.MayHoldCommitsBeyond(Lsn{kSegment}));
  // A commit after it ages from when it was made, not from the switch.
  clock.Observe(Lsn{kSegment + 300}, Asked(3601.5), false);
  EXPECT_TRUE(clock.MayHoldCommitsBeyond(Lsn{kSegment}));
  EXPECT_NEAR(clock.AgeOf(Lsn{kSegment}, Asked(3610.5))->upper.value(), 10, 1e-6);
  EXPECT_NEAR(clock.AgeOf(Lsn{kSegment}, Asked(3610.5))->lower, 9, 1e-6);
}

// An exporter that was restarted, or a large transaction that has not ended: no loss either.
TEST(WalClock, WhateverNobodyCommittedInHoldsNoCommits) {
  WalClock clock;
  clock.Observe(Lsn{1000}, Asked(0), false);
  for (int second = 1; second <= 100; ++second)
    clock.Observe(Lsn{1000 + 1000000UL * static_cast<std::uint64_t>(second)}, Asked(second), true);
  EXPECT_FALSE(clock.MayHoldCommitsBeyond(Lsn{1000}));
  EXPECT_TRUE(clock.MayHoldCommitsBeyond(Lsn{999}));
  const auto back = WalClock::From(clock.entries(), clock.committed());
  EXPECT_FALSE(back.MayHoldCommitsBeyond(Lsn{1000}));
  EXPECT_TRUE(back.MayHoldCommitsBeyond(Lsn{999}));
}

// What was committed before the first look nobody knows, however quiet it is since.
TEST(WalClock, BeforeItsFirstPulseAnythingMayHaveBeenCommitted) {
  WalClock clock;
  clock.Observe(Lsn{1000}, Asked(0), true);
  clock.Observe(Lsn{1000}, Asked(1), true);
  EXPECT_TRUE(clock.MayHoldCommitsBeyond(Lsn{900}));
  EXPECT_FALSE(clock.MayHoldCommitsBeyond(Lsn{1000}));
}

TEST(WalClock, ASwitchOfSegmentsAfterACommitIsOne) {
  WalClock clock;
  clock.Observe(Lsn{1000}, Asked(0), false);
  clock.Observe(Lsn{1048672}, Asked(1), false);
  const auto age = clock.AgeOf(Lsn{1048576}, Asked(10));
  EXPECT_FALSE(age->is_newest);
  EXPECT_EQ(age->quiet_since, At(1)) << "before the switch or after it: nobody knows";
  clock.Observe(Lsn{1050000}, Asked(11), false);
  EXPECT_FALSE(clock.AgeOf(Lsn{1048576}, Asked(12))->quiet_since) << "after it, for certain";
}

TEST(WalClock, APositionOlderThanTheMemoryHasALowerBoundOnly) {
  WalClock clock;
  clock.Observe(Lsn{1000}, Asked(0), false);
  clock.Observe(Lsn{2000}, Asked(10), false);
  const auto age = clock.AgeOf(Lsn{500}, Asked(10));
  EXPECT_NEAR(age->lower, 10, 1e-6);
  EXPECT_EQ(age->estimate, age->lower);
  EXPECT_FALSE(age->upper);
}

// bgwriter's records and the end of a checkpoint: nobody misses them.
TEST(WalClock, HousekeepingOfAnIdlePrimaryIsNoLag) {
  WalClock clock;
  clock.Observe(Lsn{100'000}, Asked(0), false);
  clock.Observe(Lsn{100'056}, Asked(15), true);
  clock.Observe(Lsn{100'200}, Asked(30), true);
  EXPECT_TRUE(clock.AgeOf(Lsn{100'000}, Asked(30))->is_newest);
}

TEST(WalClock, MoreThanHousekeepingIsLagAlsoWithoutACommit) {
  WalClock clock;
  clock.Observe(Lsn{100'000}, Asked(0), false);
  clock.Observe(Lsn{105'000}, Asked(1), true);
  clock.Observe(Lsn{110'000}, Asked(2), true);
  EXPECT_FALSE(clock.AgeOf(Lsn{100'000}, Asked(10))->is_newest);
}

TEST(WalClock, OneSmallCommitIsLag) {
  WalClock clock;
  clock.Observe(Lsn{100'000}, Asked(0), false);
  clock.Observe(Lsn{100'100}, Asked(1), false);
  const auto age = clock.AgeOf(Lsn{100'000}, Asked(10));
  EXPECT_NEAR(age->lower, 9, 1e-6);
  EXPECT_NEAR(*age->upper, 10, 1e-6);
}

TEST(WalClock, APositionThatWentBackIsAnotherHistory) {
  WalClock clock;
  clock.Observe(Lsn{1000}, Asked(0), false);
  clock.Observe(Lsn{500}, Asked(1), false);
  EXPECT_EQ(clock.entries().size(), 1U);
  EXPECT_FALSE(clock.AgeOf(Lsn{400}, Asked(2))->upper);
}

TEST(WalClock, ABranchHasNothingBeyondTheFork) {
  WalClock clock;
  for (int i = 0; i < 10; ++i)
    clock.Observe(Lsn{static_cast<std::uint64_t>(1000 * i)}, Asked(i), false);
  auto branch = clock.Branch(Lsn{4500});
  EXPECT_EQ(branch.entries().back().lsn, Lsn{4000});
  branch.Observe(Lsn{4600}, Asked(12), false);
  const auto age = branch.AgeOf(Lsn{4500}, Asked(13));
  EXPECT_NEAR(age->lower, 1, 1e-6);
  EXPECT_NEAR(*age->upper, 9, 1e-6);
}

TEST(WalClock, SaysWhereThePrimaryStoodBetweenTwoPulses) {
  WalClock clock;
  clock.Observe(Lsn{0}, Asked(0), false);
  clock.Observe(Lsn{1000}, Asked(10), false);
  EXPECT_EQ(clock.At(At(5)), Lsn{500});
  EXPECT_EQ(clock.At(At(20)), Lsn{1000});
}

TEST(WalClock, KnowsTheRateOnceItHasSeenHalfOfTheWindow) {
  WalClock clock;
  for (int second = 0; second <= 29; ++second)
    clock.Observe(Lsn{static_cast<std::uint64_t>(5000 * second)}, Asked(second), false);
  EXPECT_FALSE(clock.Rate(60s));
  for (int second = 30; second <= 90; ++second)
    clock.Observe(Lsn{static_cast<std::uint64_t>(5000 * second)}, Asked(second), false);
  EXPECT_NEAR(clock.Rate(60s).value(), 5000, 1);
}

// A primary whose commits are known to the instant.
class Workload {
 public:
  explicit Workload(unsigned seed) : random_(seed) {
    double now = 0;
    std::uint64_t lsn = 1'000'000;
    while (now < kLength) {
      const bool bursts = Chance(0.5);
      const double end = now + Between(5, 120);
      while (now < end) {
        now += bursts ? Between(0.001, 0.4) : Between(1, 90);
        lsn += static_cast<std::uint64_t>(Between(40, bursts ? 2e6 : 5e3));
        commits_.push_back({now, Lsn{lsn}});
      }
    }
  }

  static constexpr double kLength = 5400;
  bool Chance(double probability) { return Between(0, 1) < probability; }
  double Between(double low, double high) {
    return std::uniform_real_distribution(low, high)(random_);
  }
  Lsn PositionAt(double time) const {
    const auto after = std::ranges::upper_bound(commits_, time, {}, &Commit::time);
    return after == commits_.begin() ? Lsn{1'000'000} : std::prev(after)->lsn;
  }
  // Since when the primary has been beyond the position; absent: it is not.
  std::optional<double> PassedAt(Lsn position) const {
    const auto next = std::ranges::upper_bound(commits_, position, {}, &Commit::lsn);
    if (next == commits_.end()) return std::nullopt;
    return next->time;
  }

 private:
  struct Commit {
    double time;
    Lsn lsn;
  };
  std::mt19937 random_;
  std::vector<Commit> commits_;
};

class WalClockProperty : public testing::TestWithParam<unsigned> {};

// Pulses come late, are slow or are lost; the primary stalls; the standby follows at its own pace.
TEST_P(WalClockProperty, TheTruthIsAlwaysWithinTheBounds) {
  Workload load(GetParam());
  WalClock clock;
  double shown = 0;  // the standby shows the primary as of this time
  double worst = 0;
  for (double now = 1; now < Workload::kLength - 200; now += load.Between(0.9, 1.2)) {
    const double round_trip = load.Chance(0.1) ? load.Between(0, 0.8) : 0.002;
    const double read = now + load.Between(0, round_trip);
    if (!load.Chance(0.05)) clock.Observe(load.PositionAt(read), Asked(now, round_trip), false);
    if (!load.Chance(0.99)) now += load.Between(0, 60);  // nobody is asked
    const double standby_read = now + 0.001;
    if (load.Chance(0.6)) shown = std::max(shown, standby_read - load.Between(0, 300));
    const Lsn position = load.PositionAt(shown);
    const auto age = clock.AgeOf(position, Asked(now, 0.002));
    if (!age) continue;
    const auto passed = load.PassedAt(position);
    const double truth = passed && *passed < standby_read ? standby_read - *passed : 0;
    EXPECT_GE(truth, age->lower - 0.0021) << now;
    if (age->upper) {
      EXPECT_LE(truth, *age->upper + 0.0021) << now;
      EXPECT_LE(age->estimate, *age->upper + 0.0021) << now;
      worst = std::max(worst, *age->upper - age->lower);
    }
    EXPECT_GE(age->estimate, age->lower - 0.0021);
  }
  EXPECT_GT(worst, 0);
  EXPECT_LT(clock.entries().size(), 3000U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, WalClockProperty, testing::Range(1U, 41U));

// A day at a pulse a second stays small, and yesterday's positions are still known to the minute.
TEST(WalClock, ThinsWhatIsOldAndStaysRight) {
  WalClock clock;
  constexpr int kDay = 24 * 3600;
  for (int second = 0; second < kDay; ++second)
    clock.Observe(Lsn{static_cast<std::uint64_t>(second) * 100}, Asked(second), false);
  EXPECT_LT(clock.entries().size(), 5000U);
  for (const int ago : {5, 300, 1000, 3600, 8000, 40'000, 80'000}) {
    const auto age =
        clock.AgeOf(Lsn{static_cast<std::uint64_t>(kDay - 1 - ago) * 100}, Asked(kDay - 1));
    const double bound = ago < 900 ? 1.01 : ago < 7200 ? 21 : 121;
    EXPECT_LE(age->lower, ago) << ago;
    EXPECT_GE(*age->upper, ago) << ago;
    EXPECT_LE(*age->upper - age->lower, bound) << ago;
    EXPECT_NEAR(age->estimate, ago, 0.01) << ago;
  }
}

}  // namespace
}  // namespace pgfleet::analysis
