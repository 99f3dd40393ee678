#pragma once

#include <bitset>
#include <chrono>
#include <expected>
#include <string>
#include <string_view>

namespace pgfleet::model {

// When a cron job runs, in local time.
struct CronSchedule {
  std::bitset<60> minutes;
  std::bitset<24> hours;
  std::bitset<32> days;      // of the month, from 1
  std::bitset<13> months;    // from 1
  std::bitset<7> weekdays;   // from Sunday
  bool any_day = false;      // the field begins with *
  bool any_weekday = false;  // likewise
  // Minute or hour begins with *: the job follows the hands of the clock when that is put forward
  // or back, where a job with a time of its own runs once.
  bool follows_clock = false;

  // Whether it runs on that day. As Vixie's cron has it, a day that fits either field is enough
  // where neither begins with *.
  bool IsOn(std::chrono::year_month_day day) const;

  bool operator==(const CronSchedule&) const = default;
};

// Five fields (lists, ranges, steps, names of months and days of the week) or @daily and its like.
// The error is a message for the user. Pure.
std::expected<CronSchedule, std::string> ParseCron(std::string_view text);

}  // namespace pgfleet::model
