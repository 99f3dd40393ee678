#include "http/routes.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <expected>

#include "exposition/page.h"
#include "exposition/page_cache.h"
#include "http/cluster_page.h"
#include "http/cluster_parameter.h"
#include "http/config_page.h"
#include "http/discovery.h"
#include "http/drift_json.h"
#include "http/drift_page.h"
#include "http/fleet_page.h"
#include "http/html.h"
#include "http/local_only.h"
#include "http/node_page.h"
#include "http/query.h"

namespace pgfleet::http {
namespace {

constexpr std::string_view kProbePath = "/probe";
constexpr std::string_view kDiscoveryPath = "/sd";
constexpr std::string_view kDriftPath = "/drift";
constexpr std::string_view kDriftJsonPath = "/api/v1/drift";
constexpr std::string_view kConfigPath = "/config";
constexpr std::string_view kClusterFolder = "/cluster/";
constexpr std::string_view kNodeFolder = "/node/";
constexpr std::string_view kHealthyPath = "/-/healthy";
constexpr std::string_view kReadyPath = "/-/ready";
constexpr std::string_view kFleetPath = "/";
constexpr std::array kOtherPaths = {kProbePath,  kDiscoveryPath, kDriftPath, kDriftJsonPath,
                                    kConfigPath, kHealthyPath,   kReadyPath, kFleetPath};

// `page(gzip)` gives the page in that form, or null where it cannot.
template <typename Page>
Response MetricsPage(const Request& request, const Page& page) {
  Response response{.content_type = std::string(exposition::kTextContentType),
                    .headers = {{"Vary", "Accept-Encoding"}}};
  if (AcceptsGzip(request.Header("Accept-Encoding"))) {
    if (const auto packed = page(/*gzip=*/true)) {
      response.headers.emplace_back("Content-Encoding", "gzip");
      response.body = *packed;
      return response;
    }
  }
  response.body = *page(/*gzip=*/false);
  return response;
}

Response Probe(const Request& request, const fleet::SnapshotSource& source) {
  const auto name = ClusterParameter(request);
  if (!name) return name.error();
  if (!*name) return Say(400, "name a cluster of the configuration: /probe?cluster=name");
  const auto cluster = FindCluster(source.Snapshots(), **name);
  if (!cluster) return cluster.error();
  exposition::PageCache once;
  return MetricsPage(request, [&](bool gzip) {
    return once.Get({*cluster}, std::chrono::steady_clock::now(), nullptr, gzip);
  });
}

// The cluster that `cluster=` names, or all of them without it.
std::expected<std::vector<model::SnapshotPtr>, Response> Asked(
    const Request& request, const fleet::SnapshotSource& source) {
  const auto name = ClusterParameter(request);
  if (!name) return std::unexpected(name.error());
  if (!*name) return source.Snapshots();
  const auto cluster = FindCluster(source.Snapshots(), **name);
  if (!cluster) return std::unexpected(cluster.error());
  return std::vector{*cluster};
}

Response DriftPage(const Request& request, const fleet::SnapshotSource& source) {
  const auto clusters = Asked(request, source);
  if (!clusters) return clusters.error();
  return HtmlResponse(RenderDriftPage(*clusters, std::chrono::steady_clock::now()));
}

Response DriftJson(const Request& request, const fleet::SnapshotSource& source) {
  const auto clusters = Asked(request, source);
  if (!clusters) return clusters.error();
  return {.content_type = "application/json",
          .body = RenderDriftJson(*clusters, std::chrono::steady_clock::now()),
          .headers = {}};
}

Response FleetPage(const fleet::SnapshotSource& source, const exposition::SelfMetrics& self,
                   const std::string& telemetry_path) {
  return HtmlResponse(RenderFleet(source.Snapshots(), std::chrono::steady_clock::now(),
                                  self.build(), telemetry_path));
}

Response ConfigPage(const Request&, const fleet::SnapshotSource& source) {
  return HtmlResponse(RenderConfig(source.Snapshots()));
}

// /cluster/<name>
Response ClusterPage(const Request& request, const fleet::SnapshotSource& source) {
  const auto cluster =
      FindCluster(source.Snapshots(), std::string_view(request.path).substr(kClusterFolder.size()));
  if (!cluster) return cluster.error();
  return HtmlResponse(RenderCluster(**cluster, std::chrono::steady_clock::now()));
}

// /node/<cluster>/<name>
Response NodePage(const Request& request, const fleet::SnapshotSource& source) {
  const std::string_view rest = std::string_view(request.path).substr(kNodeFolder.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const auto cluster = FindCluster(source.Snapshots(), rest.substr(0, slash));
  if (!cluster) return cluster.error();
  const std::string_view name = rest.substr(std::min(slash + 1, rest.size()));
  const auto& nodes = (*cluster)->nodes;
  const auto node = std::ranges::find_if(
      nodes, [&](const model::NodeSnapshot& each) { return each.declared.name == name; });
  if (node == nodes.end())
    return Say(404, "no node of this name is declared in this cluster: /node/cluster/name");
  return HtmlResponse(RenderNode(**cluster, static_cast<std::size_t>(node - nodes.begin()),
                                 std::chrono::steady_clock::now()));
}

}  // namespace

bool IsTelemetryPath(std::string_view path) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/-._~").contains(c);
  };
  return path.starts_with('/') && std::ranges::all_of(path, plain) &&
         std::ranges::find(kOtherPaths, path) == kOtherPaths.end();
}

Router MakeRoutes(const fleet::SnapshotSource& source, const exposition::SelfMetrics& self,
                  const std::string& telemetry_path) {
  Router router;
  router.Add(telemetry_path, [&source, &self, cache = std::make_shared<exposition::PageCache>()](
                                 const Request& request) {
    return MetricsPage(request, [&](bool gzip) {
      return cache->Get(source.Snapshots(), std::chrono::steady_clock::now(), &self, gzip);
    });
  });
  router.Add(std::string(kProbePath),
             [&source](const Request& request) { return Probe(request, source); });
  router.Add(std::string(kDiscoveryPath),
             [&source](const Request& request) { return Discover(request, source.Snapshots()); });
  const auto local = [&source](auto page) {
    return LocalOnly([&source, page](const Request& request) { return page(request, source); });
  };
  router.Add(std::string(kDriftPath), local(DriftPage));
  router.Add(std::string(kDriftJsonPath), local(DriftJson));
  router.Add(std::string(kConfigPath), local(ConfigPage));
  router.AddFolder(std::string(kClusterFolder), local(ClusterPage));
  router.AddFolder(std::string(kNodeFolder), local(NodePage));
  router.Add(std::string(kHealthyPath), [](const Request&) { return Say(200, "healthy"); });
  router.Add(std::string(kReadyPath), [&source](const Request&) {
    return source.Ready() ? Say(200, "ready") : Say(503, "not every node was tried yet");
  });
  router.Add(std::string(kFleetPath), [&source, &self, telemetry_path](const Request&) {
    return FleetPage(source, self, telemetry_path);
  });
  return router;
}

}  // namespace pgfleet::http
