#include "archive/backup_time.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace pgfleet::archive {
namespace {

std::optional<int> Digits(std::string_view text) {
  int number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || text[0] == '-' || error != std::errc{} || stop != text.data() + text.size())
    return std::nullopt;
  return number;
}

// Of the 19 characters "YYYY-MM-DD hh:mm:ss", as if they were UTC.
std::optional<double> ParseLocal(std::string_view text) {
  constexpr std::string_view kForm = "    -  -     :  :  ";
  for (std::size_t i = 0; i < kForm.size(); ++i)
    if ((kForm[i] != ' ' || i == 10) && text[i] != kForm[i]) return std::nullopt;
  const auto year = Digits(text.substr(0, 4)), month = Digits(text.substr(5, 2));
  const auto day = Digits(text.substr(8, 2)), hour = Digits(text.substr(11, 2));
  const auto minute = Digits(text.substr(14, 2)), second = Digits(text.substr(17, 2));
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<double>(days) * 86400.0 + *hour * 3600.0 + *minute * 60.0 + *second;
}

// Seconds east of Greenwich.
std::optional<double> ParseOffset(std::string_view zone) {
  if (zone == "UTC" || zone == "GMT" || zone == "Z") return 0;
  if (zone.size() < 3 || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
  const auto hours = Digits(zone.substr(1, 2));
  std::string_view rest = zone.substr(3);
  if (rest.starts_with(':')) rest.remove_prefix(1);
  const auto minutes = rest.empty() ? std::optional(0) : Digits(rest);
  if (!hours || !minutes || (!rest.empty() && rest.size() != 2)) return std::nullopt;
  const double seconds = *hours * 3600.0 + *minutes * 60.0;
  return zone[0] == '-' ? -seconds : seconds;
}

// Zones differ by quarters of an hour. Clocks of disk and server may differ a little.
double OffsetByFile(double local, double modified) {
  constexpr double kQuarter = 900, kSkew = 60, kWest = -12 * 3600.0, kEast = 14 * 3600.0;
  const double offset = std::ceil((local - modified - kSkew) / kQuarter) * kQuarter;
  return std::min(std::max(offset, kWest), kEast);
}

}  // namespace

std::optional<double> ParseBackupTime(std::string_view text, double modified) {
  constexpr std::size_t kLocal = 19;
  if (text.size() < kLocal + 2 || text[kLocal] != ' ') return std::nullopt;
  const auto local = ParseLocal(text.substr(0, kLocal));
  if (!local) return std::nullopt;
  const auto offset = ParseOffset(text.substr(kLocal + 1));
  return *local - (offset ? *offset : OffsetByFile(*local, modified));
}

}  // namespace pgfleet::archive
