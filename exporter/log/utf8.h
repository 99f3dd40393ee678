#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pgfleet::log {

struct Character {
  std::uint32_t code = 0;
  std::size_t length = 0;  // in bytes; 0: the first byte is not UTF-8
};

// The first character. Requires a text that is not empty.
Character Decode(std::string_view text);

// Controls, line separators and what changes the direction of writing: not to be shown as it is.
bool IsUnfit(std::uint32_t code);

// The text up to `longest` bytes, cut between two characters as far as it is UTF-8.
std::string_view Cut(std::string_view text, std::size_t longest);

}  // namespace pgfleet::log
