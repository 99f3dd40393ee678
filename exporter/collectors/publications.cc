#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/series_dropped.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t { kDatabase, kTotal, kName, kTableCount, kWithoutCount, kColumns };

// The function under pg_publication_tables, because that view compares every table with every
// publication before 12. A partitioned table (published as a whole) is written through its
// partitions, so theirs are the identities that count. One row with a NULL name where the database
// has no publication, so that the answer always names its database.
constexpr std::array kSql = {pg::SqlVersion{
    10, pg::kLater,
    "WITH RECURSIVE part(pubname, changes, root, relation) AS ("
    "SELECT p.pubname, p.pubupdate OR p.pubdelete, g.relid, g.relid"
    " FROM pg_catalog.pg_publication p"
    " CROSS JOIN LATERAL pg_catalog.pg_get_publication_tables(p.pubname::pg_catalog.text) g"
    " UNION ALL SELECT a.pubname, a.changes, a.root, i.inhrelid FROM part a"
    " JOIN pg_catalog.pg_class c ON c.oid = a.relation AND c.relkind = 'p'"
    " JOIN pg_catalog.pg_inherits i ON i.inhparent = a.relation"
    "), published(pubname, root, without) AS ("
    "SELECT a.pubname, a.root, pg_catalog.bool_or(a.changes AND c.relkind = 'r'"
    " AND c.relreplident <> 'f' AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i"
    " WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate"
    " AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident"
    " ELSE false END))"
    " FROM part a JOIN pg_catalog.pg_class c ON c.oid = a.relation GROUP BY a.pubname, a.root)"
    " SELECT pg_catalog.current_database(), pg_catalog.count(p.pubname) OVER () AS total,"
    " p.pubname, pg_catalog.count(t.root) AS tables,"
    " pg_catalog.count(*) FILTER (WHERE t.without) AS without_identity"
    " FROM (SELECT 1) one LEFT JOIN pg_catalog.pg_publication p ON true"
    " LEFT JOIN published t ON t.pubname = p.pubname"
    " GROUP BY p.pubname ORDER BY p.pubname LIMIT 200"}};
static_assert(pg::IsContiguous(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto found = std::make_shared<model::PublicationFacts>();
  std::string database;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows, i);
    database = row.NeedText(kDatabase);
    found->dropped = row.NeedInteger(kTotal);
    if (!row.Null(kName))
      found->publications.push_back({.name = row.NeedText(kName),
                                     .tables = row.NeedInteger(kTableCount),
                                     .tables_without_identity = row.NeedInteger(kWithoutCount)});
    if (auto result = row.Result(); !result) return result;
  }
  found->dropped -= static_cast<std::int64_t>(found->publications.size());
  facts.databases[database].publications = std::move(found);
  return {};
}

constexpr std::array<std::string_view, 2> kLabels = {"publication", "database"};
constexpr MetricDesc kTables{
    .name = "pgfleet_publication_tables",
    .labels = kLabels,
    .help =
        "Tables that the publication publishes; one published through its partitioned root "
        "counts once.",
    .versions = "10+",
    .source = "pg_publication, pg_get_publication_tables()"};
constexpr MetricDesc kWithout{
    .name = "pgfleet_publication_tables_without_identity",
    .labels = kLabels,
    .help =
        "Published tables on which every UPDATE or DELETE that is published fails, because "
        "nothing identifies their rows: no primary key, REPLICA IDENTITY NOTHING, or the index "
        "of the identity gone. Always 0 for a publication of neither.",
    .versions = "10+",
    .source = "pg_class.relreplident, pg_index"};
constexpr std::array kMetrics = {&kTables, &kWithout};

void Write(const NodeView& view, metric::MetricWriter& out) {
  std::optional<std::int64_t> dropped;  // absent while no database answers
  for (const auto& [database, facts] : view.node.facts.databases) {
    if (!facts.publications) continue;
    for (const model::Publication& each : facts.publications->publications) {
      out.Write(kTables, {each.name, database}, static_cast<double>(each.tables));
      out.Write(kWithout, {each.name, database}, static_cast<double>(each.tables_without_identity));
    }
    dropped = dropped.value_or(0) + facts.publications->dropped;
  }
  out.Write(kSeriesDropped, {"publication"}, AsValue(dropped));
}

}  // namespace

constexpr Collector kPublications{.name = "publications",
                                  .lane = model::Lane::kInventory,
                                  .place = Place::kDatabase,
                                  .sql = kSql,
                                  .columns = kColumns,
                                  .decode = Decode,
                                  .write = Write,
                                  .metrics = kMetrics,
                                  .privilege = "CONNECT to the declared databases"};

}  // namespace pgfleet::collectors
