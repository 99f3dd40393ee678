#include "http/routes.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <expected>

#include "exposition/page.h"
#include "exposition/page_cache.h"
#include "http/cluster_parameter.h"
#include "http/discovery.h"
#include "http/drift_json.h"
#include "http/drift_page.h"
#include "http/html.h"
#include "http/landing.h"
#include "http/local_only.h"
#include "http/query.h"

namespace pgfleet::http {
namespace {

constexpr std::string_view kProbePath = "/probe";
constexpr std::string_view kDiscoveryPath = "/sd";
constexpr std::string_view kDriftPath = "/drift";
constexpr std::string_view kDriftJsonPath = "/api/v1/drift";
constexpr std::string_view kHealthyPath = "/-/healthy";
constexpr std::string_view kReadyPath = "/-/ready";
constexpr std::string_view kLandingPath = "/";
constexpr std::array kOtherPaths = {kProbePath,   kDiscoveryPath, kDriftPath,  kDriftJsonPath,
                                    kHealthyPath, kReadyPath,     kLandingPath};

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

Response Landing(const fleet::SnapshotSource& source, const exposition::SelfMetrics& self,
                 const std::string& telemetry_path) {
  return HtmlResponse(RenderLanding(source.Snapshots(), std::chrono::steady_clock::now(),
                                    self.build(), telemetry_path));
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
  router.Add(std::string(kDriftPath),
             LocalOnly([&source](const Request& request) { return DriftPage(request, source); }));
  router.Add(std::string(kDriftJsonPath),
             LocalOnly([&source](const Request& request) { return DriftJson(request, source); }));
  router.Add(std::string(kHealthyPath), [](const Request&) { return Say(200, "healthy"); });
  router.Add(std::string(kReadyPath), [&source](const Request&) {
    return source.Ready() ? Say(200, "ready") : Say(503, "not every node was tried yet");
  });
  router.Add(std::string(kLandingPath), [&source, &self, telemetry_path](const Request&) {
    return Landing(source, self, telemetry_path);
  });
  return router;
}

}  // namespace pgfleet::http
