// Against a search through all minutes by the C library's own calendar, and by hand where the clock
// is put.
#include "backup/due.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <string>

namespace pgfleet::backup {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

class Zone {
 public:
  explicit Zone(const char* name) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    setenv("TZ", name, 1);
    tzset();
  }
  ~Zone() {
    if (before_.empty())
      unsetenv("TZ");
    else
      setenv("TZ", before_.c_str(), 1);
    tzset();
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;

 private:
  std::string before_;
};

sys_seconds Utc(const char* text) {
  std::tm time{};
  EXPECT_NE(strptime(text, "%Y-%m-%d %H:%M:%S", &time), nullptr) << text;
  return sys_seconds(seconds(timegm(&time)));
}

std::string Text(std::optional<sys_seconds> at) {
  if (!at) return "never";
  const std::time_t time = at->time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return text;
}

std::string Last(const char* schedule, const char* now) {
  return Text(LastDue(*model::ParseCron(schedule), Utc(now)));
}
std::string Next(const char* schedule, const char* now) {
  return Text(NextDue(*model::ParseCron(schedule), Utc(now)));
}

TEST(Due, AJobForWeekdaysIsNotDueOnTheWeekend) {
  const Zone zone("UTC");
  EXPECT_EQ(Last("30 7 * * 1-5", "2026-11-29 12:00:00"), "2026-11-27 07:30:00") << "on a Sunday";
  EXPECT_EQ(Next("30 7 * * 1-5", "2026-11-27 07:30:00"), "2026-11-30 07:30:00");
  EXPECT_EQ(Last("30 7 * * 1-5", "2026-11-30 07:29:59"), "2026-11-27 07:30:00");
  EXPECT_EQ(Last("30 7 * * 1-5", "2026-11-30 07:30:00"), "2026-11-30 07:30:00");
}

TEST(Due, RareDaysAreFound) {
  const Zone zone("UTC");
  EXPECT_EQ(Last("0 0 29 2 *", "2026-11-27 00:00:00"), "2024-02-29 00:00:00");
  EXPECT_EQ(Next("0 0 29 2 *", "2096-03-01 00:00:00"), "2104-02-29 00:00:00");
  EXPECT_EQ(Last("@yearly", "2026-11-27 00:00:00"), "2026-01-01 00:00:00");
}

TEST(Due, IsByLocalTime) {
  const Zone zone("America/New_York");
  EXPECT_EQ(Next("0 22 * * *", "2026-11-27 00:00:00"), "2026-11-27 03:00:00");
  EXPECT_EQ(Next("0 22 * * fri", "2026-11-27 04:00:00"), "2026-11-28 03:00:00");
}

TEST(Due, AJobWhoseTimeIsSkippedIsDueAtTheChange) {
  const Zone zone("Europe/Berlin");  // 2026-03-29: 02:00 becomes 03:00, at 01:00 UTC
  EXPECT_EQ(Next("30 2 * * *", "2026-03-28 12:00:00"), "2026-03-29 01:00:00");
  EXPECT_EQ(Next("30 2 * * *", "2026-03-29 01:00:00"), "2026-03-30 00:30:00");
  EXPECT_EQ(Last("30 2 * * *", "2026-03-29 22:00:00"), "2026-03-29 01:00:00");
  EXPECT_EQ(Next("30 3 * * *", "2026-03-28 12:00:00"), "2026-03-29 01:30:00");
}

TEST(Due, AJobWhoseTimeComesTwiceIsDueTheFirstTime) {
  const Zone zone("Europe/Berlin");  // 2026-10-25: 03:00 becomes 02:00, at 01:00 UTC
  EXPECT_EQ(Next("30 2 * * *", "2026-10-24 12:00:00"), "2026-10-25 00:30:00");
  EXPECT_EQ(Next("30 2 * * *", "2026-10-25 00:30:00"), "2026-10-26 01:30:00");
  EXPECT_EQ(Last("30 2 * * *", "2026-10-25 20:00:00"), "2026-10-25 00:30:00");
}

TEST(Due, AJobOfEveryHourFollowsTheClock) {
  const Zone zone("Europe/Berlin");
  EXPECT_EQ(Next("30 * * * *", "2026-10-25 00:30:00"), "2026-10-25 01:30:00");
  EXPECT_EQ(Next("30 * * * *", "2026-03-29 00:30:00"), "2026-03-29 01:30:00");
  EXPECT_EQ(Next("*/15 2 * * *", "2026-03-28 12:00:00"), "2026-03-30 00:00:00")
      << "there is no such hour on the 29th";
}

TEST(Due, MidnightMayBeSkippedToo) {
  const Zone zone("America/Santiago");  // 2026-09-06: 00:00 becomes 01:00, at 04:00 UTC
  EXPECT_EQ(Next("0 0 * * *", "2026-09-05 12:00:00"), "2026-09-06 04:00:00");
  EXPECT_EQ(Next("0 0 * * *", "2026-09-06 04:00:00"), "2026-09-07 03:00:00");
}

TEST(Due, HalfHoursOfZonesCount) {
  const Zone zone("Australia/Lord_Howe");  // summer time is half an hour: 02:00 becomes 02:30
  EXPECT_EQ(Next("15 2 * * *", "2026-10-03 00:00:00"), "2026-10-03 15:30:00");
  const Zone chatham("Pacific/Chatham");
  EXPECT_EQ(Next("0 0 * * *", "2026-07-01 00:00:00"), "2026-07-01 11:15:00");
}

// No clock is put within these days.
TEST(Due, AgreesWithEveryMinuteOfTheCalendar) {
  for (const auto* name : {"UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"}) {
    const Zone zone(name);
    for (const auto* text : {"17 4 * * 2", "*/7 9-17 1-15 * *", "0 0 13 * 5", "59 23 * 12,1 *"}) {
      const auto schedule = *model::ParseCron(text);
      const auto from = Utc("2026-12-08 00:00:00"), to = from + std::chrono::hours(24 * 9);
      std::optional<sys_seconds> last;
      for (auto at = from; at < to; at += std::chrono::minutes(1)) {
        const std::time_t time = at.time_since_epoch().count();
        std::tm local{};
        localtime_r(&time, &local);
        const auto day =
            std::chrono::year(local.tm_year + 1900) / (local.tm_mon + 1) / local.tm_mday;
        if (schedule.IsOn(day) && schedule.hours[static_cast<std::size_t>(local.tm_hour)] &&
            schedule.minutes[static_cast<std::size_t>(local.tm_min)])
          last = at;
      }
      ASSERT_TRUE(last.has_value()) << text;
      EXPECT_EQ(LastDue(schedule, to - seconds(1)), last) << text << " in " << name;
    }
  }
}

}  // namespace
}  // namespace pgfleet::backup
