#include <array>

#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t {
  kInRecovery,
  kTime,
  kRedo,
  kPosition,
  kBackup,
  kBackupStart,
  kColumns,
};

constexpr std::string_view kHead96 =
    "SELECT n.r, extract(epoch from c.checkpoint_time) AS checkpoint, c.redo_location,"
    " CASE WHEN n.r THEN pg_catalog.pg_last_xlog_replay_location()"
    " ELSE pg_catalog.pg_current_xlog_flush_location() END AS position,";
constexpr std::string_view kHead10 =
    "SELECT n.r, extract(epoch from c.checkpoint_time) AS checkpoint, c.redo_lsn,"
    " CASE WHEN n.r THEN pg_catalog.pg_last_wal_replay_lsn()"
    " ELSE pg_catalog.pg_current_wal_flush_lsn() END AS position,";
// Both speak of exclusive backups only, and read the label file of the backup.
constexpr std::string_view kExclusive =
    " CASE WHEN NOT n.r THEN pg_catalog.pg_is_in_backup() END AS backup,"
    " CASE WHEN NOT n.r THEN extract(epoch from pg_catalog.pg_backup_start_time()) END"
    " AS backup_start";
constexpr std::string_view kNoExclusive = " NULL AS backup, NULL AS backup_start";
constexpr std::string_view kTail =
    " FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) n,"
    " pg_catalog.pg_control_checkpoint() c";

constexpr std::array kSql = {
    pg::SqlVersion{9, 9, kJoin<kHead96, kExclusive, kTail>},
    pg::SqlVersion{10, 14, kJoin<kHead10, kExclusive, kTail>},
    pg::SqlVersion{15, pg::kLater, kJoin<kHead10, kNoExclusive, kTail>},
};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto control = std::make_shared<model::ControlFileFacts>();
  control->in_recovery = row.NeedBoolean(kInRecovery);
  control->checkpoint = row.NeedReal(kTime);
  const auto redo = row.Lsn(kRedo);
  control->position = row.Lsn(kPosition);
  control->exclusive_backup = row.Boolean(kBackup);
  control->exclusive_backup_start = row.Real(kBackupStart);
  if (auto result = row.Result(); !result) return result;
  if (!redo)
    return std::unexpected(
        DecodeFault{model::FailureReason::kBadValue, "a checkpoint without a position"});
  control->redo = *redo;
  facts.control_file = std::move(control);
  return {};
}

constexpr MetricDesc kCheckpoint{
    .name = "pgfleet_checkpoint_timestamp_seconds",
    .unit = "seconds",
    .help =
        "When the last checkpoint began. On a standby: the primary's checkpoint, by the "
        "primary's clock, that the last restartpoint stands on.",
    .source = "pg_control_checkpoint().checkpoint_time"};
constexpr MetricDesc kDistance{
    .name = "pgfleet_checkpoint_redo_distance_bytes",
    .unit = "bytes",
    .help =
        "WAL that the node would have to replay if it crashed now: from the beginning of its "
        "last checkpoint (standby: restartpoint) to what it has flushed (standby: replayed).",
    .source = "pg_control_checkpoint().redo_lsn"};
constexpr MetricDesc kExclusiveBackup{
    .name = "pgfleet_exclusive_backup_running",
    .help = "Primary: 1 while a base backup in exclusive mode runs, or was begun and never ended.",
    .versions = "9.6-14",
    .source = "pg_is_in_backup()"};
constexpr MetricDesc kExclusiveBackupStart{
    .name = "pgfleet_exclusive_backup_start_timestamp_seconds",
    .unit = "seconds",
    .help =
        "Primary: when the exclusive base backup began, by the server's clock; absent when none "
        "runs.",
    .versions = "9.6-14",
    .source = "pg_backup_start_time()"};
constexpr std::array kMetrics = {&kCheckpoint, &kDistance, &kExclusiveBackup,
                                 &kExclusiveBackupStart};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::ControlFileFacts& control = *view.node.facts.control_file;
  out.Write(kCheckpoint, control.checkpoint);
  out.Write(kDistance, DistanceValue(control.redo, control.position));
  out.Write(kExclusiveBackup, AsValue(control.exclusive_backup));
  out.Write(kExclusiveBackupStart, control.exclusive_backup_start);
}

}  // namespace

constexpr Collector kControlFile{.name = "control_file",
                                 .lane = model::Lane::kInventory,
                                 .sql = kSql,
                                 .columns = kColumns,
                                 .decode = Decode,
                                 .write = Write,
                                 .metrics = kMetrics,
                                 .privilege = "none"};

}  // namespace pgfleet::collectors
