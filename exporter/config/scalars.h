#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/reader.h"

namespace pgfleet::config {

// A value with the place where the file gives it.
template <typename T>
struct Given {
  T value{};
  Place place;
};
using GivenTime = Given<std::chrono::milliseconds>;

struct TimeBounds {
  std::chrono::milliseconds least{};
  std::chrono::milliseconds most{};
};

// Each reads one scalar of that kind, or adds a fault that names the key and says what it may be,
// and is then absent.
std::optional<GivenTime> ReadTime(Reader& reader, const YamlNode& value, std::string_view name,
                                  TimeBounds bounds);
// From 1B to 1024TB.
std::optional<Given<std::int64_t>> ReadSize(Reader& reader, const YamlNode& value,
                                            std::string_view name);
// A whole number from 0 to 1000.
std::optional<Given<std::int64_t>> ReadCount(Reader& reader, const YamlNode& value,
                                             std::string_view name);
std::optional<Given<bool>> ReadFlag(Reader& reader, const YamlNode& value, std::string_view name);
// The index of the word among the choices.
std::optional<Given<std::size_t>> ReadChoice(Reader& reader, const YamlNode& value,
                                             std::string_view name,
                                             std::span<const std::string_view> choices);

}  // namespace pgfleet::config
