#include <algorithm>
#include <array>

#include "analysis/archiver_state.h"
#include "analysis/list.h"
#include "analysis/nodes.h"
#include "collectors/values.h"
#include "model/wal_file.h"

namespace pgfleet::analysis {
namespace {

using metric::Kind;
using metric::MetricDesc;
using model::ClusterSnapshot;
using model::Lsn;

constexpr std::array<std::string_view, 1> kStateLabels = {"state"};
constexpr MetricDesc kState{
    .name = "pgfleet_archiver_state",
    .kind = Kind::kStateSet,
    .labels = kStateLabels,
    .help =
        "What the archiver does. not_applicable: a standby whose archive_mode is not always; "
        "unconfigured: neither a command nor a library is set, so WAL accumulates; dead (14+): no "
        "archiver process at two looks in a row; failing: the last attempt failed; stalled: "
        "segments wait and for 60 seconds none was stored and none failed, as when the command "
        "hangs; never: segments wait and none was ever archived; idle: no complete segment waits; "
        "ok: segments wait and are being archived.",
    .source = "archive_mode, pg_stat_archiver, pg_stat_activity"};
constexpr MetricDesc kLastArchived{
    .name = "pgfleet_archiver_last_archived_timestamp_seconds",
    .unit = "seconds",
    .help =
        "When a file was last archived, by the server's clock; remembered when a crash wipes the "
        "statistics. Absent: never, or no archiver runs.",
    .source = "pg_stat_archiver.last_archived_time"};
constexpr MetricDesc kLastFailed{
    .name = "pgfleet_archiver_last_failed_timestamp_seconds",
    .unit = "seconds",
    .help =
        "When archiving last failed, by the server's clock; remembered when a crash wipes the "
        "statistics. Absent: never, or no archiver runs.",
    .source = "pg_stat_archiver.last_failed_time"};
constexpr MetricDesc kBacklog{
    .name = "pgfleet_archiver_backlog_segments",
    .help =
        "Complete WAL segments that this node must archive and has not. Before anything was "
        "archived, what is marked as ready.",
    .source = "pg_stat_archiver.last_archived_wal, pg_current_wal_flush_lsn()"};
constexpr MetricDesc kUnarchived{
    .name = "pgfleet_archiver_unarchived_bytes",
    .unit = "bytes",
    .help =
        "WAL after the last archived segment, the open segment included; on the elected primary 0 "
        "when nobody has committed in it. Absent until a segment was archived.",
    .source = "pg_stat_archiver.last_archived_wal, pg_current_wal_flush_lsn()"};
constexpr MetricDesc kEnd{.name = "pgfleet_archiver_archived_lsn_bytes",
                          .unit = "bytes",
                          .help = "The WAL position up to which this node has archived.",
                          .source = "pg_stat_archiver.last_archived_wal"};
constexpr std::array kMetrics = {&kState,   &kLastArchived, &kLastFailed,
                                 &kBacklog, &kUnarchived,   &kEnd};

ArchiverSurroundings SurroundingsOf(const ClusterSnapshot& cluster, const model::NodeSnapshot& node,
                                    const Memory& memory) {
  ArchiverSurroundings surroundings{.now = cluster.at};
  if (const auto* pulse = PulseOf(node)) {
    surroundings.timeline = pulse->timeline.value_or(0);
    if (!pulse->in_recovery && memory.fork && memory.fork->timeline == surroundings.timeline)
      surroundings.branched = memory.fork->least;
  }
  const auto* status = Fresh(cluster, node, node.facts.archive_status, "archive_status");
  if (status != nullptr) surroundings.ready = status->ready_segments;
  return surroundings;
}

// The fork of the timeline was known to lie between two looks; a node that has not been restarted
// since its promotion knows it.
void NarrowFork(const model::ArchiverFacts& archiver, Memory& memory) {
  auto& fork = *memory.fork;
  const auto exact = archiver.recovered_to;
  if (exact && *exact >= fork.least && *exact <= fork.most) fork.least = fork.most = *exact;
}

// What no commit stands in is lost to nobody: the beginning of a segment that an idle server has
// switched to.
bool HoldsNoCommit(const ClusterSnapshot& cluster, std::size_t i, Lsn from, const Memory& memory) {
  return cluster.findings.primary == i && !memory.clock.empty() &&
         !memory.clock.MayHoldCommitsBeyond(from);
}

void Look(ClusterSnapshot& cluster, std::size_t i, Memory& memory) {
  const auto& node = cluster.nodes[i];
  const auto* archiver = Fresh(cluster, node, node.facts.archiver, "archiver");
  if (archiver == nullptr || cluster.analysis[i].foreign.value_or(false)) return;
  if (cluster.findings.primary == i && memory.fork &&
      memory.fork->timeline == memory.clock_timeline)
    NarrowFork(*archiver, memory);
  auto& known = memory.nodes[node.declared.name].archiver;
  const auto surroundings = SurroundingsOf(cluster, node, memory);
  TakeIn(node.facts.archiver, surroundings, known);
  auto& finding = cluster.analysis[i].archiver;
  finding = Judge(*archiver, surroundings, known);
  if (finding.archived_end)
    known.worked =
        finding.state == model::ArchiverState::kIdle || finding.state == model::ArchiverState::kOk;
  if (!finding.archived_end || !archiver->wal_lsn) return;
  const auto bytes =
      std::max<std::int64_t>(0, model::Distance(*finding.archived_end, *archiver->wal_lsn));
  const bool idle = HoldsNoCommit(cluster, i, *finding.archived_end, memory);
  finding.unarchived_bytes = idle ? 0 : static_cast<double>(bytes);
}

void Run(ClusterSnapshot& cluster, Memory& memory) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) Look(cluster, i, memory);
}

void Write(const ClusterSnapshot& cluster, model::Monotonic now, metric::MetricWriter& out) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    const auto& node = cluster.nodes[i];
    const auto& finding = cluster.analysis[i].archiver;
    if (!collectors::IsFresh(node, "archiver", now)) continue;
    out.EnterNode(cluster.name, node.declared.name);
    if (finding.state)
      out.WriteStates(kState, {}, model::kArchiverStateNames, Name(*finding.state));
    out.Write(kLastArchived, finding.last_archived);
    out.Write(kLastFailed, finding.last_failed);
    out.Write(kBacklog, collectors::AsValue(finding.backlog));
    out.Write(kUnarchived, finding.unarchived_bytes);
    out.Write(kEnd, collectors::AsValue(finding.archived_end));
  }
}

}  // namespace

constexpr Analysis kArchiving{.name = "archiving", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
