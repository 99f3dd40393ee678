#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "config/faults.h"

namespace pgfleet::config {

// Room for 5,000 declared roles with long names and 10,000 members with all their options.
inline constexpr std::size_t kLargestFile = std::size_t{2} << 20;

// Whether the bytes may be handed to the YAML parser: UTF-8 without NUL and control characters, at
// most 2 MiB, and not more brackets, commas and quotes than a file of ours could hold (the parser
// keeps a whole flow collection in memory, some 200 bytes a token). Adds the first fault found.
// Pure.
bool CheckText(std::string_view text, Faults& faults);

// The bytes of a regular file, never more than 2 MiB of it. The error has no place: it is about the
// file.
std::expected<std::string, std::string> ReadConfigFile(const std::string& path);

}  // namespace pgfleet::config
