#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pgfleet::config {

// The candidate nearest to a mistyped word, by edits (insert, delete, replace, swap of neighbours)
// that ignore case;
// "" when none is near enough to be what was meant. Pure.
std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates);

// " (did you mean 'host'?)", or "".
std::string DidYouMean(std::string_view word, std::span<const std::string_view> candidates);

// Text from a file or a command line, made fit for a message: bytes that are not printable ASCII
// become '?', and what is longer than 64 bytes is cut.
std::string Printable(std::string_view text);

}  // namespace pgfleet::config
