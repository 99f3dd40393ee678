#pragma once

#include <array>
#include <string_view>

namespace pgfleet::collectors {

// How a role's password is kept; other: something that is neither, such as plain text on 9.6.
inline constexpr std::array<std::string_view, 4> kPasswordMethodNames = {"none", "md5",
                                                                         "scram-sha-256", "other"};

}  // namespace pgfleet::collectors
