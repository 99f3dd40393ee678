#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pgfleet::cli {

// The major of a server as people write it: 9.6, 9.6.24, 10, 15.3; 9 stands for 9.6. Absent for
// what is older or no version.
std::optional<int> ParseMajor(std::string_view text);

// What `pgfleet_exporter grants` prints: a file for psql that makes the monitoring role of this
// major (see collectors/grants.h), with what to do by hand as comments. `role` must be IsRoleName.
// Pure.
std::string GrantsText(int major, std::string_view role);

}  // namespace pgfleet::cli
