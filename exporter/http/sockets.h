#pragma once

#include <expected>
#include <string>
#include <vector>

namespace pgfleet::http {

// Checks `[host]:port` and turns it into CivetWeb's words; `ipv6`: the library and the machine have
// it. The error says what is wrong with the address.
std::expected<std::string, std::string> ListeningPort(const std::string& address, bool ipv6);

// Whether the kernel has IPv6 at all.
bool MachineHasIpv6();

// Wakes every thread of ours that waits for one of these ports or for a client connected to it:
// ends reading, or reading and writing, on all their sockets.
enum class Direction : unsigned char { kRead, kBoth };
void ShutDownSockets(const std::vector<int>& ports, Direction direction);

}  // namespace pgfleet::http
