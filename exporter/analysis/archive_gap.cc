#include <algorithm>
#include <array>

#include "analysis/list.h"
#include "analysis/nodes.h"
#include "collectors/archiver_backlog.h"
#include "model/wal_file.h"

namespace pgfleet::analysis {
namespace {

using metric::MetricDesc;
using metric::Scope;
using model::ClusterSnapshot;

constexpr std::string_view kSource =
    "pg_stat_archiver.last_archived_wal of the old primary, pg_last_wal_replay_lsn() of the new";
constexpr MetricDesc kSegments{
    .name = "pgfleet_archive_gap_segments",
    .scope = Scope::kCluster,
    .help =
        "Complete WAL segments of the timeline before the last failover that the old primary was "
        "not seen to have archived and the new one, which only received them, never will: no base "
        "backup from before can be recovered past them. An old primary that was shut down in an "
        "orderly way while its archiver worked archived all at its end.",
    .source = kSource};
constexpr MetricDesc kBytes{.name = "pgfleet_archive_gap_bytes",
                            .scope = Scope::kCluster,
                            .unit = "bytes",
                            .help = "The same in bytes.",
                            .source = kSource};
constexpr std::array kMetrics = {&kSegments, &kBytes};

void NoteDismissals(const ClusterSnapshot& cluster, Memory& memory) {
  for (const auto& node : cluster.nodes)
    if (node.tried && !node.up) memory.nodes[node.declared.name].dismissed = node.dismissed;
}

// PostgreSQL lets the archiver store what is left before a shutdown ends.
bool ArchivedAllAtItsEnd(const Memory& memory) {
  if (!memory.last_failover || memory.last_failover->timeline != memory.fork->timeline)
    return false;
  const auto old = memory.nodes.find(memory.last_failover->from);
  return old != memory.nodes.end() && old->second.dismissed && old->second.archiver.worked;
}

// What any node was seen to have archived of the timeline that was left. Not the one that leads
// now: all that it stores of that timeline is the piece of its last segment (".partial"), which
// tells nothing of those before.
void NoteArchived(const ClusterSnapshot& cluster, Memory& memory) {
  const auto& primary = cluster.findings.primary;
  auto& fork = *memory.fork;
  if (ArchivedAllAtItsEnd(memory))
    fork.archived = std::max(fork.archived, std::optional(fork.least));
  for (const auto& [name, node] : memory.nodes)
    if (node.archiver.timeline != 0 && node.archiver.timeline <= fork.parent &&
        (!primary || cluster.nodes[*primary].declared.name != name))
      fork.archived = std::max(fork.archived, std::optional(node.archiver.archived_end));
}

void Run(ClusterSnapshot& cluster, Memory& memory) {
  NoteDismissals(cluster, memory);
  if (!memory.fork || memory.fork->parent == 0) return;
  NoteArchived(cluster, memory);
  if (!cluster.findings.primary || !memory.fork->archived) return;
  const auto& node = cluster.nodes[*cluster.findings.primary];
  const auto* archiver = Fresh(cluster, node, node.facts.archiver, "archiver");
  if (archiver == nullptr || !collectors::ArchiverRuns(*archiver) || !archiver->configured) return;
  model::FailoverGap gap;
  // With "always" the new primary archives what it received as well.
  if (archiver->mode != "always")
    gap.segments = model::CompleteSegments(*memory.fork->archived, memory.fork->least,
                                           archiver->segment_bytes);
  gap.bytes = static_cast<double>(gap.segments * archiver->segment_bytes);
  cluster.findings.archive_gap = gap;
}

void Write(const ClusterSnapshot& cluster, model::Monotonic, metric::MetricWriter& out) {
  const auto& gap = cluster.findings.archive_gap;
  if (!gap) return;
  out.Write(kSegments, static_cast<double>(gap->segments));
  out.Write(kBytes, gap->bytes);
}

}  // namespace

constexpr Analysis kArchiveGap{
    .name = "archive_gap", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
