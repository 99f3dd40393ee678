#include "exposition/page.h"

#include "analysis/analysis.h"
#include "collectors/catalog.h"
#include "collectors/freshness.h"
#include "exposition/families.h"
#include "exposition/knowledge.h"
#include "metric/metric_writer.h"

namespace pgfleet::exposition {
namespace {

using metric::MetricWriter;

void WriteNode(const model::ClusterSnapshot& cluster, std::size_t index, model::Monotonic now,
               MetricWriter& out) {
  static const model::NodeAnalysis kNothing;
  const model::NodeSnapshot& node = cluster.nodes[index];
  if (!node.tried) return;
  out.EnterNode(cluster.name, node.declared.name);
  WriteKnowledge(node, out);
  const model::NodeAnalysis& found =
      index < cluster.analysis.size() ? cluster.analysis[index] : kNothing;
  const collectors::NodeView view{cluster, node, found, now};
  const auto catalog = collectors::Catalog();
  for (std::size_t i = 0; i < catalog.size(); ++i)
    if (catalog[i]->write != nullptr && collectors::IsFresh(node, i, now))
      catalog[i]->write(view, out);
}

void WriteCluster(const model::ClusterSnapshot& cluster, model::Monotonic now, MetricWriter& out) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) WriteNode(cluster, i, now, out);
  for (const analysis::Analysis* subject : analysis::Catalog()) {
    if (subject->write == nullptr) continue;
    out.EnterCluster(cluster.name);
    subject->write(cluster, now, out);
  }
}

std::string Assemble(const MetricWriter& lines) {
  const auto families = AllFamilies();
  std::size_t size = 0;
  for (std::size_t i = 0; i < families.size(); ++i) size += lines.Lines(i).size() + 200;
  std::string page;
  page.reserve(size);
  for (std::size_t i = 0; i < families.size(); ++i) {
    if (lines.Lines(i).empty()) continue;
    AppendHeader(page, *families[i]);
    page += lines.Lines(i);
  }
  return page;
}

// Backslash and newline are the only bytes that this format escapes in a help text.
void AppendHelp(std::string& out, std::string_view help) {
  for (const char c : help) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

}  // namespace

void AppendHeader(std::string& out, const metric::MetricDesc& desc) {
  out.append("# HELP ").append(desc.name).append(" ");
  AppendHelp(out, desc.help);
  out.append("\n# TYPE ").append(desc.name);
  out += desc.kind == metric::Kind::kCounter ? " counter\n" : " gauge\n";
}

std::string RenderText(std::span<const model::SnapshotPtr> clusters, model::Monotonic now,
                       const SelfMetrics* self) {
  MetricWriter out(AllFamilies());
  for (const model::SnapshotPtr& cluster : clusters)
    if (cluster) WriteCluster(*cluster, now, out);
  if (self != nullptr) self->Write(out);
  return Assemble(out);
}

}  // namespace pgfleet::exposition
