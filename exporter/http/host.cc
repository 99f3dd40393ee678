#include "http/host.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>

namespace pgfleet::http {
namespace {

constexpr unsigned kLoopbackNet = 127;

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// One part of a name between two dots.
bool IsPart(std::string_view part) {
  constexpr std::size_t kLongest = 63;
  return !part.empty() && part.size() <= kLongest && part.front() != '-' && part.back() != '-' &&
         std::ranges::all_of(part,
                             [](char c) { return IsAlphanumeric(c) || c == '-' || c == '_'; });
}

bool IsHostName(std::string_view name) {
  constexpr std::size_t kLongest = 253;
  if (name.size() > kLongest) return false;
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
    if (!IsPart(name.substr(0, dot))) return false;
    name.remove_prefix(dot + 1);
  }
  return IsPart(name);
}

// inet_pton, for a text that may hold anything.
template <typename Address>
std::optional<Address> Parse(int family, std::string_view text) {
  Address address{};
  if (text.contains('\0') || inet_pton(family, std::string(text).c_str(), &address) != 1)
    return std::nullopt;
  return address;
}

bool IsPort(std::string_view text) {
  constexpr std::size_t kMostDigits = 5;
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return text.size() <= kMostDigits && error == std::errc{} && end == text.data() + text.size() &&
         port >= 1 && port <= 65535;
}

// The length of the host that stands before an optional port.
std::size_t HostLength(std::string_view text) {
  const std::size_t end = text.starts_with('[') ? text.find(']') : text.find(':');
  if (end == std::string_view::npos) return text.size();
  return text.starts_with('[') ? end + 1 : end;
}

}  // namespace

std::optional<std::string_view> HostOf(std::string_view text) {
  const std::string_view host = text.substr(0, HostLength(text));
  const std::string_view rest = text.substr(host.size());
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  const bool fits = bracketed
                        ? Parse<in6_addr>(AF_INET6, host.substr(1, host.size() - 2)).has_value()
                        : IsHostName(host);
  if (!fits || (!rest.empty() && (rest.front() != ':' || !IsPort(rest.substr(1)))))
    return std::nullopt;
  return host;
}

bool IsLoopbackAddress(std::string_view address) {
  if (const auto v4 = Parse<in_addr>(AF_INET, address))
    return ntohl(v4->s_addr) >> 24 == kLoopbackNet;
  const auto v6 = Parse<in6_addr>(AF_INET6, address);
  if (!v6) return false;
  constexpr std::size_t kMapped = 12;  // where the IPv4 address begins
  return IN6_IS_ADDR_LOOPBACK(&*v6) ||
         (IN6_IS_ADDR_V4MAPPED(&*v6) && v6->s6_addr[kMapped] == kLoopbackNet);
}

}  // namespace pgfleet::http
