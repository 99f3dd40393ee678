#include <array>

#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/values.h"
#include "model/wal_file.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t {
  kSegments,
  kBytes,
  kOldest,
  kNewestTimeline,
  kNewestHistory,
  kLastBackup,
  kSegmentBytes,
  kColumns,
};

// A segment's name is timeline, log and segment, 8 hexadecimal digits each. Which is the oldest is
// decided without the timeline: what a promotion left behind has a lower one.
constexpr std::string_view kHead =
    "SELECT pg_catalog.count(*) FILTER (WHERE f.name ~ '^[0-9A-F]{24}$') AS segments,"
    " coalesce(pg_catalog.sum(f.size), 0) AS bytes,"
    " '00000000' || pg_catalog.min(pg_catalog.substr(f.name, 9))"
    " FILTER (WHERE f.name ~ '^[0-9A-F]{24}$') AS oldest,"
    " ('x' || pg_catalog.max(pg_catalog.substr(f.name, 1, 8))"
    " FILTER (WHERE f.name ~ '^[0-9A-F]{8}([0-9A-F]{16}|[.]history)$'))::bit(32)::bigint"
    " AS newest_timeline,"
    " ('x' || pg_catalog.max(pg_catalog.substr(f.name, 1, 8))"
    " FILTER (WHERE f.name ~ '^[0-9A-F]{8}[.]history$'))::bit(32)::bigint AS newest_history,"
    " extract(epoch from pg_catalog.max(f.modification)"
    " FILTER (WHERE f.name ~ '^[0-9A-F]{24}[.][0-9A-F]{8}[.]backup$')) AS last_backup,"
    " (SELECT i.bytes_per_wal_segment FROM pg_catalog.pg_control_init() i) AS segment_bytes"
    " FROM ";
// A file that is recycled between the two looks has no size any more.
constexpr std::string_view kFiles96 =
    "(SELECT d.name, s.size, s.modification FROM pg_catalog.pg_ls_dir('pg_xlog') d(name),"
    " pg_catalog.pg_stat_file('pg_xlog/' || d.name, true) s WHERE NOT s.isdir) f";
constexpr std::string_view kFiles10 = "pg_catalog.pg_ls_waldir() f";
constexpr std::string_view kFilesHelped = "pgfleet.ls_waldir() f";

constexpr std::array kSql = {
    pg::SqlVersion{9, 9, kJoin<kHead, kFiles96>},
    pg::SqlVersion{10, pg::kLater, kJoin<kHead, kFiles10>},
};
static_assert(pg::HasNoGapAndNoOverlap(kSql));
constexpr std::array kHelped = {pg::SqlVersion{9, 9, kJoin<kHead, kFilesHelped>}};
static_assert(pg::IsContiguous(kHelped));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto directory = std::make_shared<model::WalDirectoryFacts>();
  directory->segments = row.NeedInteger(kSegments);
  directory->bytes = row.NeedInteger(kBytes);
  directory->newest_timeline = row.Integer(kNewestTimeline);
  directory->newest_history = row.Integer(kNewestHistory);
  directory->last_backup = row.Real(kLastBackup);
  const std::int64_t segment_bytes = row.NeedInteger(kSegmentBytes);
  if (auto result = row.Result(); !result) return result;
  if (segment_bytes <= 0)
    return std::unexpected(
        DecodeFault{model::FailureReason::kBadValue, "a WAL segment size that is not positive"});
  if (const auto end = model::ArchivedEnd(row.Text(kOldest), segment_bytes))
    directory->oldest = model::Lsn{end->value - static_cast<std::uint64_t>(segment_bytes)};
  facts.wal_directory = std::move(directory);
  return {};
}

constexpr MetricDesc kSegmentFiles{
    .name = "pgfleet_wal_directory_segments",
    .help =
        "WAL segment files in the WAL directory, those that wait to be filled again "
        "among them.",
    .source = "pg_ls_waldir(), 9.6: pg_ls_dir()"};
constexpr MetricDesc kSize{
    .name = "pgfleet_wal_directory_bytes",
    .unit = "bytes",
    .help = "Size of all files of the WAL directory; those in its subdirectories do not count.",
    .source = "pg_ls_waldir(), 9.6: pg_ls_dir()"};
constexpr MetricDesc kOldestLsn{
    .name = "pgfleet_wal_directory_oldest_lsn_bytes",
    .unit = "bytes",
    .help =
        "Where the oldest WAL segment file begins: a standby that needs earlier WAL cannot "
        "stream it from this node.",
    .source = "pg_ls_waldir(), 9.6: pg_ls_dir()"};
constexpr MetricDesc kTimeline{
    .name = "pgfleet_wal_directory_newest_timeline",
    .help = "The highest timeline that a segment or a history file of the WAL directory names.",
    .source = "pg_ls_waldir(), 9.6: pg_ls_dir()"};
constexpr std::array kMetrics = {&kSegmentFiles, &kSize, &kOldestLsn, &kTimeline};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::WalDirectoryFacts& directory = *view.node.facts.wal_directory;
  out.Write(kSegmentFiles, static_cast<double>(directory.segments));
  out.Write(kSize, static_cast<double>(directory.bytes));
  out.Write(kOldestLsn, AsValue(directory.oldest));
  out.Write(kTimeline, AsValue(directory.newest_timeline));
}

}  // namespace

constexpr Collector kWalDirectory{.name = "wal_directory",
                                  .lane = model::Lane::kInventory,
                                  .sql = kSql,
                                  .fallback = kHelped,
                                  .columns = kColumns,
                                  .decode = Decode,
                                  .write = Write,
                                  .metrics = kMetrics,
                                  .privilege = "pg_monitor; 9.6: pgfleet.ls_waldir()"};

}  // namespace pgfleet::collectors
