#include "http/cluster_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "collectors/freshness.h"
#include "http/html.h"
#include "http/node_cells.h"
#include "http/remarks.h"
#include "http/table.h"
#include "http/topology.h"
#include "http/words.h"
#include "model/archive_report.h"

namespace pgfleet::http {
namespace {

using model::ClusterSnapshot;

constexpr std::size_t kMostSlots = 500;

void AddFailover(std::string& page, const ClusterSnapshot& cluster) {
  const auto& last = cluster.findings.last_failover;
  if (!last) return;
  page += "<h2>Last failover</h2>\n";
  FactTable table(page);
  table.Row("When", UtcText(last->at));
  table.Row("From", EscapeHtml(last->from));
  table.Row("To", EscapeHtml(last->to));
  table.Row("New timeline", std::to_string(last->timeline));
  table.Row("WAL that was lost", OrNothing(last->lost_bytes, BytesText));
  table.Row("Seen since the cluster is watched", std::to_string(cluster.findings.failovers));
}

std::string Kept(const model::SlotFacts& slots, const model::Slot& slot) {
  if (!slots.reference || !slot.restart || *slot.restart > *slots.reference) return "";
  return BytesText(static_cast<double>(slots.reference->value - slot.restart->value));
}

std::string SlotState(const model::Slot& slot) {
  if (slot.invalid)
    return fmt::format("<span class=\"down\">lost {}</span>", EscapeHtml(slot.invalid_reason));
  return slot.active ? "<span class=\"up\">active</span>"
                     : "<span class=\"notice\">not in use</span>";
}

void AddSlots(std::string& page, const ClusterSnapshot& cluster, model::Monotonic now) {
  page += "<h2>Replication slots</h2>\n";
  Table table(page, {"Node", "Slot", "Kind", "State", "WAL kept", "Time until it is lost"});
  std::size_t left = kMostSlots;
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    const auto& node = cluster.nodes[i];
    const auto& slots = node.facts.slots;
    if (!slots || !collectors::IsFresh(node, "slots", now)) continue;
    for (std::size_t k = 0; k < slots->slots.size() && left > 0; ++k, --left) {
      const auto& slot = slots->slots[k];
      const auto& findings = cluster.analysis[i].slots;
      const auto found = std::ranges::find(findings, slot.name, &model::SlotFinding::slot);
      table.Row(
          std::array{EscapeHtml(node.declared.name), EscapeHtml(slot.name), EscapeHtml(slot.kind),
                     SlotState(slot), Kept(*slots, slot),
                     found == findings.end() ? "" : OrNothing(found->time_to_loss, SecondsText)});
    }
  }
}

std::string Since1970(double seconds) {
  return UtcText(model::Wall(
      std::chrono::duration_cast<model::Wall::duration>(std::chrono::duration<double>(seconds))));
}

void AddArchive(std::string& page, const ClusterSnapshot& cluster, model::Monotonic now) {
  page += "<h2>Archive</h2>\n";
  FactTable table(page);
  const auto& findings = cluster.findings;
  table.Row("Commits that only the primary has, for", OrNothing(findings.rpo_seconds, SecondsText));
  table.Row("Commits that are in no archive, for",
            OrNothing(findings.archive_rpo_seconds, SecondsText));
  const auto* report = cluster.archive.get();
  if (report == nullptr) return table.Row("Directory", "none is declared");
  if (report->failure)
    table.Row("Directory", fmt::format("<span class=\"down\">cannot be read: {}</span>",
                                       model::Name(*report->failure)));
  if (!report->contents || !report->scanned || now - report->scanned->monotonic > report->max_age)
    return;
  const auto& contents = *report->contents;
  table.Row("Read", AgoText(now - report->scanned->monotonic));
  table.Row("Segments", fmt::format("{}, {}", contents.segments,
                                    BytesText(static_cast<double>(contents.bytes))));
  table.Row("Missing segments",
            OrNothing(contents.missing_segments, [](auto count) { return std::to_string(count); }));
  if (contents.windows.empty())
    return table.Row("Can be restored",
                     "<span class=\"down\">nothing: no base backup with its WAL</span>");
  const auto& window = contents.windows.back();
  table.Row("Can be restored",
            fmt::format("from {} until {}", Since1970(window.from),
                        Since1970(findings.archive_until.value_or(window.until))));
}

}  // namespace

std::string RenderCluster(const ClusterSnapshot& cluster, model::Monotonic now) {
  const auto remarks = RemarksOn(cluster, now);
  const std::string name = EscapeHtml(cluster.name);
  const auto up = std::ranges::count_if(cluster.nodes, &model::NodeSnapshot::up);
  std::string body =
      fmt::format("<h1>Cluster {}</h1>\n<p class=\"verdict {}\">{} of {} nodes answer. {}</p>\n",
                  name, ClassOf(remarks), up, cluster.nodes.size(), SentenceOn(remarks));
  AddRemarks(body, remarks);
  Append(body,
         "<p><a href=\"/drift?cluster={0}\">Drift</a>, "
         "<a href=\"/probe?cluster={0}\">metrics</a></p>\n<h2>Who feeds whom</h2>\n",
         EncodeParameter(cluster.name));
  body += DrawTopology(cluster, remarks, now);
  if (cluster.nodes.size() > kMostDrawn)
    Append(body, "<p>and {} more: see the table</p>\n", cluster.nodes.size() - kMostDrawn);
  body += "<h2>Nodes</h2>\n";
  AddNodes(body, cluster, remarks, now);
  AddSlots(body, cluster, now);
  AddArchive(body, cluster, now);
  AddFailover(body, cluster);
  return HtmlDocument("pgfleet: " + name, body);
}

}  // namespace pgfleet::http
