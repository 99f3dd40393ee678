#include "http/sockets.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>

namespace pgfleet::http {
namespace {

std::optional<int> Number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The local port of a TCP socket; absent for any other descriptor.
std::optional<int> LocalPort(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return std::nullopt;
  if (address.ss_family == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
  if (address.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
  return std::nullopt;
}

// A client's own end may live in this process too (tests); it has another local port.
std::vector<int> OpenDescriptors() {
  std::vector<int> found;
  std::error_code error;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    if (const auto descriptor = Number(entry->path().filename().native()))
      found.push_back(*descriptor);
  return found;
}

}  // namespace

std::expected<std::string, std::string> ListeningPort(const std::string& address, bool ipv6) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos)
    return std::unexpected("'" + address + "' has no port; write it as host:port or :port");
  const std::string host = address.substr(0, colon);
  const auto port = Number(std::string_view(address).substr(colon + 1));
  if (!port || *port < 0 || *port > 65535)
    return std::unexpected("'" + address + "' has no port between 0 and 65535");
  const bool bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  const auto odd = [](char c) { return c == ',' || c == ' ' || c == '+' || c == '[' || c == ']'; };
  if (!bracketed && (host.contains(':') || std::ranges::any_of(host, odd)))
    return std::unexpected("'" + address + "' is no address; an IPv6 one is written as [::1]:port");
  if (bracketed && !ipv6) return std::unexpected("'" + address + "' needs IPv6");
  const std::string number = std::to_string(*port);
  if (!host.empty()) return host + ":" + number;
  return ipv6 ? "+" + number : number;
}

bool MachineHasIpv6() {
  const int descriptor = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  close(descriptor);
  return true;
}

void ShutDownSockets(const std::vector<int>& ports, Direction direction) {
  for (const int descriptor : OpenDescriptors()) {
    const auto port = LocalPort(descriptor);
    if (port && std::ranges::find(ports, *port) != ports.end())
      shutdown(descriptor, direction == Direction::kRead ? SHUT_RD : SHUT_RDWR);
  }
}

}  // namespace pgfleet::http
