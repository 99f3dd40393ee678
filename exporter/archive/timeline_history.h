#pragma once

#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

#include "model/lsn.h"

namespace pgfleet::archive {

// A timeline that another one came from, and where it was left.
struct Ancestor {
  std::uint32_t timeline = 0;
  model::Lsn end;
};

// The ancestors of `timeline`, oldest first, as its history file tells them. What the server
// refuses is an error, which says what is wrong. (PostgreSQL: readTimeLineHistory)
std::expected<std::vector<Ancestor>, std::string_view> ParseTimelineHistory(std::string_view text,
                                                                            std::uint32_t timeline);

}  // namespace pgfleet::archive
