#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace pgfleet::config {

// A time as PostgreSQL writes it: a number (fractions allowed) and one of us, ms, s, min, h, d;
// never negative, never without a unit. The error is a message for the user and names the unit that
// was probably meant. Pure.
std::expected<std::chrono::microseconds, std::string> ParseDuration(std::string_view text);

// A size in bytes as PostgreSQL writes it: a number and one of B, kB, MB, GB, TB (1kB = 1024B).
// Pure.
std::expected<std::int64_t, std::string> ParseSize(std::string_view text);

// The shortest exact way to write whole milliseconds: "100ms", "5s", "4min".
std::string FormatDuration(std::chrono::milliseconds time);

}  // namespace pgfleet::config
