#include "http/node_cells.h"

#include <fmt/format.h>

#include <array>

#include "analysis/lag.h"
#include "collectors/freshness.h"
#include "fleet/advice.h"
#include "http/html.h"
#include "http/words.h"

namespace pgfleet::http {
namespace {

// The pulse's facts while they may be shown; null otherwise.
const model::PulseFacts* PulseOf(const model::NodeSnapshot& node, model::Monotonic now) {
  return collectors::IsFresh(node, "pulse", now) ? node.facts.pulse.get() : nullptr;
}

std::string Marked(const Remark& remark) {
  return fmt::format("<span class=\"{}\">{}</span>",
                     remark.weight == Weight::kBroken ? "down" : "notice", EscapeHtml(remark.text));
}

}  // namespace

std::string RoleOf(const model::NodeSnapshot& node, model::Monotonic now) {
  const auto* pulse = PulseOf(node, now);
  if (pulse == nullptr) return "";
  return pulse->in_recovery ? "standby" : "primary";
}

std::string TimelineOf(const model::NodeSnapshot& node, model::Monotonic now) {
  const auto* pulse = PulseOf(node, now);
  return pulse != nullptr && pulse->timeline ? std::to_string(*pulse->timeline) : "";
}

std::string VersionOf(const model::NodeSnapshot& node, model::Monotonic now) {
  const auto& identity = node.facts.identity;
  if (!identity || !collectors::IsFresh(node, "identity", now)) return "";
  return EscapeHtml(identity->version);
}

std::string LagOf(const model::ClusterSnapshot& cluster, std::size_t i, model::Monotonic now) {
  const auto& lag = cluster.analysis[i].lag;
  if (!lag.seconds || !analysis::IsKnown(cluster, i, now)) return "";
  if (*lag.seconds == 0) return "none";
  return (lag.lower_bound ? "at least " : "") + SecondsText(*lag.seconds);
}

std::string ArchiverOf(const model::ClusterSnapshot& cluster, std::size_t i, model::Monotonic now) {
  const auto state = KnownArchiverState(cluster, i, now);
  if (!state || *state == model::ArchiverState::kNotApplicable) return "";
  return std::string(model::Name(*state));
}

std::string DriftOf(const model::ClusterSnapshot& cluster, std::size_t i, model::Monotonic now) {
  const auto count = DriftedSettings(cluster, i, now);
  if (!count) return "";
  return *count == 0 ? "none" : std::to_string(*count);
}

std::string PulseAge(const model::NodeSnapshot& node, model::Monotonic now) {
  const auto& pulse = node.lanes[static_cast<std::size_t>(model::Lane::kPulse)].last_success;
  return pulse ? AgoText(now - pulse->monotonic) : "never";
}

void AddRemarks(std::string& page, const std::vector<Remark>& remarks) {
  for (const Remark& remark : remarks)
    if (!remark.node) page += fmt::format("<p>{}</p>\n", Marked(remark));
}

std::string StateOf(const model::ClusterSnapshot& cluster, std::size_t i,
                    const std::vector<Remark>& remarks) {
  const auto& node = cluster.nodes[i];
  std::string state = node.up ? "<span class=\"up\">up</span>" : "";
  for (const Remark& remark : remarks) {
    if (remark.node != i) continue;
    state += (state.empty() ? "" : "<br>") + Marked(remark);
  }
  if (node.tried && !node.up) state += "<br>" + EscapeHtml(fleet::AdviceFor(ReasonOf(node)));
  return state;
}

void AddNodes(std::string& page, const model::ClusterSnapshot& cluster,
              const std::vector<Remark>& remarks, model::Monotonic now) {
  Table table(page, {"Node", "State", "Role", "Timeline", "Lag", "Archiver", "Drift", "PostgreSQL",
                     "Last pulse"});
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    const auto& node = cluster.nodes[i];
    table.Row(
        std::array{fmt::format("<a href=\"{}\">{}</a>", NodePath(cluster.name, node.declared.name),
                               EscapeHtml(node.declared.name)),
                   StateOf(cluster, i, remarks), RoleOf(node, now), TimelineOf(node, now),
                   LagOf(cluster, i, now), ArchiverOf(cluster, i, now), DriftOf(cluster, i, now),
                   VersionOf(node, now), PulseAge(node, now)});
  }
}

std::string ClusterPath(std::string_view cluster) { return "/cluster/" + EncodeParameter(cluster); }

std::string NodePath(std::string_view cluster, std::string_view node) {
  return fmt::format("/node/{}/{}", EncodeParameter(cluster), EncodeParameter(node));
}

}  // namespace pgfleet::http
