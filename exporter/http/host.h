#pragma once

#include <optional>
#include <string_view>

namespace pgfleet::http {

// The host of a `host` or `host:port` that a client can be sent to: a name or IPv4 address of
// letters, digits, hyphens, underscores and dots, or an IPv6 address in brackets, which stay; port
// 1 to 65535. Absent: it is none. Pure.
std::optional<std::string_view> HostOf(std::string_view text);

// Whether a numeric address is of this very machine: 127.0.0.0/8, also as IPv6 has it, or ::1. A
// name is none. Pure.
bool IsLoopbackAddress(std::string_view address);

}  // namespace pgfleet::http
