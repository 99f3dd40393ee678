#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "analysis/list.h"
#include "collectors/values.h"
#include "model/archive_report.h"

namespace pgfleet::analysis {
namespace {

using collectors::AsValue;
using metric::Kind;
using metric::MetricDesc;
using metric::Scope;
using model::ArchiveContents;
using model::ArchiveReport;
using model::ClusterSnapshot;

constexpr std::string_view kDirectory = "archive.directory of the configuration";

constexpr MetricDesc kRecoverable{
    .name = "pgfleet_archive_recoverable",
    .scope = Scope::kCluster,
    .help =
        "1 when a recovery from some base backup along the newest timeline finds every segment "
        "up to the newest one in the archive. The base backups themselves are not looked at.",
    .source = kDirectory};
constexpr MetricDesc kFrom{
    .name = "pgfleet_archive_recoverable_from_timestamp_seconds",
    .scope = Scope::kCluster,
    .unit = "seconds",
    .help =
        "Every instant from this one to pgfleet_archive_recoverable_until_timestamp_seconds can "
        "be restored: when the first base backup ended from which that is so. Absent: none.",
    .source = "STOP TIME of backup history files"};
constexpr MetricDesc kUntil{
    .name = "pgfleet_archive_recoverable_until_timestamp_seconds",
    .scope = Scope::kCluster,
    .unit = "seconds",
    .help =
        "Up to which instant can be restored: when the last segment before the next gap was "
        "written, by its file's time, or earlier when the primary was seen beyond that segment "
        "earlier. What was committed later is not in the archive.",
    .source = "modification time of segments; pg_current_wal_flush_lsn() of the primary over time"};
constexpr MetricDesc kUntilLsn{
    .name = "pgfleet_archive_recoverable_until_lsn_bytes",
    .scope = Scope::kCluster,
    .unit = "bytes",
    .help = "The WAL position that goes with it: the end of that segment.",
    .source = kDirectory};
constexpr MetricDesc kTimeline{
    .name = "pgfleet_archive_recoverable_timeline",
    .scope = Scope::kCluster,
    .help =
        "The timeline along which a recovery gets there; another one than "
        "pgfleet_cluster_timeline once somebody has archived a timeline of his own.",
    .source = "timeline history files"};
constexpr MetricDesc kMissing{
    .name = "pgfleet_archive_missing_segments",
    .scope = Scope::kCluster,
    .help =
        "Segments that are not in the archive, between the start of the oldest usable base backup "
        "(without one: of the newest; without any: the oldest segment) and the newest segment of "
        "the newest timeline. A file of the wrong size counts as missing.",
    .source = kDirectory};
constexpr MetricDesc kMissingHistories{
    .name = "pgfleet_archive_missing_history_files",
    .scope = Scope::kCluster,
    .help =
        "Timelines in the archive, but for the oldest, whose history file is not there or is "
        "damaged: no recovery leads to them from an older one.",
    .source = kDirectory};
constexpr MetricDesc kBackups{
    .name = "pgfleet_archive_base_backups",
    .scope = Scope::kCluster,
    .help = "Base backups that backup history files tell of; one of a standby leaves none.",
    .source = "backup history files"};
constexpr MetricDesc kUsable{
    .name = "pgfleet_archive_usable_base_backups",
    .scope = Scope::kCluster,
    .help = "Those of them for which all segments from their start to their end are there.",
    .source = "backup history files"};
constexpr MetricDesc kLastBackup{
    .name = "pgfleet_archive_last_base_backup_timestamp_seconds",
    .scope = Scope::kCluster,
    .unit = "seconds",
    .help = "When the newest of them ended, by the server's clock. Absent: there is none.",
    .source = "STOP TIME of backup history files"};
constexpr MetricDesc kBytes{
    .name = "pgfleet_archive_bytes",
    .scope = Scope::kCluster,
    .unit = "bytes",
    .help = "Size of its segments and history files, as they lie there, packed or not.",
    .source = kDirectory};
constexpr MetricDesc kSegments{.name = "pgfleet_archive_segments",
                               .scope = Scope::kCluster,
                               .help = "Whole segments in the archive.",
                               .source = kDirectory};
constexpr MetricDesc kNewest{
    .name = "pgfleet_archive_newest_segment_timestamp_seconds",
    .scope = Scope::kCluster,
    .unit = "seconds",
    .help = "When the newest segment of the newest timeline was written, by its file's time.",
    .source = kDirectory};
constexpr MetricDesc kBehind{
    .name = "pgfleet_archive_behind_segments",
    .scope = Scope::kCluster,
    .help =
        "Segments that the elected primary called archived before the directory was read and "
        "that are not at its end: above 0 when archive_command succeeds without storing. Absent "
        "while the primary does not tell.",
    .source = "pg_stat_archiver.last_archived_wal"};
constexpr std::array<std::string_view, 1> kKindLabels = {"kind"};
constexpr MetricDesc kUnexpected{
    .name = "pgfleet_archive_unexpected_files",
    .scope = Scope::kCluster,
    .labels = kKindLabels,
    .help =
        "Entries that do not belong there: temporary (being copied, or a rest of it), wrong_size "
        "(a segment of another size than the others), damaged (a history file that cannot be "
        "read as one), foreign names, directories.",
    .source = kDirectory};
constexpr MetricDesc kScanned{
    .name = "pgfleet_archive_scan_timestamp_seconds",
    .scope = Scope::kCluster,
    .unit = "seconds",
    .help =
        "When the directory was last read to its end. Kept while it cannot be read; what it held "
        "is dropped after three intervals of the inventory lane, at least 4 minutes.",
    .source = kDirectory};
constexpr MetricDesc kDuration{.name = "pgfleet_archive_scan_duration_seconds",
                               .scope = Scope::kCluster,
                               .unit = "seconds",
                               .help = "How long that took.",
                               .source = kDirectory};
constexpr std::array<std::string_view, 1> kReasonLabels = {"reason"};
constexpr MetricDesc kFailure{
    .name = "pgfleet_archive_scan_failure",
    .kind = Kind::kInfo,
    .scope = Scope::kCluster,
    .labels = kReasonLabels,
    .help =
        "1 while the directory cannot be read: missing, permission (of it or of a history file in "
        "it), not_a_directory, hung (the disk does not answer), other.",
    .source = kDirectory};
constexpr std::array kMetrics = {
    &kRecoverable,      &kFrom,    &kUntil,      &kUntilLsn,   &kTimeline, &kMissing,
    &kMissingHistories, &kBackups, &kUsable,     &kLastBackup, &kBytes,    &kSegments,
    &kNewest,           &kBehind,  &kUnexpected, &kScanned,    &kDuration, &kFailure};

// The window that reaches furthest.
const model::ArchiveWindow* BestOf(const ArchiveReport& report) {
  if (!report.contents || report.contents->windows.empty()) return nullptr;
  return &report.contents->windows.back();
}

// Until when the primary had certainly written no more than the window holds, by our own clock; the
// latest possible where that is too long ago. A file's time is later where segments wait long for
// the archiver.
std::optional<double> PassedAt(const model::ArchiveWindow& window, const model::Moment& scanned,
                               const ClusterSnapshot& cluster, const Memory& memory) {
  if (memory.clock_timeline != window.timeline) return std::nullopt;
  const auto age = memory.clock.AgeOf(window.until_lsn, {.began = cluster.at, .ended = cluster.at});
  if (!age || age->is_newest) return std::nullopt;
  const double now = model::Seconds(scanned.wall.time_since_epoch()) +
                     model::Seconds(cluster.at - scanned.monotonic);
  return now - age->upper.value_or(age->lower);
}

void Run(ClusterSnapshot& cluster, Memory& memory) {
  if (!cluster.archive || !cluster.archive->scanned) return;
  const auto* window = BestOf(*cluster.archive);
  if (window == nullptr) return;
  const auto passed = PassedAt(*window, *cluster.archive->scanned, cluster, memory);
  const double until = std::min(window->until, passed.value_or(window->until));
  cluster.findings.archive_until = std::max(until, window->from);
}

void WriteWindow(const ClusterSnapshot& cluster, metric::MetricWriter& out) {
  const auto* window = BestOf(*cluster.archive);
  out.Write(kRecoverable, window != nullptr && window->newest ? 1.0 : 0.0);
  if (window == nullptr) return;
  out.Write(kFrom, window->from);
  out.Write(kUntil, cluster.findings.archive_until);
  out.Write(kUntilLsn, static_cast<double>(window->until_lsn.value));
  out.Write(kTimeline, static_cast<double>(window->timeline));
}

void WriteBackups(const ArchiveContents& contents, metric::MetricWriter& out) {
  const auto& backups = contents.backups;
  out.Write(kBackups, static_cast<double>(backups.size()));
  out.Write(kUsable,
            static_cast<double>(std::ranges::count_if(backups, &model::ArchivedBackup::usable)));
  const auto last = std::ranges::max_element(backups, {}, &model::ArchivedBackup::stopped);
  if (last != backups.end()) out.Write(kLastBackup, last->stopped);
}

void WriteContents(const ClusterSnapshot& cluster, metric::MetricWriter& out) {
  const ArchiveContents& contents = *cluster.archive->contents;
  for (std::size_t i = 0; i < contents.unexpected.size(); ++i)
    out.Write(kUnexpected, {model::kUnexpectedFileNames[i]},
              static_cast<double>(contents.unexpected[i]));
  if (!contents.segment_bytes) return;  // then a whole segment cannot be told from others
  WriteWindow(cluster, out);
  WriteBackups(contents, out);
  out.Write(kMissing, AsValue(contents.missing_segments));
  out.Write(kMissingHistories, static_cast<double>(contents.missing_histories));
  out.Write(kBytes, static_cast<double>(contents.bytes));
  out.Write(kSegments, static_cast<double>(contents.segments));
  out.Write(kNewest, contents.newest_segment_modified);
  out.Write(kBehind, AsValue(contents.behind_segments));
}

void Write(const ClusterSnapshot& cluster, model::Monotonic now, metric::MetricWriter& out) {
  if (!cluster.archive) return;
  const ArchiveReport& report = *cluster.archive;
  if (report.failure) out.Write(kFailure, {model::Name(*report.failure)}, 1.0);
  if (!report.scanned) return;
  out.Write(kScanned, model::Seconds(report.scanned->wall.time_since_epoch()));
  if (now - report.scanned->monotonic > report.max_age) return;
  out.Write(kDuration, model::Seconds(*report.duration));
  WriteContents(cluster, out);
}

}  // namespace

constexpr Analysis kArchive{.name = "archive", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
