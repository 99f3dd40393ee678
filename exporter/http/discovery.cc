#include "http/discovery.h"

#include <fmt/format.h>

#include <string>

#include "http/host.h"
#include "log/escape.h"

namespace pgfleet::http {
namespace {

constexpr std::string_view kHostHeader = "Host";

}  // namespace

bool IsTarget(std::string_view text) { return HostOf(text).has_value(); }

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
