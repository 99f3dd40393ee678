#include "config/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

namespace pgfleet::config {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};
constexpr std::array<Unit, 6> kTimes = {
    {{"us", 1}, {"ms", 1e3}, {"s", 1e6}, {"min", 60e6}, {"h", 3600e6}, {"d", 86400e6}}};
constexpr std::array<Unit, 5> kSizes = {
    {{"B", 1}, {"kB", 0x1p10}, {"MB", 0x1p20}, {"GB", 0x1p30}, {"TB", 0x1p40}}};

struct Habit {
  std::string_view written;
  std::string_view hint;
};
constexpr std::array<Habit, 16> kTimeHabits = {{{"m", "minutes are 'min'"},
                                                {"M", "minutes are 'min'"},
                                                {"mins", "minutes are 'min'"},
                                                {"minute", "minutes are 'min'"},
                                                {"minutes", "minutes are 'min'"},
                                                {"S", "seconds are 's'"},
                                                {"sec", "seconds are 's'"},
                                                {"second", "seconds are 's'"},
                                                {"seconds", "seconds are 's'"},
                                                {"H", "hours are 'h'"},
                                                {"hour", "hours are 'h'"},
                                                {"hours", "hours are 'h'"},
                                                {"D", "days are 'd'"},
                                                {"day", "days are 'd'"},
                                                {"days", "days are 'd'"},
                                                {"w", "a week is '7d'"}}};
constexpr std::array<Habit, 12> kSizeHabits = {{{"b", "bytes are 'B'"},
                                                {"k", "kilobytes are 'kB'"},
                                                {"K", "kilobytes are 'kB'"},
                                                {"KB", "kilobytes are 'kB'"},
                                                {"kb", "kilobytes are 'kB'"},
                                                {"KiB", "kilobytes are 'kB', of 1024 bytes"},
                                                {"M", "megabytes are 'MB'"},
                                                {"MiB", "megabytes are 'MB', of 1024 kB"},
                                                {"G", "gigabytes are 'GB'"},
                                                {"GiB", "gigabytes are 'GB', of 1024 MB"},
                                                {"T", "terabytes are 'TB'"},
                                                {"TiB", "terabytes are 'TB', of 1024 GB"}}};

struct Kind {
  std::string_view what;
  std::string_view example;
  std::string_view units;
  std::span<const Unit> table;
  std::span<const Habit> habits;
};
constexpr Kind kTime = {"time", "10s", "us, ms, s, min, h, d", kTimes, kTimeHabits};
constexpr Kind kSize = {"size", "1GB", "B, kB, MB, GB, TB", kSizes, kSizeHabits};

std::string_view Trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string NotANumber(const Kind& kind, bool negative) {
  if (negative) return fmt::format("a {} cannot be negative", kind.what);
  return fmt::format("expected a {} such as {}", kind.what, kind.example);
}

std::string UnknownUnit(const Kind& kind, std::string_view unit) {
  if (unit.empty())
    return fmt::format("a {} needs a unit ({}), such as {}", kind.what, kind.units, kind.example);
  const auto habit = std::ranges::find(kind.habits, unit, &Habit::written);
  if (habit != kind.habits.end()) return fmt::format("unknown unit '{}' ({})", unit, habit->hint);
  return fmt::format("unknown unit (a {} is written with {})", kind.what, kind.units);
}

// The number in the smallest unit, rounded.
std::expected<std::int64_t, std::string> ParseWithUnit(const Kind& kind, std::string_view text) {
  constexpr double kLargest = 0x1p62;
  text = Trim(text);
  if (text.empty() || text.front() < '0' || text.front() > '9')
    return std::unexpected(NotANumber(kind, text.starts_with('-')));
  double number = 0;
  const auto [stop, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  const std::string_view unit = Trim({stop, text.data() + text.size()});
  const auto known = std::ranges::find(kind.table, unit, &Unit::name);
  if (known == kind.table.end()) return std::unexpected(UnknownUnit(kind, unit));
  if (error != std::errc{} || number * known->factor > kLargest)
    return std::unexpected(fmt::format("the {} is too large", kind.what));
  return std::llround(number * known->factor);
}

}  // namespace

std::expected<std::chrono::microseconds, std::string> ParseDuration(std::string_view text) {
  const auto microseconds = ParseWithUnit(kTime, text);
  if (!microseconds) return std::unexpected(microseconds.error());
  return std::chrono::microseconds(*microseconds);
}

std::expected<std::int64_t, std::string> ParseSize(std::string_view text) {
  return ParseWithUnit(kSize, text);
}

std::string FormatDuration(std::chrono::milliseconds time) {
  const std::int64_t ms = time.count();
  if (ms == 0 || ms % 1000 != 0) return fmt::format("{}ms", ms);
  if (ms % 60'000 != 0) return fmt::format("{}s", ms / 1000);
  if (ms % 3'600'000 != 0) return fmt::format("{}min", ms / 60'000);
  if (ms % 86'400'000 != 0) return fmt::format("{}h", ms / 3'600'000);
  return fmt::format("{}d", ms / 86'400'000);
}

}  // namespace pgfleet::config
