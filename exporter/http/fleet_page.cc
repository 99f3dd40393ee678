#include "http/fleet_page.h"

#include <fmt/format.h>

#include <vector>

#include "http/html.h"
#include "http/node_cells.h"
#include "http/remarks.h"

namespace pgfleet::http {
namespace {

struct Judged {
  const model::ClusterSnapshot* cluster;
  std::vector<Remark> remarks;
};

std::string Count(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

void AddVerdict(std::string& page, const std::vector<Judged>& clusters) {
  std::size_t nodes = 0, up = 0, broken = 0, noticed = 0;
  for (const auto& [cluster, remarks] : clusters) {
    nodes += cluster->nodes.size();
    for (const auto& node : cluster->nodes) up += node.up ? 1 : 0;
    const std::string_view worst = ClassOf(remarks);
    broken += worst == "down" ? 1 : 0;
    noticed += worst == "notice" ? 1 : 0;
  }
  const std::string_view worst = broken > 0 ? "down" : noticed > 0 || nodes == 0 ? "notice" : "up";
  std::string text = fmt::format("{} of {} answer.", up, Count(nodes, "node"));
  if (broken > 0)
    text +=
        fmt::format(" Something is broken in {} of {}.", broken, Count(clusters.size(), "cluster"));
  else if (noticed > 0)
    text += fmt::format(" Something is worth a look in {} of {}.", noticed,
                        Count(clusters.size(), "cluster"));
  else
    text += nodes > 0 ? " Nothing is known to be wrong." : " Nothing is watched yet.";
  Append(page, "<p class=\"verdict {}\">{}</p>\n", worst, text);
}

void AddCluster(std::string& page, const Judged& judged, model::Monotonic now) {
  const auto& [cluster, remarks] = judged;
  Append(page, "<h2><a href=\"{}\">{}</a></h2>\n", ClusterPath(cluster->name),
         EscapeHtml(cluster->name));
  AddRemarks(page, remarks);
  AddNodes(page, *cluster, remarks, now);
}

}  // namespace

std::string RenderFleet(std::span<const model::SnapshotPtr> clusters, model::Monotonic now,
                        const exposition::BuildInfo& build, std::string_view telemetry_path) {
  std::vector<Judged> judged;
  for (const model::SnapshotPtr& cluster : clusters)
    if (cluster) judged.push_back({cluster.get(), RemarksOn(*cluster, now)});
  std::string body = "<h1>pgfleet</h1>\n";
  AddVerdict(body, judged);
  for (const Judged& each : judged) AddCluster(body, each, now);
  Append(body,
         "<p class=\"soft\">pgfleet_exporter {}. <a href=\"{}\">Metrics</a>, "
         "<a href=\"/sd\">targets</a>, <a href=\"/-/healthy\">health</a>, "
         "<a href=\"/-/ready\">readiness</a>. The pages of clusters and nodes, drift and "
         "configuration answer on this machine only.</p>\n",
         EscapeHtml(build.version), EscapeHtml(telemetry_path));
  return HtmlDocument("pgfleet", body);
}

}  // namespace pgfleet::http
