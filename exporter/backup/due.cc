#include "backup/due.h"

#include <algorithm>
#include <ctime>
#include <vector>

namespace pgfleet::backup {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

// The 29th of February may be eight years away.
constexpr int kDays = 366 * 9;
// Cron takes a greater leap for a clock that was set right, and catches nothing up.
constexpr hours kGreatestLeap{3};
// No zone changes its offset but on a quarter of an hour.
constexpr minutes kStep{15};

bool IsAt(const model::CronSchedule& schedule, local_days day, local_seconds local) {
  if (std::chrono::floor<days>(local) != day) return false;
  const auto minute = std::chrono::floor<minutes>(local - day).count();
  return schedule.hours[static_cast<std::size_t>(minute / 60)] &&
         schedule.minutes[static_cast<std::size_t>(minute % 60)];
}

// Goes through the minutes of one local day and those around it, as the hands of the clock show
// them.
class Day {
 public:
  Day(const model::CronSchedule& schedule, local_days day) : schedule_(schedule), day_(day) {}

  void Pass(sys_seconds at, local_seconds local) {
    const bool is_due = schedule_.follows_clock ? IsAt(schedule_, day_, local)
                                                : local > latest_ && IsDueAfterLatest(local);
    if (is_due) due_.push_back(at);
    latest_ = std::max(latest_, local);
  }
  const std::vector<sys_seconds>& due() const { return due_; }

 private:
  // This minute, or one that the clock has leapt over.
  bool IsDueAfterLatest(local_seconds local) const {
    const auto first = local - latest_ > kGreatestLeap ? local : latest_ + minutes(1);
    for (auto each = first; each <= local; each += minutes(1))
      if (IsAt(schedule_, day_, each)) return true;
    return false;
  }

  const model::CronSchedule& schedule_;
  local_days day_;
  local_seconds latest_{};
  std::vector<sys_seconds> due_;
};

std::vector<sys_seconds> DueOn(const model::CronSchedule& schedule, sys_days date,
                               UtcOffset offset) {
  const local_days day{date.time_since_epoch()};
  if (!schedule.IsOn(year_month_day(date))) return {};
  Day walk(schedule, day);
  // Zones lie from 12 hours behind UTC to 14 before it.
  for (sys_seconds at = date - hours(15); at < date + hours(24 + 13); at += kStep) {
    const seconds east = offset(at);
    for (minutes minute{0}; minute < kStep; ++minute)
      walk.Pass(at + minute, local_seconds((at + minute).time_since_epoch() + east));
  }
  return walk.due();
}

sys_days LocalDate(sys_seconds at, UtcOffset offset) {
  return std::chrono::floor<days>(at + offset(at));
}

}  // namespace

seconds LocalOffset(sys_seconds at) {
  // Another time zone of the machine counts from now on.
  tzset();
  const std::time_t time = at.time_since_epoch().count();
  std::tm local{};
  return localtime_r(&time, &local) == nullptr ? seconds(0) : seconds(local.tm_gmtoff);
}

std::optional<sys_seconds> LastDue(const model::CronSchedule& schedule, sys_seconds now,
                                   UtcOffset offset) {
  const sys_days today = LocalDate(now, offset);
  for (int back = -1; back < kDays; ++back) {
    const auto due = DueOn(schedule, today - days(back), offset);
    const auto after = std::ranges::upper_bound(due, now);
    if (after != due.begin()) return *(after - 1);
  }
  return std::nullopt;
}

std::optional<sys_seconds> NextDue(const model::CronSchedule& schedule, sys_seconds now,
                                   UtcOffset offset) {
  const sys_days today = LocalDate(now, offset);
  for (int ahead = -1; ahead < kDays; ++ahead) {
    const auto due = DueOn(schedule, today + days(ahead), offset);
    const auto after = std::ranges::upper_bound(due, now);
    if (after != due.end()) return *after;
  }
  return std::nullopt;
}

}  // namespace pgfleet::backup
