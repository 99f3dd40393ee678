#include "http/cluster_parameter.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/query.h"

namespace pgfleet::http {
namespace {

std::unexpected<Response> Refuse(const Request& request, std::string_view reason) {
  return std::unexpected(Say(400, fmt::format("{}: {}?cluster=name", reason, request.path)));
}

}  // namespace

std::expected<std::optional<std::string>, Response> ClusterParameter(const Request& request) {
  const auto parameters = ParseQuery(request.query);
  if (!parameters) return std::unexpected(Say(400, "the query is not well encoded"));
  std::optional<std::string> cluster;
  for (const auto& [name, value] : *parameters) {
    if (name != "cluster")
      return Refuse(request, "unknown parameter; only declared clusters can be asked for");
    if (cluster) return Refuse(request, "one cluster at a time");
    if (value.empty()) return Refuse(request, "name a cluster of the configuration");
    cluster = value;
  }
  return cluster;
}

std::expected<model::SnapshotPtr, Response> FindCluster(
    std::span<const model::SnapshotPtr> clusters, std::string_view name) {
  const auto found = std::ranges::find_if(clusters, [&](const model::SnapshotPtr& cluster) {
    return cluster && cluster->name == name;
  });
  if (found == clusters.end())
    return std::unexpected(Say(404, "no cluster of this name is declared in the configuration"));
  return *found;
}

}  // namespace pgfleet::http
