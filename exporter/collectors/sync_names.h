#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pgfleet::collectors {

// How many standbys must confirm a commit by this value of synchronous_standby_names: 0 for an
// empty one, 1 for a bare list (`a, b`, `*`), n for `n (list)`, `FIRST n (list)`, `ANY n (list)`.
// Keywords in any case; names may be quoted. Absent for what is none of these (source: the server's
// grammar of the setting). Whose names they are does not matter here and is not kept.
std::optional<std::int64_t> RequiredStandbys(std::string_view names);

}  // namespace pgfleet::collectors
