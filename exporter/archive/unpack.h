#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "archive/file_name.h"

namespace pgfleet::archive {

// The text of a small packed file, at most `most` bytes; absent when it is damaged or longer, or
// packed by something other than gzip.
std::optional<std::string> Unpack(std::string_view packed, Packing packing, std::size_t most);

}  // namespace pgfleet::archive
