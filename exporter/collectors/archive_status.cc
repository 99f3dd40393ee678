#include <array>

#include "collectors/archiver_backlog.h"
#include "collectors/freshness.h"
#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t { kReadySegments, kReadyFiles, kOldestAge, kColumns };

// The age is by the server's clock: a file's own time says when it became ready.
constexpr std::string_view kHead =
    "SELECT pg_catalog.count(*) FILTER (WHERE f.name ~ '^[0-9A-F]{24}[.]ready$') AS segments,"
    " pg_catalog.count(*) AS files,"
    " extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.min(f.modification))"
    " AS oldest_age FROM ";
// A file that the archiver renames between the two looks has no time any more.
constexpr std::string_view kFiles96 =
    "(SELECT d.name, s.modification FROM pg_catalog.pg_ls_dir('pg_xlog/archive_status') d(name),"
    " pg_catalog.pg_stat_file('pg_xlog/archive_status/' || d.name, true) s"
    " WHERE d.name ~ '[.]ready$' AND s.size IS NOT NULL) f";
constexpr std::string_view kFiles10 =
    "(SELECT d.name, s.modification FROM pg_catalog.pg_ls_dir('pg_wal/archive_status') d(name),"
    " pg_catalog.pg_stat_file('pg_wal/archive_status/' || d.name, true) s"
    " WHERE d.name ~ '[.]ready$' AND s.size IS NOT NULL) f";
constexpr std::string_view kFiles12 =
    "pg_catalog.pg_ls_archive_statusdir() f WHERE f.name ~ '[.]ready$'";
constexpr std::string_view kFilesHelped =
    "pgfleet.ls_archive_statusdir() f WHERE f.name ~ '[.]ready$'";

constexpr std::array kSql = {
    pg::SqlVersion{9, 9, kJoin<kHead, kFiles96>},
    pg::SqlVersion{10, 11, kJoin<kHead, kFiles10>},
    pg::SqlVersion{12, pg::kLater, kJoin<kHead, kFiles12>},
};
static_assert(pg::HasNoGapAndNoOverlap(kSql));
constexpr std::array kHelped = {pg::SqlVersion{9, 11, kJoin<kHead, kFilesHelped>}};
static_assert(pg::IsContiguous(kHelped));

// The directory has a file for each segment: it is read only when segments wait, or when nobody can
// say whether they do.
bool Wanted(const model::NodeFacts& facts) {
  if (facts.archiver == nullptr) return true;
  if (!ArchiverRuns(*facts.archiver)) return false;
  return ArchiverBacklog(*facts.archiver) != 0;
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto status = std::make_shared<model::ArchiveStatusFacts>();
  status->ready_segments = row.NeedInteger(kReadySegments);
  status->ready_files = row.NeedInteger(kReadyFiles);
  status->oldest_age = row.Real(kOldestAge);
  auto result = row.Result();
  if (result) facts.archive_status = std::move(status);
  return result;
}

constexpr MetricDesc kReady{
    .name = "pgfleet_archiver_ready_files",
    .help =
        "Whole WAL segments that are marked as ready and not archived yet. Counted only while "
        "the arithmetic of pgfleet_archiver_backlog_segments says that some wait, or cannot "
        "say.",
    .source = "pg_ls_archive_statusdir(), before 12: pg_ls_dir()"};
constexpr MetricDesc kAge{
    .name = "pgfleet_archiver_oldest_ready_age_seconds",
    .unit = "seconds",
    .help =
        "How long the oldest file that is ready to be archived has waited, by the server's "
        "clock; history files, which go first, count as well. Absent when nothing waits.",
    .source = "pg_ls_archive_statusdir(), before 12: pg_stat_file()"};
constexpr std::array kMetrics = {&kReady, &kAge};

void Write(const NodeView& view, metric::MetricWriter& out) {
  // What was counted before the archiver caught up is no longer so.
  if (IsFresh(view.node, kArchiver.name, view.now) && !Wanted(view.node.facts)) return;
  const model::ArchiveStatusFacts& status = *view.node.facts.archive_status;
  out.Write(kReady, static_cast<double>(status.ready_segments));
  out.Write(kAge, status.oldest_age);
}

}  // namespace

constexpr Collector kArchiveStatus{
    .name = "archive_status",
    .lane = model::Lane::kInventory,
    .sql = kSql,
    .fallback = kHelped,
    .columns = kColumns,
    .wanted = Wanted,
    .decode = Decode,
    .write = Write,
    .metrics = kMetrics,
    .privilege = "12+: pg_monitor; before: pgfleet.ls_archive_statusdir()"};

}  // namespace pgfleet::collectors
