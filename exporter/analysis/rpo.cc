#include <algorithm>
#include <array>

#include "analysis/lag.h"
#include "analysis/list.h"
#include "analysis/nodes.h"

namespace pgfleet::analysis {
namespace {

using metric::MetricDesc;
using metric::Scope;
using model::ClusterSnapshot;
using model::Lsn;

constexpr std::string_view kSource =
    "pg_current_wal_flush_lsn() of the primary over time; pg_last_wal_receive_lsn(), "
    "pg_stat_archiver.last_archived_wal";
constexpr MetricDesc kBytes{
    .name = "pgfleet_rpo_bytes",
    .scope = Scope::kCluster,
    .unit = "bytes",
    .help =
        "WAL that would be lost with the elected primary: what neither a standby that answers has "
        "received nor the archive holds. Absent while there is no such copy.",
    .source = kSource};
constexpr MetricDesc kSeconds{
    .name = "pgfleet_rpo_seconds",
    .scope = Scope::kCluster,
    .unit = "seconds",
    .help =
        "The same as time: between the last that is known of the primary and what the best copy "
        "has.",
    .source = kSource};
constexpr MetricDesc kArchiveBytes{
    .name = "pgfleet_archive_rpo_bytes",
    .scope = Scope::kCluster,
    .unit = "bytes",
    .help =
        "WAL that would be lost if only the archive were left: all after the last segment that the "
        "primary has archived, 0 when nobody has committed in it. Absent until one was archived, "
        "and "
        "instead of 0 while the primary does not answer.",
    .source = kSource};
constexpr MetricDesc kArchiveSeconds{
    .name = "pgfleet_archive_rpo_seconds",
    .scope = Scope::kCluster,
    .unit = "seconds",
    .help =
        "The same as time: how old the oldest commit is that is not in the archive. Without "
        "archive_timeout the open segment may stay there for as long as it takes to fill it. "
        "Absent "
        "while a commit and a switch of segments in the same second cannot be told apart.",
    .source = kSource};
constexpr std::array kMetrics = {&kBytes, &kSeconds, &kArchiveBytes, &kArchiveSeconds};

// Bytes and seconds that a copy lacks.
struct Loss {
  double bytes = 0;
  std::optional<double> seconds;
};

// A copy that had `position` at `seen`, against what the primary had then; once the primary is
// gone, against the last that was known of it.
std::optional<Loss> Lacks(Lsn position, model::Monotonic seen, const Memory& memory) {
  const auto instant = std::min(seen, memory.primary->seen);
  const auto reference = seen <= memory.primary->seen ? memory.clock.At(instant)
                                                      : std::optional(memory.primary->position);
  const auto age = memory.clock.AgeOf(position, {.began = instant, .ended = instant});
  if (!reference || !age) return std::nullopt;
  const auto bytes = std::max<std::int64_t>(0, model::Distance(position, *reference));
  // What an idle primary writes of its own is no loss.
  Loss loss{.bytes = age->is_newest ? 0 : static_cast<double>(bytes), .seconds = std::nullopt};
  if (age->upper) loss.seconds = age->estimate;
  return loss;
}

std::optional<Loss> OfStandby(const ClusterSnapshot& cluster, std::size_t i, const Memory& memory) {
  if (!IsStandby(cluster, i) || cluster.analysis[i].diverged.value_or(false)) return std::nullopt;
  const auto& pulse = *cluster.nodes[i].facts.pulse;
  if (!pulse.receive_lsn || pulse.timeline != memory.clock_timeline || !cluster.nodes[i].pulse)
    return std::nullopt;
  return Lacks(*pulse.receive_lsn, cluster.nodes[i].pulse->midpoint(), memory);
}

// What the node that leads, or led last, was seen to have archived.
std::optional<Lsn> ArchivedEnd(const ClusterSnapshot& cluster, const Memory& memory) {
  if (cluster.findings.primary)
    return cluster.analysis[*cluster.findings.primary].archiver.archived_end;
  const auto known = memory.nodes.find(memory.primary->node);
  if (known == memory.nodes.end() || known->second.archiver.timeline != memory.clock_timeline)
    return std::nullopt;
  return known->second.archiver.archived_end;
}

constexpr double kMargin = 3;  // seconds; the server looks once a second

// Since 15 a start leaves the process that looks after archive_timeout asleep, for a whole
// checkpoint_timeout unless somebody asks for a checkpoint.
bool LooksAfterTheTimeout(const ClusterSnapshot& cluster, const model::NodeSnapshot& node) {
  const auto* identity = Fresh(cluster, node, node.facts.identity, "identity");
  const auto* pulse = PulseOf(node);
  if (identity == nullptr || pulse == nullptr) return false;
  if (identity->version_number < 150000) return true;
  const auto asleep = NumberSetting(cluster, node, "checkpoint_timeout");
  return asleep && pulse->server_clock - identity->started > *asleep + kMargin;
}

// A segment that was switched in the same moment in which somebody committed: the commit may stand
// before the switch or after it. A server with archive_timeout proves the first by not switching
// again; nothing proves it without.
std::optional<double> Doubtful(const ClusterSnapshot& cluster, model::Monotonic quiet_since) {
  const auto& node = cluster.nodes[*cluster.findings.primary];
  const auto* archiver = Fresh(cluster, node, node.facts.archiver, "archiver");
  if (archiver == nullptr || archiver->timeout <= 0) return std::nullopt;
  if (!LooksAfterTheTimeout(cluster, node)) return std::nullopt;
  if (model::Seconds(cluster.at - quiet_since) < archiver->timeout + kMargin) return std::nullopt;
  return 0;
}

std::optional<Loss> OfArchive(const ClusterSnapshot& cluster, const Memory& memory) {
  const auto end = ArchivedEnd(cluster, memory);
  if (!end) return std::nullopt;
  if (!memory.clock.MayHoldCommitsBeyond(*end)) {
    // What a primary has committed since it was last heard of nobody knows.
    if (!cluster.findings.primary) return std::nullopt;
    return Loss{.bytes = 0, .seconds = 0};
  }
  auto loss = Lacks(*end, memory.primary->seen, memory);
  if (!loss || !cluster.findings.primary || loss->bytes == 0) return loss;
  const auto age = memory.clock.AgeOf(*end, {memory.primary->seen, memory.primary->seen});
  if (!age || !age->quiet_since) return loss;
  loss->seconds = Doubtful(cluster, *age->quiet_since);
  if (loss->seconds) loss->bytes = 0;
  return loss;
}

void Take(std::optional<Loss> candidate, std::optional<Loss>& best) {
  if (candidate && (!best || candidate->bytes < best->bytes)) best = candidate;
}

void Run(ClusterSnapshot& cluster, Memory& memory) {
  if (!memory.primary || cluster.declared.kind == model::ClusterKind::kStandbyCluster) return;
  std::optional<Loss> best;
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i)
    if (cluster.findings.primary != i) Take(OfStandby(cluster, i, memory), best);
  const auto archive = OfArchive(cluster, memory);
  Take(archive, best);
  if (archive) {
    cluster.findings.archive_rpo_bytes = archive->bytes;
    cluster.findings.archive_rpo_seconds = archive->seconds;
  }
  if (!best) return;
  cluster.findings.rpo_bytes = best->bytes;
  cluster.findings.rpo_seconds = best->seconds;
}

void Write(const ClusterSnapshot& cluster, model::Monotonic, metric::MetricWriter& out) {
  out.Write(kBytes, cluster.findings.rpo_bytes);
  out.Write(kSeconds, cluster.findings.rpo_seconds);
  out.Write(kArchiveBytes, cluster.findings.archive_rpo_bytes);
  out.Write(kArchiveSeconds, cluster.findings.archive_rpo_seconds);
}

}  // namespace

constexpr Analysis kRpo{.name = "rpo", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
