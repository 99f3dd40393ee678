#include "http/local_only.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "http/host.h"

namespace pgfleet::http {
namespace {

constexpr std::string_view kRefusal =
    "this page shows values of settings and answers clients on the exporter's own machine only, "
    "under the name localhost and not through a proxy. From elsewhere: ssh -L "
    "10187:localhost:10187 that-machine, with the port that the exporter listens on, then "
    "http://localhost:10187/drift";

// What proxies add to a request that they pass on.
constexpr std::array<std::string_view, 10> kOfProxies = {
    "Forwarded", "Via",         "X-Forwarded",       "X-Forwarded-For",  "X-Forwarded-Host",
    "X-Real-IP", "X-Client-IP", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server"};

bool IsLocalhost(std::string_view host) {
  constexpr std::string_view kName = "localhost";
  return std::ranges::equal(host, kName,
                            [](char a, char b) { return a == b || a == b - 'a' + 'A'; });
}

bool NamesThisMachine(std::string_view host_header) {
  const auto host = HostOf(host_header);
  if (!host) return false;
  if (host->starts_with('[')) return IsLoopbackAddress(host->substr(1, host->size() - 2));
  return IsLocalhost(*host) || IsLoopbackAddress(*host);
}

}  // namespace

std::optional<Response> RefuseUnlessLocal(const Request& request) {
  const bool passed_on = std::ranges::any_of(
      kOfProxies, [&](std::string_view name) { return request.Count(name) > 0; });
  const bool local = IsLoopbackAddress(request.client) && request.Count("Host") == 1 &&
                     NamesThisMachine(request.Header("Host"));
  if (local && !passed_on) return std::nullopt;
  return Say(403, kRefusal);
}

Handler LocalOnly(Handler handler) {
  return [handler = std::move(handler)](const Request& request) {
    auto refusal = RefuseUnlessLocal(request);
    return refusal ? *std::move(refusal) : handler(request);
  };
}

}  // namespace pgfleet::http
