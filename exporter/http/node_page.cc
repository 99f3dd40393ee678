#include "http/node_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "collectors/catalog.h"
#include "fleet/advice.h"
#include "http/drift_view.h"
#include "http/html.h"
#include "http/node_cells.h"
#include "http/remarks.h"
#include "http/table.h"
#include "http/words.h"

namespace pgfleet::http {
namespace {

using model::ClusterSnapshot;
using model::PollTrace;
using model::TraceStep;

std::string Addresses(const model::DeclaredNode& declared) {
  std::string all;
  for (const std::string& address : declared.addresses)
    all += (all.empty() ? "" : ", ") + EscapeHtml(address);
  if (all.empty()) return "libpq's default";
  return declared.port.empty() ? all : fmt::format("{}, port {}", all, EscapeHtml(declared.port));
}

std::string UpstreamOf(const ClusterSnapshot& cluster, std::size_t i) {
  const auto& found = cluster.analysis[i];
  if (found.upstream_is_external) return "a server that is not declared";
  if (!found.upstream) return "";
  const std::string& name = cluster.nodes[*found.upstream].declared.name;
  return fmt::format("<a href=\"{}\">{}</a>", NodePath(cluster.name, name), EscapeHtml(name));
}

void AddFacts(std::string& page, const ClusterSnapshot& cluster, std::size_t i,
              const std::vector<Remark>& remarks, model::Monotonic now) {
  const auto& node = cluster.nodes[i];
  FactTable table(page);
  table.Row("State", StateOf(cluster, i, remarks));
  table.Row("Address", Addresses(node.declared));
  table.Row("PostgreSQL", VersionOf(node, now));
  table.Row("Role", RoleOf(node, now));
  table.Row("Timeline", TimelineOf(node, now));
  table.Row("Receives from", UpstreamOf(cluster, i));
  table.Row("Lag", LagOf(cluster, i, now));
  table.Row("Archiver", ArchiverOf(cluster, i, now));
  table.Row("Behind a pooler", node.pooled ? "yes: nothing is prepared, nothing is set" : "");
  table.Row("Last pulse", PulseAge(node, now));
}

void AddFailing(std::string& page, const model::NodeSnapshot& node) {
  page += "<h2>Collectors without an answer</h2>\n";
  const auto& catalog = collectors::Catalog();
  std::vector<std::array<std::string, 4>> rows;
  for (std::size_t k = 0; k < node.collectors.size(); ++k) {
    const auto& status = node.collectors[k];
    if (!IsFailing(status)) continue;
    rows.push_back({std::string(catalog[k]->name), std::string(model::Name(*status.failure)),
                    EscapeHtml(fleet::AdviceFor(*status.failure)),
                    EscapeHtml(catalog[k]->privilege)});
  }
  if (rows.empty()) {
    page += "<p>None.</p>\n";
    return;
  }
  Table table(page, {"Collector", "Why", "What to do", "What it needs"});
  for (const auto& row : rows) table.Row(row);
}

// Where in the poll a step lies.
std::string Bar(double from, double length, double all) {
  if (all <= 0) return "";
  return fmt::format(
      "<svg class=\"bar\" viewBox=\"0 0 100 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
      "<rect x=\"{:.2f}\" width=\"{:.2f}\" height=\"1\"/></svg>",
      100 * from / all, std::max(100 * length / all, 0.5));
}

std::string Failure(const TraceStep& step) {
  if (!step.failure) return "";
  const auto& failure = *step.failure;
  return fmt::format("<span class=\"down\">{}{}{}</span> {}<br>{}", failure.reason,
                     failure.sqlstate.empty() ? "" : ", SQLSTATE ", EscapeHtml(failure.sqlstate),
                     Show(failure.message), EscapeHtml(failure.advice));
}

void AddSteps(std::string& page, const PollTrace& poll) {
  const double all = model::Seconds(poll.duration());
  double from = 0;
  Table table(page, {"Step", "Took", "When", "Rows", "Bytes", "Failure"});
  for (const TraceStep& step : poll.steps) {
    const double took = model::Seconds(step.duration);
    const bool answered = step.is_statement && !step.failure;
    table.Row(std::array{fmt::format("{}{}", step.name, step.is_fallback ? " (fallback)" : ""),
                         step.duration == model::Duration{} ? "no answer came" : SecondsText(took),
                         Bar(from, took, all), answered ? std::to_string(step.rows) : "",
                         answered ? BytesText(static_cast<double>(step.bytes)) : "",
                         Failure(step)});
    from += took;
  }
}

void AddPoll(std::string& page, const PollTrace& poll, bool open) {
  Append(page, "<details{}>\n<summary>{} {}{}{}, {} in {} step{}{}</summary>\n",
         open ? " open" : "", UtcText(poll.began), model::Name(poll.lane),
         poll.database.empty() ? "" : " of database ", EscapeHtml(poll.database),
         SecondsText(model::Seconds(poll.duration())), poll.steps.size(),
         poll.steps.size() == 1 ? "" : "s",
         poll.failed() ? ": <span class=\"down\">failed</span>" : "");
  if (!poll.address.empty()) Append(page, "<p>at {}</p>\n", EscapeHtml(poll.address));
  AddSteps(page, poll);
  page += "</details>\n";
}

void AddTrace(std::string& page, const model::NodeSnapshot& node) {
  page +=
      "<h2>Last polls</h2>\n<p class=\"soft\">Newest first, by the exporter's clock. Of each lane "
      "the last ones that went well and the last ones that failed.</p>\n";
  const auto polls = node.trace ? node.trace->Polls() : std::vector<model::TraceBook::Poll>{};
  if (polls.empty()) page += "<p>None has ended yet.</p>\n";
  bool first_failure = true;
  for (const auto& poll : polls) {
    const bool open = poll == polls.front() || (poll->failed() && first_failure);
    first_failure = first_failure && !poll->failed();
    AddPoll(page, *poll, open);
  }
}

}  // namespace

std::string RenderNode(const ClusterSnapshot& cluster, std::size_t i, model::Monotonic now) {
  const auto& node = cluster.nodes[i];
  const std::string name = EscapeHtml(node.declared.name);
  std::string body = fmt::format("<h1>Node {}</h1>\n<p>of cluster <a href=\"{}\">{}</a></p>\n",
                                 name, ClusterPath(cluster.name), EscapeHtml(cluster.name));
  AddFacts(body, cluster, i, RemarksOn(cluster, now), now);
  AddFailing(body, node);
  AddTrace(body, node);
  return HtmlDocument("pgfleet: " + name, body);
}

}  // namespace pgfleet::http
