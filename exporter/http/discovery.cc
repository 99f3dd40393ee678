#include "http/discovery.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>

#include "log/escape.h"

namespace pgfleet::http {
namespace {

constexpr std::string_view kHostHeader = "Host";

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

bool IsIpv6(std::string_view address) {
  in6_addr scratch{};
  return !address.contains('\0') &&
         inet_pton(AF_INET6, std::string(address).c_str(), &scratch) == 1;
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

bool IsTarget(std::string_view text) {
  const std::string_view host = text.substr(0, HostLength(text));
  const std::string_view rest = text.substr(host.size());
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  const bool fits = bracketed ? IsIpv6(host.substr(1, host.size() - 2)) : IsHostName(host);
  return fits && (rest.empty() || (rest.front() == ':' && IsPort(rest.substr(1))));
}

std::string RenderTargets(std::span<const model::SnapshotPtr> clusters, std::string_view target) {
  std::string json = "[";
  for (const model::SnapshotPtr& cluster : clusters) {
    if (!cluster) continue;
    json += fmt::format(R"({}{{"targets":["{}"],"labels":{{"__metrics_path__":"/probe")",
                        json.size() > 1 ? ",\n " : "", target);
    log::AppendJson(json, "__param_cluster", cluster->name);
    log::AppendJson(json, "__meta_pgfleet_nodes", std::to_string(cluster->nodes.size()));
    json += "}}";
  }
  return json + "]\n";
}

Response Discover(const Request& request, std::span<const model::SnapshotPtr> clusters) {
  const std::string_view target = request.Header(kHostHeader);
  if (request.Count(kHostHeader) > 1 || !IsTarget(target))
    return Say(400,
               "the targets are named as the request's Host header names this exporter, and that "
               "is no host:port (an IPv6 address stands in brackets)");
  // A configuration has a cluster. With this status Prometheus keeps the targets that it has.
  if (clusters.empty()) return Say(503, "no cluster is watched yet");
  return {
      .content_type = "application/json", .body = RenderTargets(clusters, target), .headers = {}};
}

}  // namespace pgfleet::http
