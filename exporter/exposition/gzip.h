#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pgfleet::exposition {

// The text as one gzip member, packed fast rather than small (libdeflate level 1). Absent when
// there is no memory for it; the caller then sends the text as it is. Any thread.
std::optional<std::string> Gzip(std::string_view text);

}  // namespace pgfleet::exposition
