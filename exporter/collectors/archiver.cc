#include <array>

#include "collectors/archiver_backlog.h"
#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"

namespace pgfleet::collectors {
namespace {

using metric::Kind;
using metric::MetricDesc;

enum Column : std::size_t {
  kInRecovery,
  kMode,
  kConfigured,
  kArchived,
  kLastArchivedWal,
  kLastArchived,
  kFailed,
  kLastFailed,
  kSegmentBytes,
  kWal,
  kRecoveredTo,
  kTimeout,
  kProcesses,
  kColumns,
};

// Whether a command is set is decided on the server: the command itself may hold secrets.
constexpr std::string_view kHead =
    "SELECT n.r, pg_catalog.current_setting('archive_mode') AS mode,"
    " pg_catalog.current_setting('archive_command') NOT IN ('', '(disabled)')";
constexpr std::string_view kCommandOnly = " AS configured,";
constexpr std::string_view kOrLibrary =
    " OR pg_catalog.current_setting('archive_library') <> '' AS configured,";
constexpr std::string_view kCounters =
    " a.archived_count, a.last_archived_wal,"
    " extract(epoch from a.last_archived_time) AS last_archived, a.failed_count,"
    " extract(epoch from a.last_failed_time) AS last_failed,"
    " (SELECT i.bytes_per_wal_segment FROM pg_catalog.pg_control_init() i) AS segment_bytes,";
constexpr std::string_view kWal96 =
    " CASE WHEN NOT n.r THEN pg_catalog.pg_current_xlog_flush_location() ELSE"
    " GREATEST(pg_catalog.pg_last_xlog_receive_location(),"
    " pg_catalog.pg_last_xlog_replay_location()) END AS wal,"
    " CASE WHEN NOT n.r THEN pg_catalog.pg_last_xlog_replay_location() END AS recovered_to,";
constexpr std::string_view kWal10 =
    " CASE WHEN NOT n.r THEN pg_catalog.pg_current_wal_flush_lsn() ELSE"
    " GREATEST(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn()) END"
    " AS wal,"
    " CASE WHEN NOT n.r THEN pg_catalog.pg_last_wal_replay_lsn() END AS recovered_to,";
constexpr std::string_view kTimeoutSql =
    " extract(epoch from pg_catalog.current_setting('archive_timeout')::pg_catalog.interval)"
    " AS timeout,";
constexpr std::string_view kNoProcesses = " NULL::bigint AS processes";
// To a role that may not read other sessions all of them look alike.
constexpr std::string_view kProcesses14 =
    " CASE WHEN pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') THEN"
    " (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity p"
    " WHERE p.backend_type = 'archiver') END AS processes";
constexpr std::string_view kTail =
    " FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) n,"
    " pg_catalog.pg_stat_archiver a";

constexpr std::array kSql = {
    pg::SqlVersion{9, 9,
                   kJoin<kHead, kCommandOnly, kCounters, kWal96, kTimeoutSql, kNoProcesses, kTail>},
    pg::SqlVersion{10, 13,
                   kJoin<kHead, kCommandOnly, kCounters, kWal10, kTimeoutSql, kNoProcesses, kTail>},
    pg::SqlVersion{14, 14,
                   kJoin<kHead, kCommandOnly, kCounters, kWal10, kTimeoutSql, kProcesses14, kTail>},
    pg::SqlVersion{15, pg::kLater,
                   kJoin<kHead, kOrLibrary, kCounters, kWal10, kTimeoutSql, kProcesses14, kTail>},
};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto archiver = std::make_shared<model::ArchiverFacts>();
  archiver->in_recovery = row.NeedBoolean(kInRecovery);
  archiver->mode = row.NeedText(kMode);
  archiver->configured = row.NeedBoolean(kConfigured);
  archiver->archived = row.NeedInteger(kArchived);
  archiver->last_archived_wal = row.Text(kLastArchivedWal);
  archiver->last_archived = row.Real(kLastArchived);
  archiver->failed = row.NeedInteger(kFailed);
  archiver->last_failed = row.Real(kLastFailed);
  archiver->segment_bytes = row.NeedInteger(kSegmentBytes);
  archiver->wal_lsn = row.Lsn(kWal);
  archiver->recovered_to = row.Lsn(kRecoveredTo);
  archiver->timeout = row.NeedReal(kTimeout);
  archiver->processes = row.Integer(kProcesses);
  auto result = row.Result();
  if (result && archiver->segment_bytes <= 0)
    return std::unexpected(
        DecodeFault{model::FailureReason::kBadValue, "a WAL segment size that is not positive"});
  if (result) facts.archiver = std::move(archiver);
  return result;
}

constexpr MetricDesc kArchivedFiles{.name = "pgfleet_archiver_archived_files_total",
                                    .kind = Kind::kCounter,
                                    .help =
                                        "Files archived since the statistics were reset; "
                                        "absent where no archiver runs.",
                                    .source = "pg_stat_archiver.archived_count"};
constexpr MetricDesc kFailedAttempts{.name = "pgfleet_archiver_failed_attempts_total",
                                     .kind = Kind::kCounter,
                                     .help =
                                         "Failed attempts to archive a file since the "
                                         "statistics were reset; a hung command counts none.",
                                     .source = "pg_stat_archiver.failed_count"};
constexpr std::array kMetrics = {&kArchivedFiles, &kFailedAttempts};

// What follows from these facts and from what is remembered: analysis/archiving.cc.
void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::ArchiverFacts& archiver = *view.node.facts.archiver;
  if (!ArchiverRuns(archiver)) return;
  out.Write(kArchivedFiles, static_cast<double>(archiver.archived));
  out.Write(kFailedAttempts, static_cast<double>(archiver.failed));
}

}  // namespace

constexpr Collector kArchiver{
    .name = "archiver",
    .lane = model::Lane::kStatus,
    .sql = kSql,
    .columns = kColumns,
    .decode = Decode,
    .write = Write,
    .metrics = kMetrics,
    .privilege = "none; 14+: pg_monitor, to see whether the archiver runs"};

}  // namespace pgfleet::collectors
