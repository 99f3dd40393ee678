#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/series_dropped.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::Kind;
using metric::MetricDesc;

enum Column : std::size_t { kTotal, kShared, kDatabase, kFailures, kLastFailure, kColumns };

// checksum_failures is NULL where data checksums are off: then one row with a total of 0. A base
// backup counts the bad pages of a file only when it finds more than one in it.
constexpr std::array kSql = {pg::SqlVersion{
    12, pg::kLater,
    "SELECT pg_catalog.count(s.datid) OVER () AS total, s.datid = 0 AS shared, s.datname,"
    " s.checksum_failures, extract(epoch from s.checksum_last_failure) AS last_failure"
    " FROM (SELECT 1) one"
    " LEFT JOIN pg_catalog.pg_stat_database s ON s.checksum_failures IS NOT NULL"
    " ORDER BY s.checksum_failures DESC, s.datname LIMIT 200"}};
static_assert(pg::IsContiguous(kSql));

// Parentheses set the relations that belong to no database apart from a database called "shared".
constexpr std::string_view kSharedRelations = "(shared)";

std::string DatabaseOf(RowReader& row) {
  if (row.NeedBoolean(kShared)) return std::string(kSharedRelations);
  std::string name = row.NeedText(kDatabase);
  if (name == kSharedRelations) name += "#2";  // no label set may come twice
  return name;
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto checksums = std::make_shared<model::ChecksumFacts>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows, i);
    checksums->dropped = row.NeedInteger(kTotal);
    if (!row.Null(kFailures))
      checksums->databases.push_back(
          {DatabaseOf(row), row.NeedInteger(kFailures), row.Real(kLastFailure)});
    if (auto result = row.Result(); !result) return result;
  }
  checksums->dropped -= static_cast<std::int64_t>(checksums->databases.size());
  facts.checksums = std::move(checksums);
  return {};
}

constexpr std::array<std::string_view, 1> kLabels = {"database"};
constexpr MetricDesc kFailuresTotal{
    .name = "pgfleet_checksum_failures_total",
    .kind = Kind::kCounter,
    .labels = kLabels,
    .help =
        "Pages that failed their checksum when this node read them, since the statistics were "
        "reset; database=\"(shared)\" are relations that belong to no database (before 18 as base "
        "backups find them: a session counts every page for its own database). Absent where data "
        "checksums are off.",
    .versions = "12+",
    .source = "pg_stat_database.checksum_failures"};
constexpr MetricDesc kLast{.name = "pgfleet_checksum_last_failure_timestamp_seconds",
                           .unit = "seconds",
                           .labels = kLabels,
                           .help =
                               "When a page last failed its checksum, by the server's clock; "
                               "absent: never since the statistics were reset.",
                           .versions = "12+",
                           .source = "pg_stat_database.checksum_last_failure"};
constexpr std::array kMetrics = {&kFailuresTotal, &kLast};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::ChecksumFacts& facts = *view.node.facts.checksums;
  for (const model::DatabaseChecksums& each : facts.databases) {
    out.Write(kFailuresTotal, {each.database}, static_cast<double>(each.failures));
    out.Write(kLast, {each.database}, each.last_failure);
  }
  out.Write(kSeriesDropped, {"checksum_database"}, static_cast<double>(facts.dropped));
}

}  // namespace

constexpr Collector kChecksums{.name = "checksums",
                               .lane = model::Lane::kInventory,
                               .sql = kSql,
                               .columns = kColumns,
                               .decode = Decode,
                               .write = Write,
                               .metrics = kMetrics,
                               .privilege = "none"};

}  // namespace pgfleet::collectors
