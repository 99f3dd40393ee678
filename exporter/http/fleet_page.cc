#include "http/landing.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "collectors/freshness.h"
#include "fleet/advice.h"
#include "http/html.h"

namespace pgfleet::http {
namespace {

bool Fresh(const model::NodeSnapshot& node, std::string_view collector, model::Monotonic now) {
  return collectors::IsFresh(node, collector, now);
}

std::string Role(const model::NodeSnapshot& node, model::Monotonic now) {
  if (!node.facts.pulse || !Fresh(node, "pulse", now)) return "";
  return node.facts.pulse->in_recovery ? "standby" : "primary";
}

std::string Timeline(const model::NodeSnapshot& node, model::Monotonic now) {
  if (!node.facts.pulse || !node.facts.pulse->timeline || !Fresh(node, "pulse", now)) return "";
  return std::to_string(*node.facts.pulse->timeline);
}

std::string Version(const model::NodeSnapshot& node, model::Monotonic now) {
  if (!node.facts.identity || !Fresh(node, "identity", now)) return "";
  return EscapeHtml(node.facts.identity->version);
}

std::string State(const model::NodeSnapshot& node) {
  if (!node.tried) return "not tried yet";
  if (node.up) return "<span class=\"up\">up</span>";
  const auto reason = node.down_reason.value_or(model::DownReason::kOther);
  return fmt::format("<span class=\"down\">down: {}</span><br>{}", model::Name(reason),
                     EscapeHtml(fleet::AdviceFor(reason)));
}

std::string Age(const model::NodeSnapshot& node, model::Monotonic now) {
  const auto& pulse = node.lanes[static_cast<std::size_t>(model::Lane::kPulse)].last_success;
  if (!pulse) return "never";
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - pulse->monotonic);
  return fmt::format("{} s ago", std::max<std::int64_t>(age.count(), 0));
}

void AppendCluster(std::string& page, const model::ClusterSnapshot& cluster, model::Monotonic now) {
  auto end = std::back_inserter(page);
  for (const model::NodeSnapshot& node : cluster.nodes)
    fmt::format_to(end,
                   "<tr><td><a href=\"/probe?cluster={}\">{}</a></td><td>{}</td><td>{}</td>"
                   "<td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                   EncodeParameter(cluster.name), EscapeHtml(cluster.name),
                   EscapeHtml(node.declared.name), State(node), Role(node, now),
                   Timeline(node, now), Version(node, now), Age(node, now));
}

}  // namespace

std::string RenderLanding(std::span<const model::SnapshotPtr> clusters, model::Monotonic now,
                          const exposition::BuildInfo& build, std::string_view telemetry_path) {
  std::string body = fmt::format(
      "<h1>pgfleet</h1>\n"
      "<p>Version {}. <a href=\"{}\">Metrics</a>, <a href=\"/-/healthy\">health</a>, "
      "<a href=\"/-/ready\">readiness</a>, <a href=\"/drift\">drift</a> (from this machine).</p>\n"
      "<table>\n<thead><tr><th scope=\"col\">Cluster</th><th scope=\"col\">Node</th>"
      "<th scope=\"col\">State</th><th scope=\"col\">Role</th><th scope=\"col\">Timeline</th>"
      "<th scope=\"col\">PostgreSQL</th><th scope=\"col\">Last pulse</th></tr></thead>\n<tbody>\n",
      EscapeHtml(build.version), EscapeHtml(telemetry_path));
  for (const model::SnapshotPtr& cluster : clusters)
    if (cluster) AppendCluster(body, *cluster, now);
  body += "</tbody>\n</table>\n";
  return HtmlDocument("pgfleet", body);
}

}  // namespace pgfleet::http
