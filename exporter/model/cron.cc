#include "model/cron.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace pgfleet::model {
namespace {

struct Field {
  std::string_view name;
  int least, most;
  std::span<const std::string_view> names{};  // from `least` on
};

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed",
                                                       "thu", "fri", "sat"};
constexpr std::array<Field, 5> kFields = {
    Field{"minute", 0, 59}, Field{"hour", 0, 23}, Field{"day of the month", 1, 31},
    Field{"month", 1, 12, kMonths}, Field{"day of the week", 0, 7, kWeekdays}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kShorthands = {
    {{"@yearly", "0 0 1 1 *"},
     {"@annually", "0 0 1 1 *"},
     {"@monthly", "0 0 1 * *"},
     {"@weekly", "0 0 * * 0"},
     {"@daily", "0 0 * * *"},
     {"@midnight", "0 0 * * *"},
     {"@hourly", "0 * * * *"}}};

constexpr std::array<int, 12> kLongestMonths = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

using Values = std::bitset<60>;
template <typename T>
using Parsed = std::expected<T, std::string>;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::vector<std::string_view> Split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<int> Number(std::string_view text) {
  int number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && stop == text.data() + text.size();
  return whole && text.front() != '-' ? std::optional(number) : std::nullopt;
}

std::string Range(const Field& field) {
  return std::to_string(field.least) + " to " + std::to_string(field.most);
}

Parsed<int> ReadValue(std::string_view text, const Field& field) {
  const auto name = std::ranges::find(field.names, text);
  if (name != field.names.end()) return field.least + static_cast<int>(name - field.names.begin());
  const auto number = Number(text);
  if (number && *number >= field.least && *number <= field.most) return *number;
  return std::unexpected("the " + std::string(field.name) + " must be *, or of " + Range(field) +
                         (field.names.empty() ? "" : " or a name of three letters") +
                         ", with lists 1,2, ranges 1-5 and steps */5 or 1-9/2");
}

// What stands before the step: *, a value, a range.
Parsed<std::pair<int, int>> ReadSpan(std::string_view text, const Field& field, bool stepped) {
  if (text == "*") return std::pair(field.least, field.most);
  const auto dash = text.find('-');
  const auto first = ReadValue(text.substr(0, dash), field);
  if (!first) return std::unexpected(first.error());
  if (dash == std::string_view::npos) {
    if (stepped)
      return std::unexpected("the " + std::string(field.name) +
                             " has a step without a range: write it as */5 or 1-9/2");
    return std::pair(*first, *first);
  }
  const std::string_view end = text.substr(dash + 1);
  // A week may begin or end with Sunday.
  const auto last = end == kWeekdays[0] ? Parsed<int>(7) : ReadValue(end, field);
  if (!last) return std::unexpected(last.error());
  if (*last < *first)
    return std::unexpected("the " + std::string(field.name) +
                           " has a range that goes backwards: write it as a list of two ranges");
  return std::pair(*first, *last);
}

Parsed<void> ReadItem(std::string_view text, const Field& field, Values& values) {
  const auto slash = text.find('/');
  const bool stepped = slash != std::string_view::npos;
  const auto span = ReadSpan(text.substr(0, slash), field, stepped);
  if (!span) return std::unexpected(span.error());
  const auto step = stepped ? Number(text.substr(slash + 1)) : std::optional(1);
  if (!step || *step < 1)
    return std::unexpected("the " + std::string(field.name) + " has a step that is no number");
  // A step beyond the field takes its first value alone.
  for (int value = span->first; value <= span->second; value += std::min(*step, 60))
    values.set(static_cast<std::size_t>(value));
  return {};
}

Parsed<Values> ReadField(std::string_view text, const Field& field) {
  Values values;
  for (const std::string_view item : Split(text, ","))
    if (auto read = ReadItem(item, field, values); !read) return std::unexpected(read.error());
  return values;
}

template <std::size_t Size>
std::bitset<Size> Narrow(const Values& values) {
  std::bitset<Size> narrow;
  for (std::size_t i = 0; i < Size; ++i) narrow[i] = values[i];
  return narrow;
}

bool EverComes(const CronSchedule& schedule) {
  if (!schedule.any_weekday) return true;
  for (std::size_t month = 1; month <= 12; ++month)
    for (int day = 1; day <= kLongestMonths.at(month - 1); ++day)
      if (schedule.months[month] && schedule.days[static_cast<std::size_t>(day)]) return true;
  return false;
}

Parsed<CronSchedule> FromFields(std::span<const std::string_view> words) {
  std::array<Values, kFields.size()> fields;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    auto values = ReadField(words[i], kFields.at(i));
    if (!values) return std::unexpected(values.error());
    fields.at(i) = *values;
  }
  auto& weekdays = fields[4];
  weekdays[0] = weekdays[0] || weekdays[7];
  const CronSchedule schedule{
      .minutes = fields[0],
      .hours = Narrow<24>(fields[1]),
      .days = Narrow<32>(fields[2]),
      .months = Narrow<13>(fields[3]),
      .weekdays = Narrow<7>(weekdays),
      .any_day = words[2].starts_with('*'),
      .any_weekday = words[4].starts_with('*'),
      .follows_clock = words[0].starts_with('*') || words[1].starts_with('*')};
  if (!EverComes(schedule))
    return std::unexpected("it never comes: none of these months has such a day");
  return schedule;
}

}  // namespace

bool CronSchedule::IsOn(std::chrono::year_month_day day) const {
  if (!months[static_cast<unsigned>(day.month())]) return false;
  const bool on_day = days[static_cast<unsigned>(day.day())];
  const bool on_weekday = weekdays[std::chrono::weekday(std::chrono::sys_days(day)).c_encoding()];
  return any_day || any_weekday ? on_day && on_weekday : on_day || on_weekday;
}

Parsed<CronSchedule> ParseCron(std::string_view text) {
  const std::string lower = Lower(text);
  const auto shorthand = std::ranges::find(kShorthands, std::string_view(lower),
                                           &std::pair<std::string_view, std::string_view>::first);
  if (shorthand != kShorthands.end()) return ParseCron(shorthand->second);
  if (lower.starts_with('@'))
    return std::unexpected(
        "it must be @yearly, @monthly, @weekly, @daily, @hourly or five fields; @reboot has no "
        "time");
  auto words = Split(lower, " \t");
  std::erase(words, "");
  if (words.size() != kFields.size())
    return std::unexpected("it has " + std::to_string(words.size()) +
                           " fields and needs five: minute, hour, day of the month, month, day of "
                           "the week, such as \"30 7 * * 1-5\"");
  return FromFields(words);
}

}  // namespace pgfleet::model
