#include "http/routes.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <expected>

#include "exposition/page.h"
#include "exposition/page_cache.h"
#include "http/discovery.h"
#include "http/landing.h"
#include "http/query.h"

namespace pgfleet::http {
namespace {

constexpr std::string_view kProbePath = "/probe";
constexpr std::string_view kDiscoveryPath = "/sd";
constexpr std::string_view kHealthyPath = "/-/healthy";
constexpr std::string_view kReadyPath = "/-/ready";
constexpr std::string_view kLandingPath = "/";
constexpr std::array kOtherPaths = {kProbePath, kDiscoveryPath, kHealthyPath, kReadyPath,
                                    kLandingPath};

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

// The one parameter of /probe; the error is the refusal. A host or DSN is never taken from a
// request: the exporter would carry its credentials wherever a client points it.
std::expected<std::string, Response> ClusterParameter(const Request& request) {
  const auto parameters = ParseQuery(request.query);
  if (!parameters) return std::unexpected(Say(400, "the query is not well encoded"));
  std::string cluster;
  for (const auto& [name, value] : *parameters) {
    if (name != "cluster")
      return std::unexpected(
          Say(400, "unknown parameter; only declared clusters can be probed: /probe?cluster=name"));
    if (!cluster.empty())
      return std::unexpected(Say(400, "one cluster at a time: /probe?cluster=name"));
    cluster = value;
  }
  if (cluster.empty())
    return std::unexpected(Say(400, "name a cluster of the configuration: /probe?cluster=name"));
  return cluster;
}

Response Probe(const Request& request, const fleet::SnapshotSource& source) {
  const auto name = ClusterParameter(request);
  if (!name) return name.error();
  const auto clusters = source.Snapshots();
  const auto found = std::ranges::find_if(clusters, [&](const model::SnapshotPtr& cluster) {
    return cluster && cluster->name == *name;
  });
  if (found == clusters.end())
    return Say(404, "no cluster of this name is declared in the configuration");
  exposition::PageCache once;
  return MetricsPage(request, [&](bool gzip) {
    return once.Get({*found}, std::chrono::steady_clock::now(), nullptr, gzip);
  });
}

Response Landing(const fleet::SnapshotSource& source, const exposition::SelfMetrics& self,
                 const std::string& telemetry_path) {
  return {.content_type = "text/html; charset=utf-8",
          .body = RenderLanding(source.Snapshots(), std::chrono::steady_clock::now(), self.build(),
                                telemetry_path),
          .headers = {{"Content-Security-Policy", std::string(kLandingPolicy)},
                      {"Referrer-Policy", "no-referrer"}}};
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
