#include "model/cron.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pgfleet::model {
namespace {

using testing::HasSubstr;

template <std::size_t Size>
std::vector<std::size_t> Set(const std::bitset<Size>& bits) {
  std::vector<std::size_t> set;
  for (std::size_t i = 0; i < Size; ++i)
    if (bits[i]) set.push_back(i);
  return set;
}

CronSchedule Parsed(std::string_view text) {
  const auto schedule = ParseCron(text);
  EXPECT_TRUE(schedule.has_value()) << text << ": " << schedule.error();
  return schedule.value_or(CronSchedule{});
}

std::string FaultOf(std::string_view text) {
  const auto schedule = ParseCron(text);
  return schedule ? "none" : schedule.error();
}

TEST(Cron, ListsRangesAndStepsNameTheirValues) {
  const auto schedule = Parsed("5,50-52,*/20 8-18/5 1,15 */6 mon-FRI");
  EXPECT_THAT(Set(schedule.minutes), testing::ElementsAre(0, 5, 20, 40, 50, 51, 52));
  EXPECT_THAT(Set(schedule.hours), testing::ElementsAre(8, 13, 18));
  EXPECT_THAT(Set(schedule.days), testing::ElementsAre(1, 15));
  EXPECT_THAT(Set(schedule.months), testing::ElementsAre(1, 7));
  EXPECT_THAT(Set(schedule.weekdays), testing::ElementsAre(1, 2, 3, 4, 5));
}

TEST(Cron, SundayIsZeroAndSevenAndMayEndAWeek) {
  EXPECT_THAT(Set(Parsed("0 0 * * 7").weekdays), testing::ElementsAre(0));
  EXPECT_THAT(Set(Parsed("0 0 * * 0").weekdays), testing::ElementsAre(0));
  EXPECT_THAT(Set(Parsed("0 0 * * fri-sun").weekdays), testing::ElementsAre(0, 5, 6));
  EXPECT_THAT(Set(Parsed("0 0 * * sun-tue").weekdays), testing::ElementsAre(0, 1, 2));
  EXPECT_EQ(Set(Parsed("0 0 * * 0-7").weekdays).size(), 7U);
}

TEST(Cron, ShorthandsAreWhatTheyStandFor) {
  EXPECT_EQ(Parsed("@daily"), Parsed("0 0 * * *"));
  EXPECT_EQ(Parsed("@midnight"), Parsed("0 0 * * *"));
  EXPECT_EQ(Parsed("@hourly"), Parsed("0 * * * *"));
  EXPECT_EQ(Parsed("@WEEKLY"), Parsed("0 0 * * 0"));
  EXPECT_EQ(Parsed("@monthly"), Parsed("0 0 1 * *"));
  EXPECT_EQ(Parsed("@annually"), Parsed("0 0 1 1 *"));
}

TEST(Cron, ADayThatFitsEitherFieldIsEnoughWhereBothAreGiven) {
  using namespace std::chrono;
  const auto either = Parsed("0 0 13 * fri");
  EXPECT_TRUE(either.IsOn(year(2026) / 11 / 13)) << "a Friday the 13th";
  EXPECT_TRUE(either.IsOn(year(2026) / 11 / 20)) << "a Friday";
  EXPECT_TRUE(either.IsOn(year(2026) / 12 / 13)) << "a Sunday the 13th";
  EXPECT_FALSE(either.IsOn(year(2026) / 11 / 14));
  // As in Vixie's cron a field that begins with * takes nothing away, even with a step.
  const auto both = Parsed("0 0 */2 * fri");
  EXPECT_TRUE(both.IsOn(year(2026) / 11 / 13));
  EXPECT_FALSE(both.IsOn(year(2026) / 11 / 20));
  EXPECT_FALSE(both.IsOn(year(2026) / 11 / 15));
}

TEST(Cron, WhatIsWrongIsSaidWithTheRemedy) {
  EXPECT_THAT(FaultOf("30 7 * *"), HasSubstr("has 4 fields and needs five"));
  EXPECT_THAT(FaultOf("0 30 7 * * 1-5"), HasSubstr("has 6 fields"));
  EXPECT_THAT(FaultOf("60 7 * * *"), HasSubstr("the minute must be *, or of 0 to 59"));
  EXPECT_THAT(FaultOf("0 24 * * *"), HasSubstr("the hour must be"));
  EXPECT_THAT(FaultOf("0 0 0 * *"), HasSubstr("the day of the month must be"));
  EXPECT_THAT(FaultOf("0 0 * 13 *"), HasSubstr("the month must be"));
  EXPECT_THAT(FaultOf("0 0 * * 8"), HasSubstr("a name of three letters"));
  EXPECT_THAT(FaultOf("0 0 * * friday"), HasSubstr("the day of the week must be"));
  EXPECT_THAT(FaultOf("0 18-8 * * *"), HasSubstr("goes backwards"));
  EXPECT_THAT(FaultOf("5/15 * * * *"), HasSubstr("a step without a range"));
  EXPECT_THAT(FaultOf("*/0 * * * *"), HasSubstr("a step that is no number"));
  EXPECT_THAT(FaultOf("*/x * * * *"), HasSubstr("a step that is no number"));
  EXPECT_THAT(FaultOf("@reboot"), HasSubstr("@reboot has no time"));
  EXPECT_THAT(FaultOf("0 0 30 2 *"), HasSubstr("never comes"));
  EXPECT_THAT(FaultOf("0 0 31 4,6 *"), HasSubstr("never comes"));
  for (const auto* text : {"", "* * * * L", "* * * * 5#2", "1, * * * *", "-1 * * * *", "? * * * *",
                           "1-2-3 * * * *", "1--2 * * * *", "+1 * * * *", "99999999999 * * * *"})
    EXPECT_NE(FaultOf(text), "none") << text;
  EXPECT_EQ(FaultOf("0 0 29 2 *"), "none");
  EXPECT_EQ(FaultOf("0 0 31 4 mon"), "none") << "Mondays come";
}

}  // namespace
}  // namespace pgfleet::model
