#include <array>

#include "collectors/archiver_backlog.h"
#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/values.h"

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
    " CASE WHEN NOT n.r THEN pg_catalog.pg_current_xlog_flush_location() END AS wal";
constexpr std::string_view kWal10 =
    " CASE WHEN NOT n.r THEN pg_catalog.pg_current_wal_flush_lsn() END AS wal";
constexpr std::string_view kTail =
    " FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) n,"
    " pg_catalog.pg_stat_archiver a";

constexpr std::array kSql = {
    pg::SqlVersion{9, 9, kJoin<kHead, kCommandOnly, kCounters, kWal96, kTail>},
    pg::SqlVersion{10, 14, kJoin<kHead, kCommandOnly, kCounters, kWal10, kTail>},
    pg::SqlVersion{15, pg::kLater, kJoin<kHead, kOrLibrary, kCounters, kWal10, kTail>},
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
  auto result = row.Result();
  if (result && archiver->segment_bytes <= 0)
    return std::unexpected(
        DecodeFault{model::FailureReason::kBadValue, "a WAL segment size that is not positive"});
  if (result) facts.archiver = std::move(archiver);
  return result;
}

constexpr std::array<std::string_view, 1> kStateLabels = {"state"};
constexpr std::array<std::string_view, 9> kStates = {"disabled", "not_applicable", "unconfigured",
                                                     "dead",     "failing",        "stalled",
                                                     "never",    "idle",           "ok"};
constexpr MetricDesc kState{
    .name = "pgfleet_archiver_state",
    .kind = Kind::kStateSet,
    .labels = kStateLabels,
    .help =
        "What the archiver does. failing: the last attempt failed; never: the statistics know "
        "of no archived file; idle: nothing complete waits; ok: at most two segments wait. "
        "dead and stalled stay 0: with more waiting, absent, because one look cannot tell a "
        "hung archiver from a busy one.",
    .source = "archive_mode, pg_stat_archiver"};
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
constexpr MetricDesc kLastArchivedTime{
    .name = "pgfleet_archiver_last_archived_timestamp_seconds",
    .unit = "seconds",
    .help = "When a file was last archived, by the server's clock; absent: never.",
    .source = "pg_stat_archiver.last_archived_time"};
constexpr MetricDesc kLastFailedTime{
    .name = "pgfleet_archiver_last_failed_timestamp_seconds",
    .unit = "seconds",
    .help = "When archiving last failed, by the server's clock; absent: never.",
    .source = "pg_stat_archiver.last_failed_time"};
constexpr MetricDesc kBacklog{
    .name = "pgfleet_archiver_backlog_segments",
    .help =
        "Primary: complete WAL segments after the last archived one; absent until the "
        "statistics know of one.",
    .source = "pg_stat_archiver.last_archived_wal, pg_current_wal_flush_lsn()"};
constexpr std::array kMetrics = {
    &kState, &kArchivedFiles, &kFailedAttempts, &kLastArchivedTime, &kLastFailedTime, &kBacklog};

bool Fails(const model::ArchiverFacts& archiver) {
  if (!archiver.last_archived) return archiver.failed > 0;
  return archiver.last_failed > archiver.last_archived;  // an absent time is before every other
}

// Complete segments that may wait while an archiver does its work.
constexpr std::int64_t kSmallBacklog = 2;

std::optional<std::string_view> StateOf(const model::ArchiverFacts& archiver) {
  if (archiver.mode == "off") return "disabled";
  if (!ArchiverRuns(archiver)) return "not_applicable";
  if (!archiver.configured) return "unconfigured";
  if (Fails(archiver)) return "failing";
  if (!archiver.last_archived) return "never";
  const auto backlog = ArchiverBacklog(archiver);
  if (!backlog) return std::nullopt;
  if (*backlog == 0) return "idle";
  if (*backlog <= kSmallBacklog) return "ok";
  return std::nullopt;  // busy or hung: one poll cannot tell
}

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::ArchiverFacts& archiver = *view.node.facts.archiver;
  if (const auto state = StateOf(archiver)) out.WriteStates(kState, {}, kStates, state);
  if (!ArchiverRuns(archiver)) return;
  out.Write(kArchivedFiles, static_cast<double>(archiver.archived));
  out.Write(kFailedAttempts, static_cast<double>(archiver.failed));
  out.Write(kLastArchivedTime, archiver.last_archived);
  out.Write(kLastFailedTime, archiver.last_failed);
  out.Write(kBacklog, AsValue(ArchiverBacklog(archiver)));
}

}  // namespace

constexpr Collector kArchiver{.name = "archiver",
                              .lane = model::Lane::kStatus,
                              .sql = kSql,
                              .columns = kColumns,
                              .decode = Decode,
                              .write = Write,
                              .metrics = kMetrics,
                              .privilege = "none"};

}  // namespace pgfleet::collectors
