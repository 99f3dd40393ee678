#include <array>

#include "analysis/list.h"
#include "collectors/values.h"
#include "model/backup_report.h"

// What the declared backups came to, as far as it was read lately.
namespace pgfleet::analysis {
namespace {

using collectors::AsValue;
using metric::MetricDesc;

constexpr auto kCluster = metric::Scope::kCluster;
constexpr std::array<std::string_view, 1> kBackup = {"backup"};
constexpr std::array<std::string_view, 2> kWithReason = {"backup", "reason"};
constexpr std::array<std::string_view, 3> kWithFormat = {"backup", "format", "compression"};

constexpr std::string_view kFiles = "files of the declared backup";
constexpr std::string_view kSchedule = "schedule of the declared backup";
constexpr std::string_view kStatusFile = "status_file of the declared backup";

constexpr MetricDesc kNewest{
    .name = "pgfleet_backup_newest_timestamp_seconds",
    .scope = kCluster,
    .unit = "seconds",
    .labels = kBackup,
    .help =
        "When the newest backup was written that is whole, or of which nobody can say. Absent "
        "where there is none.",
    .source = kFiles};
constexpr MetricDesc kNewestBytes{.name = "pgfleet_backup_newest_bytes",
                                  .scope = kCluster,
                                  .unit = "bytes",
                                  .labels = kBackup,
                                  .help = "Size of that backup.",
                                  .source = kFiles};
constexpr MetricDesc kSizeRatio{
    .name = "pgfleet_backup_size_ratio",
    .scope = kCluster,
    .unit = "ratio",
    .labels = kBackup,
    .help = "Its size to the median of up to seven backups of the same format before it.",
    .source = kFiles};
constexpr MetricDesc kComplete{
    .name = "pgfleet_backup_complete",
    .scope = kCluster,
    .labels = kBackup,
    .help =
        "1 when the newest file that is not written any more is a whole backup, 0 when it is "
        "damaged or unfinished. Absent where its bytes cannot tell.",
    .source = kFiles};
constexpr MetricDesc kInfo{.name = "pgfleet_backup_info",
                           .kind = metric::Kind::kInfo,
                           .scope = kCluster,
                           .labels = kWithFormat,
                           .help = "What that file is, told by its content.",
                           .source = kFiles};
constexpr MetricDesc kCount{.name = "pgfleet_backup_files",
                            .scope = kCluster,
                            .labels = kBackup,
                            .help = "Backups that are there, damaged and unfinished ones too.",
                            .source = kFiles};
constexpr MetricDesc kGrowing{.name = "pgfleet_backup_growing_files",
                              .scope = kCluster,
                              .labels = kBackup,
                              .help = "Of them, those that seem to be written still.",
                              .source = kFiles};
constexpr MetricDesc kBytes{.name = "pgfleet_backup_bytes",
                            .scope = kCluster,
                            .unit = "bytes",
                            .labels = kBackup,
                            .help = "Size of all of them together.",
                            .source = kFiles};
constexpr MetricDesc kOldest{.name = "pgfleet_backup_oldest_timestamp_seconds",
                             .scope = kCluster,
                             .unit = "seconds",
                             .labels = kBackup,
                             .help = "When the oldest of them was written.",
                             .source = kFiles};
constexpr MetricDesc kOverdue{
    .name = "pgfleet_backup_overdue",
    .scope = kCluster,
    .labels = kBackup,
    .help =
        "1 when no backup was written since the last time that the job was to begin and the "
        "grace after it is over.",
    .source = kSchedule};
constexpr MetricDesc kDue{.name = "pgfleet_backup_due_timestamp_seconds",
                          .scope = kCluster,
                          .unit = "seconds",
                          .labels = kBackup,
                          .help = "When the job was last to begin.",
                          .source = kSchedule};
constexpr MetricDesc kNextDue{.name = "pgfleet_backup_next_due_timestamp_seconds",
                              .scope = kCluster,
                              .unit = "seconds",
                              .labels = kBackup,
                              .help = "When the job is to begin next.",
                              .source = kSchedule};
constexpr MetricDesc kJobSucceeded{
    .name = "pgfleet_backup_job_succeeded",
    .scope = kCluster,
    .labels = kBackup,
    .help = "1 when the job says of its last run that it went well, 0 when it failed.",
    .source = kStatusFile};
constexpr MetricDesc kJobEnded{.name = "pgfleet_backup_job_timestamp_seconds",
                               .scope = kCluster,
                               .unit = "seconds",
                               .labels = kBackup,
                               .help = "When the job last said so.",
                               .source = kStatusFile};
constexpr MetricDesc kRead{
    .name = "pgfleet_backup_scan_timestamp_seconds",
    .scope = kCluster,
    .unit = "seconds",
    .labels = kBackup,
    .help = "When the backup's files were last read; kept while that fails or hangs.",
    .source = "exporter"};
constexpr MetricDesc kFailure{.name = "pgfleet_backup_scan_failure",
                              .kind = metric::Kind::kInfo,
                              .scope = kCluster,
                              .labels = kWithReason,
                              .help = "1 while the files, or some of the newest, cannot be read.",
                              .source = "exporter"};
constexpr std::array kMetrics = {&kNewest,   &kNewestBytes,  &kSizeRatio, &kComplete,
                                 &kInfo,     &kCount,        &kGrowing,   &kBytes,
                                 &kOldest,   &kOverdue,      &kDue,       &kNextDue,
                                 &kJobEnded, &kJobSucceeded, &kRead,      &kFailure};

void WriteFacts(const std::string& name, const model::BackupFacts& facts,
                metric::MetricWriter& out) {
  const std::pair<const MetricDesc*, std::optional<double>> values[] = {
      {&kNewest, facts.newest},
      {&kNewestBytes, facts.newest_bytes},
      {&kSizeRatio, facts.size_ratio},
      {&kComplete, AsValue(facts.complete)},
      {&kCount, AsValue(facts.files)},
      {&kGrowing, facts.files ? AsValue(std::optional(facts.growing)) : std::nullopt},
      {&kBytes, facts.bytes},
      {&kOldest, facts.oldest},
      {&kOverdue, AsValue(facts.overdue)},
      {&kDue, facts.due},
      {&kNextDue, facts.next_due},
      {&kJobSucceeded, AsValue(facts.job_succeeded)},
      {&kJobEnded, facts.job_ended}};
  for (const auto& [desc, value] : values) out.Write(*desc, {name}, value);
  if (!facts.format.empty()) out.Write(kInfo, {name, facts.format, facts.compression}, 1);
}

void Write(const model::ClusterSnapshot& cluster, model::Monotonic now, metric::MetricWriter& out) {
  if (cluster.backups == nullptr) return;
  for (const model::BackupStatus& backup : cluster.backups->backups) {
    if (backup.read)
      out.Write(kRead, {backup.name}, model::Seconds(backup.read->wall.time_since_epoch()));
    if (backup.failure) out.Write(kFailure, {backup.name, model::Name(*backup.failure)}, 1);
    if (backup.facts && backup.read && now - backup.read->monotonic <= backup.max_age)
      WriteFacts(backup.name, *backup.facts, out);
  }
}

}  // namespace

constexpr Analysis kBackups{.name = "backups", .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
