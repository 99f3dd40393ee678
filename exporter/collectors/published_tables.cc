#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"

namespace pgfleet::collectors {
namespace {

enum Column : std::size_t {
  kDatabase,
  kTotal,
  kPublication,
  kSchema,
  kTable,
  kTableCount,
  kPublishedCount,
  kColumns
};

// A row for each publication, for each of its schemas (with how many tables that has and how many
// of them it publishes), and for each table that it publishes; one row of NULLs where there is
// none. What stands below a published table is published with it; a partitioned table is published
// also when all its partitions that hold rows are.
constexpr std::array kSql = {pg::SqlVersion{
    10, pg::kLater,
    "WITH RECURSIVE below(pubname, relation) AS ("
    "SELECT p.pubname, g.relid FROM pg_catalog.pg_publication p"
    " CROSS JOIN LATERAL pg_catalog.pg_get_publication_tables(p.pubname::pg_catalog.text) g"
    " UNION SELECT b.pubname, i.inhrelid FROM below b"
    " JOIN pg_catalog.pg_inherits i ON i.inhparent = b.relation"
    " JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition"
    "), part(root, relation) AS ("
    "SELECT c.oid, i.inhrelid FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_inherits i ON i.inhparent = c.oid WHERE c.relkind = 'p'"
    " UNION ALL SELECT p.root, i.inhrelid FROM part p"
    " JOIN pg_catalog.pg_inherits i ON i.inhparent = p.relation"
    "), published(pubname, relation) AS ("
    "SELECT b.pubname, b.relation FROM below b"
    " UNION SELECT u.pubname, p.root FROM part p"
    " JOIN pg_catalog.pg_class c ON c.oid = p.relation AND c.relkind = 'r'"
    " CROSS JOIN pg_catalog.pg_publication u"
    " LEFT JOIN below b ON b.pubname = u.pubname AND b.relation = p.relation"
    " GROUP BY u.pubname, p.root HAVING pg_catalog.bool_and(b.relation IS NOT NULL)"
    "), tables(relation, nspname, relname) AS ("
    "SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p'"
    " AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
    "), found(pubname, nspname, relname, tables, published) AS ("
    "SELECT u.pubname, NULL::pg_catalog.name, NULL::pg_catalog.name, NULL::pg_catalog.int8,"
    " NULL::pg_catalog.int8 FROM pg_catalog.pg_publication u"
    " UNION ALL SELECT u.pubname, t.nspname, NULL, pg_catalog.count(*),"
    " pg_catalog.count(p.relation) FROM pg_catalog.pg_publication u CROSS JOIN tables t"
    " LEFT JOIN published p ON p.pubname = u.pubname AND p.relation = t.relation"
    " GROUP BY u.pubname, t.nspname"
    " UNION ALL SELECT p.pubname, t.nspname, t.relname, NULL, NULL FROM published p"
    " JOIN tables t ON t.relation = p.relation)"
    " SELECT pg_catalog.current_database(), pg_catalog.count(f.pubname) OVER () AS total,"
    " f.pubname, f.nspname, f.relname, f.tables, f.published"
    " FROM (SELECT 1) one LEFT JOIN found f ON true"
    " ORDER BY f.relname IS NOT NULL, f.nspname IS NOT NULL, f.pubname, f.nspname, f.relname"
    " LIMIT 5000"}};
static_assert(pg::IsContiguous(kSql));

void Put(RowReader& row, model::PublishedTablesFacts& found) {
  const std::string publication = row.NeedText(kPublication);
  if (row.Null(kSchema))
    found.publications.push_back(publication);
  else if (row.Null(kTable))
    found.schemas.push_back({.publication = publication,
                             .schema = row.NeedText(kSchema),
                             .tables = row.NeedInteger(kTableCount),
                             .published = row.NeedInteger(kPublishedCount)});
  else
    found.tables.push_back({.publication = publication,
                            .schema = row.NeedText(kSchema),
                            .table = row.NeedText(kTable)});
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto found = std::make_shared<model::PublishedTablesFacts>();
  std::string database;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows, i);
    database = row.NeedText(kDatabase);
    found->complete = row.NeedInteger(kTotal) <= static_cast<std::int64_t>(rows.size());
    if (!row.Null(kPublication)) Put(row, *found);
    if (auto result = row.Result(); !result) return result;
  }
  facts.databases[database].published_tables = std::move(found);
  return {};
}

}  // namespace

// Its facts are compared with what is declared: analysis `cdc`.
constexpr Collector kPublishedTables{.name = "published_tables",
                                     .lane = model::Lane::kInventory,
                                     .place = Place::kCapturedDatabase,
                                     .sql = kSql,
                                     .columns = kColumns,
                                     .decode = Decode,
                                     .privilege = "CONNECT to the databases under `cdc`"};

}  // namespace pgfleet::collectors
