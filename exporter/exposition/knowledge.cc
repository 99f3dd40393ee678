#include "exposition/knowledge.h"

#include <chrono>
#include <optional>
#include <string_view>

#include "collectors/catalog.h"

namespace pgfleet::exposition {
namespace {

using metric::Kind;
using metric::MetricDesc;
using metric::MetricWriter;

constexpr std::string_view kReasonLabel[] = {"reason"};
constexpr std::string_view kLaneLabel[] = {"lane"};
constexpr std::string_view kCollectorLabel[] = {"collector"};
constexpr std::string_view kFailureLabels[] = {"collector", "reason"};

constexpr MetricDesc kUp{
    .name = "pgfleet_up",
    .help = "Whether the last pulse of the node was answered in time.",
    .source = "exporter",
};
constexpr MetricDesc kDownReason{
    .name = "pgfleet_down_reason",
    .kind = Kind::kStateSet,
    .labels = kReasonLabel,
    .help = "Why the node does not answer; all states are 0 while it is up.",
    .source = "exporter",
};
constexpr MetricDesc kLastSuccess{
    .name = "pgfleet_last_success_timestamp_seconds",
    .unit = "seconds",
    .labels = kLaneLabel,
    .help =
        "When the lane was last answered, by the exporter's clock; kept while the node is down.",
    .source = "exporter",
};
constexpr MetricDesc kPollDuration{
    .name = "pgfleet_poll_duration_seconds",
    .unit = "seconds",
    .labels = kLaneLabel,
    .help = "How long the last poll of the lane took.",
    .source = "exporter",
};
constexpr MetricDesc kCollectorSuccess{
    .name = "pgfleet_collector_success",
    .labels = kCollectorLabel,
    .help = "Whether the collector's last answer became facts; 0 while the node is down.",
    .source = "exporter",
};
constexpr MetricDesc kCollectorFailure{
    .name = "pgfleet_collector_failure",
    .kind = Kind::kInfo,
    .labels = kFailureLabels,
    .help = "Why the collector fails on a node that is up; exists only while it does.",
    .source = "exporter",
};
constexpr MetricDesc kCollectorSupported{
    .name = "pgfleet_collector_supported",
    .labels = kCollectorLabel,
    .help = "Whether the collector can work with this server's version and role.",
    .source = "exporter",
};
constexpr MetricDesc kCollectorDuration{
    .name = "pgfleet_collector_duration_seconds",
    .unit = "seconds",
    .labels = kCollectorLabel,
    .help = "How long the collector's last answer took, as part of its lane's poll.",
    .source = "exporter",
};
constexpr MetricDesc kClockOffset{
    .name = "pgfleet_node_clock_offset_seconds",
    .unit = "seconds",
    .help = "The server's clock minus the exporter's at the middle of the pulse.",
    .source = "clock_timestamp()",
};

constexpr MetricDesc kPooled{
    .name = "pgfleet_node_pooled",
    .help =
        "1 when a connection pooler stands between exporter and server: what is shown may be "
        "another server's.",
    .source = "pg_backend_pid()",
};

constexpr const MetricDesc* kFamilies[] = {
    &kUp,
    &kDownReason,
    &kLastSuccess,
    &kPollDuration,
    &kCollectorSuccess,
    &kCollectorFailure,
    &kCollectorSupported,
    &kCollectorDuration,
    &kClockOffset,
    &kPooled,
};

double Seconds(model::Duration time) { return std::chrono::duration<double>(time).count(); }

double Epoch(model::Wall time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

void WriteState(const model::NodeSnapshot& node, MetricWriter& out) {
  out.Write(kUp, node.up ? 1 : 0);
  std::optional<std::string_view> reason;
  if (!node.up && node.down_reason) reason = model::Name(*node.down_reason);
  out.WriteStates(kDownReason, {}, model::kDownReasonNames, reason);
  if (!node.up) return;
  out.Write(kClockOffset, node.clock_offset);
  out.Write(kPooled, node.pooled ? 1 : 0);
}

void WriteLanes(const model::NodeSnapshot& node, MetricWriter& out) {
  for (std::size_t i = 0; i < node.lanes.size(); ++i) {
    const model::LaneStatus& lane = node.lanes[i];
    const std::string_view name = model::kLaneNames[i];
    if (lane.last_success) out.Write(kLastSuccess, {name}, Epoch(lane.last_success->wall));
    if (node.up && lane.duration) out.Write(kPollDuration, {name}, Seconds(*lane.duration));
  }
}

// A collector that was not asked yet is neither well nor broken, unless its node is down.
void WriteCollector(const model::NodeSnapshot& node, const model::CollectorStatus& status,
                    std::string_view name, MetricWriter& out) {
  if (!status.enabled) return;
  if (status.attempted || !node.up)
    out.Write(kCollectorSuccess, {name}, node.up && status.success ? 1 : 0);
  if (status.attempted) out.Write(kCollectorSupported, {name}, status.supported ? 1 : 0);
  if (!node.up) return;
  if (status.failure) out.Write(kCollectorFailure, {name, model::Name(*status.failure)}, 1);
  if (status.duration) out.Write(kCollectorDuration, {name}, Seconds(*status.duration));
}

}  // namespace

std::span<const MetricDesc* const> KnowledgeFamilies() { return kFamilies; }

void WriteKnowledge(const model::NodeSnapshot& node, MetricWriter& out) {
  if (!node.tried) return;
  WriteState(node, out);
  WriteLanes(node, out);
  const auto catalog = collectors::Catalog();
  for (std::size_t i = 0; i < catalog.size() && i < node.collectors.size(); ++i)
    WriteCollector(node, node.collectors[i], catalog[i]->name, out);
}

}  // namespace pgfleet::exposition
