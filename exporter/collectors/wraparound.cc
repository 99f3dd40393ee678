#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/series_dropped.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t { kTotal, kDatabase, kXidAge, kMultixactAge, kColumns };

// All databases: one that nobody can enter (template0) still holds the whole cluster's horizon.
constexpr std::array kSql = {pg::SqlVersion{
    9, pg::kLater,
    "SELECT pg_catalog.count(*) OVER () AS total, d.datname,"
    " pg_catalog.age(d.datfrozenxid) AS xid_age, pg_catalog.mxid_age(d.datminmxid) AS mxid_age"
    " FROM pg_catalog.pg_database d"
    " ORDER BY greatest(pg_catalog.age(d.datfrozenxid), pg_catalog.mxid_age(d.datminmxid)) DESC,"
    " d.datname LIMIT 200"}};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto ages = std::make_shared<model::WraparoundFacts>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows, i);
    ages->dropped = row.NeedInteger(kTotal);
    ages->databases.push_back(
        {row.NeedText(kDatabase), row.NeedInteger(kXidAge), row.NeedInteger(kMultixactAge)});
    if (auto result = row.Result(); !result) return result;
  }
  ages->dropped -= static_cast<std::int64_t>(ages->databases.size());
  facts.wraparound = std::move(ages);
  return {};
}

constexpr std::array<std::string_view, 1> kLabels = {"database"};
constexpr MetricDesc kXid{
    .name = "pgfleet_database_xid_age_transactions",
    .labels = kLabels,
    .help =
        "Transactions since the oldest row of the database was frozen; the server stops "
        "assigning transactions shortly before 2^31.",
    .source = "pg_database.datfrozenxid"};
constexpr MetricDesc kMultixact{
    .name = "pgfleet_database_multixact_age_multixacts",
    .labels = kLabels,
    .help =
        "Multixacts since the oldest one that the database may still need; the server stops "
        "assigning them shortly before 2^31.",
    .source = "pg_database.datminmxid"};
constexpr std::array kMetrics = {&kXid, &kMultixact};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::WraparoundFacts& facts = *view.node.facts.wraparound;
  for (const model::DatabaseAge& each : facts.databases) {
    out.Write(kXid, {each.database}, static_cast<double>(each.xid_age));
    out.Write(kMultixact, {each.database}, static_cast<double>(each.multixact_age));
  }
  out.Write(kSeriesDropped, {"database"}, static_cast<double>(facts.dropped));
}

}  // namespace

constexpr Collector kWraparound{.name = "wraparound",
                                .lane = model::Lane::kInventory,
                                .sql = kSql,
                                .columns = kColumns,
                                .decode = Decode,
                                .write = Write,
                                .metrics = kMetrics,
                                .privilege = "none"};

}  // namespace pgfleet::collectors
