#include "backup/conclude.h"

#include <gtest/gtest.h>

namespace pgfleet::backup {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr double kDay = 86400;
constexpr double kFriday = 1795737600;  // 2026-11-27 00:00 UTC
constexpr double kDueFriday = kFriday + 7.5 * 3600;

Backup Plain(double time, double bytes) {
  return {.time = time,
          .bytes = bytes,
          .format = "plain",
          .compression = "none",
          .complete = true,
          .growing = false};
}

seconds Greenwich(sys_seconds /*at*/) { return seconds(0); }

model::BackupFacts Judged(const std::vector<Backup>& backups, double now = kFriday,
                          const Expectation& expectation = {}) {
  model::BackupFacts facts;
  Conclude(backups, expectation, sys_seconds(seconds(static_cast<std::int64_t>(now))), facts,
           Greenwich);
  return facts;
}

Expectation Weekdays() {
  return {.schedule = *model::ParseCron("30 7 * * 1-5"), .grace = std::chrono::hours(2)};
}

TEST(Backups, NoneIsNoBackupAtAll) {
  const auto facts = Judged({});
  EXPECT_FALSE(facts.newest || facts.newest_bytes || facts.size_ratio || facts.complete ||
               facts.overdue || facts.due);
  EXPECT_EQ(facts.format, "");
}

TEST(Backups, TheNewestIsComparedWithTheMedianOfSevenBeforeIt) {
  std::vector<Backup> backups = {Plain(kFriday, 50)};
  EXPECT_EQ(Judged(backups).size_ratio, std::nullopt) << "nothing is before it";
  double before = kFriday;
  for (const double bytes : {100, 1, 100, 90, 110, 1000, 100})
    backups.insert(backups.begin(), Plain(before -= 100, bytes));
  EXPECT_EQ(Judged(backups).size_ratio, 0.5);
  for (int i = 0; i < 20; ++i) backups.push_back(Plain(kFriday - kDay - i, 7));
  EXPECT_EQ(Judged(backups).size_ratio, 0.5) << "older ones say nothing";
}

TEST(Backups, OfAnEvenNumberTheMedianLiesBetween) {
  EXPECT_EQ(Judged({Plain(3, 30), Plain(2, 10), Plain(1, 20)}).size_ratio, 2);
}

TEST(Backups, SizesAreComparedWithinAFormat) {
  auto custom = Plain(2, 10);
  custom.format = "custom";
  auto packed = Plain(1, 5);
  packed.compression = "gzip";
  EXPECT_EQ(Judged({Plain(4, 100), Plain(3, 80), custom, packed}).size_ratio, 1.25);
  EXPECT_EQ(Judged({Plain(4, 100), custom, packed}).size_ratio, std::nullopt);
}

TEST(Backups, ADamagedOneIsTheNewestFileAndNotTheNewestBackup) {
  auto damaged = Plain(9, 3);
  damaged.complete = false;
  const auto facts = Judged({Plain(1, 10), damaged, Plain(2, 20)});
  EXPECT_EQ(facts.complete, false);
  EXPECT_EQ(facts.newest, 2);
  EXPECT_EQ(facts.newest_bytes, 20);
  EXPECT_EQ(facts.size_ratio, 2);
}

TEST(Backups, OneThatNobodyCanJudgeCounts) {
  auto unknown = Plain(9, 30);
  unknown.complete.reset();
  const auto facts = Judged({Plain(1, 10), unknown});
  EXPECT_EQ(facts.complete, std::nullopt);
  EXPECT_EQ(facts.newest, 9);
}

TEST(Backups, OneThatIsStillWrittenSaysNothing) {
  auto growing = Plain(9, 1);
  growing.growing = true;
  growing.complete = false;
  const auto facts = Judged({Plain(1, 10), growing});
  EXPECT_EQ(facts.complete, true);
  EXPECT_EQ(facts.newest, 1);
}

TEST(Overdue, BeginsWhenTheGraceIsOver) {
  const auto thursdays = Plain(kDueFriday - kDay + 600, 10);
  EXPECT_EQ(Judged({thursdays}, kDueFriday + 7199, Weekdays()).overdue, false);
  EXPECT_EQ(Judged({thursdays}, kDueFriday + 7200, Weekdays()).overdue, true);
  EXPECT_EQ(Judged({thursdays, Plain(kDueFriday + 300, 10)}, kDueFriday + 7200, Weekdays()).overdue,
            false);
  EXPECT_EQ(Judged({thursdays}, kDueFriday + 10, Weekdays()).due, kDueFriday);
  EXPECT_EQ(Judged({thursdays}, kDueFriday + 10, Weekdays()).next_due, kDueFriday + 3 * kDay);
}

TEST(Overdue, NobodyIsCalledOnAFreeWeekend) {
  const auto fridays = Plain(kDueFriday + 1800, 10);
  const double monday = kDueFriday + 3 * kDay;
  for (double now = kDueFriday + 7200; now < monday + 7200; now += 3600)
    EXPECT_EQ(Judged({fridays}, now, Weekdays()).overdue, false) << now;
  EXPECT_EQ(Judged({fridays}, monday + 7200, Weekdays()).overdue, true);
}

TEST(Overdue, StaysUntilABackupIsThere) {
  const auto wednesdays = Plain(kDueFriday - 2 * kDay, 10);
  EXPECT_EQ(Judged({wednesdays}, kDueFriday + 60, Weekdays()).overdue, true)
      << "Thursday's is missing still, though Friday's has time";
  EXPECT_EQ(Judged({}, kDueFriday, Weekdays()).overdue, true) << "there is none at all";
}

TEST(Overdue, AFileMayCarryTheTimeAtWhichItsJobBegan) {
  EXPECT_EQ(Judged({Plain(kDueFriday - 59, 1)}, kDueFriday + kDay, Weekdays()).overdue, false);
  EXPECT_EQ(Judged({Plain(kDueFriday - 61, 1)}, kDueFriday + kDay, Weekdays()).overdue, true);
}

TEST(Overdue, ADamagedBackupIsNone) {
  auto damaged = Plain(kDueFriday + 60, 10);
  damaged.complete = false;
  EXPECT_EQ(Judged({damaged}, kDueFriday + 7200, Weekdays()).overdue, true);
  damaged.complete.reset();
  EXPECT_EQ(Judged({damaged}, kDueFriday + 7200, Weekdays()).overdue, false) << "nobody can say";
}

}  // namespace
}  // namespace pgfleet::backup
