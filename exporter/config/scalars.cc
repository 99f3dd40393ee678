#include "config/scalars.h"

#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <system_error>

#include "config/units.h"

namespace pgfleet::config {
namespace {

using std::chrono::milliseconds;

// Whether it is a scalar; a fault otherwise. `need`: "a time such as 10s".
bool IsScalar(Reader& reader, const YamlNode& value, std::string_view name, std::string_view need) {
  if (value.kind == YamlNode::Kind::kScalar) return true;
  reader.faults.Add(value.place,
                    fmt::format("'{}' needs {}, not {}", name, need, KindName(value.kind)));
  return false;
}

std::optional<std::int64_t> WholeNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<GivenTime> ReadTime(Reader& reader, const YamlNode& value, std::string_view name,
                                  TimeBounds bounds) {
  if (!IsScalar(reader, value, name, "a time such as 10s")) return std::nullopt;
  const auto time = ParseDuration(value.text);
  if (!time) {
    reader.faults.Add(value.place, fmt::format("'{}': {}", name, time.error()));
    return std::nullopt;
  }
  const auto rounded = std::chrono::round<milliseconds>(*time);
  if (rounded < bounds.least || rounded > bounds.most) {
    reader.faults.Add(value.place,
                      fmt::format("'{}' must be from {} to {}", name, FormatDuration(bounds.least),
                                  FormatDuration(bounds.most)));
    return std::nullopt;
  }
  return GivenTime{.value = rounded, .place = value.place};
}

std::optional<Given<std::int64_t>> ReadSize(Reader& reader, const YamlNode& value,
                                            std::string_view name) {
  constexpr std::int64_t kLargest = std::int64_t{1} << 50;
  if (!IsScalar(reader, value, name, "a size such as 1GB")) return std::nullopt;
  const auto size = ParseSize(value.text);
  if (!size) {
    reader.faults.Add(value.place, fmt::format("'{}': {}", name, size.error()));
    return std::nullopt;
  }
  if (*size < 1 || *size > kLargest) {
    reader.faults.Add(value.place, fmt::format("'{}' must be from 1B to 1024TB", name));
    return std::nullopt;
  }
  return Given<std::int64_t>{.value = *size, .place = value.place};
}

std::optional<Given<std::int64_t>> ReadCount(Reader& reader, const YamlNode& value,
                                             std::string_view name) {
  constexpr std::int64_t kMost = 1000;
  if (!IsScalar(reader, value, name, "a whole number")) return std::nullopt;
  const auto number = WholeNumber(value.text);
  if (!number || *number < 0 || *number > kMost) {
    reader.faults.Add(value.place,
                      fmt::format("'{}' must be a whole number from 0 to {}", name, kMost));
    return std::nullopt;
  }
  return Given<std::int64_t>{.value = *number, .place = value.place};
}

std::optional<Given<bool>> ReadFlag(Reader& reader, const YamlNode& value, std::string_view name) {
  static constexpr std::array<std::string_view, 2> kFlags = {"false", "true"};
  const auto choice = ReadChoice(reader, value, name, kFlags);
  if (!choice) return std::nullopt;
  return Given<bool>{.value = choice->value == 1, .place = choice->place};
}

std::optional<Given<std::size_t>> ReadChoice(Reader& reader, const YamlNode& value,
                                             std::string_view name,
                                             std::span<const std::string_view> choices) {
  const std::string words = fmt::format("{}", fmt::join(choices, ", "));
  if (!IsScalar(reader, value, name, fmt::format("one of {}", words))) return std::nullopt;
  const auto found = std::ranges::find(choices, std::string_view(value.text));
  if (found == choices.end()) {
    reader.faults.Add(value.place, fmt::format("'{}' must be one of {}{}", name, words,
                                               DidYouMean(value.text, choices)));
    return std::nullopt;
  }
  return Given<std::size_t>{.value = static_cast<std::size_t>(found - choices.begin()),
                            .place = value.place};
}

}  // namespace pgfleet::config
