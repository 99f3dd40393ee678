#include <array>

#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t {
  kInRecovery,  // the one value that is never NULL
  kBackend,
  kPrepared,
  kSlot,
  kCatalogSlot,
  kWalsender,
  kColumns,
};

// A transaction's own id holds vacuum as its snapshot does. Not counted: this session, walsenders
// (they have a column of their own) and running vacuums, which hold nothing. backend_xid and
// backend_xmin are shown to every role, of every session.
constexpr std::string_view kHead =
    "SELECT pg_catalog.pg_is_in_recovery() AS r,"
    " (SELECT pg_catalog.max(greatest(pg_catalog.age(a.backend_xid),"
    " pg_catalog.age(a.backend_xmin))) FROM pg_catalog.pg_stat_activity a"
    " WHERE a.pid <> pg_catalog.pg_backend_pid()"
    " AND (a.backend_xid IS NOT NULL OR a.backend_xmin IS NOT NULL)"
    " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_progress_vacuum v WHERE v.pid = a.pid)"
    " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_replication w WHERE w.pid = a.pid)"
    ") AS backend,"
    " (SELECT pg_catalog.max(pg_catalog.age(p.transaction))"
    " FROM pg_catalog.pg_prepared_xacts p) AS prepared,"
    " s.slot, s.catalog_slot,"
    " (SELECT pg_catalog.max(pg_catalog.age(w.backend_xmin))"
    " FROM pg_catalog.pg_stat_replication w) AS walsender"
    " FROM (SELECT pg_catalog.max(pg_catalog.age(x.xmin)) AS slot,"
    " pg_catalog.max(pg_catalog.age(x.catalog_xmin)) AS catalog_slot"
    " FROM pg_catalog.pg_replication_slots x";
constexpr std::string_view kTail = ") s";

// A slot that was invalidated still shows its xmin and catalog_xmin, but holds nothing.
constexpr std::string_view kValid13 = " WHERE x.wal_status IS DISTINCT FROM 'lost'";
constexpr std::string_view kValid16 =
    " WHERE x.wal_status IS DISTINCT FROM 'lost' AND x.conflicting IS DISTINCT FROM true";
constexpr std::string_view kValid17 = " WHERE x.invalidation_reason IS NULL";

constexpr std::array kSql = {
    pg::SqlVersion{9, 12, kJoin<kHead, kTail>},
    pg::SqlVersion{13, 15, kJoin<kHead, kValid13, kTail>},
    pg::SqlVersion{16, 16, kJoin<kHead, kValid16, kTail>},
    pg::SqlVersion{17, pg::kLater, kJoin<kHead, kValid17, kTail>},
};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  row.NeedBoolean(kInRecovery);
  auto oldest = std::make_shared<model::OldestXminFacts>();
  oldest->backend = row.Integer(kBackend);
  oldest->prepared = row.Integer(kPrepared);
  oldest->slot = row.Integer(kSlot);
  oldest->catalog_slot = row.Integer(kCatalogSlot);
  oldest->walsender = row.Integer(kWalsender);
  auto result = row.Result();
  if (result) facts.oldest_xmin = std::move(oldest);
  return result;
}

constexpr std::array<std::string_view, 1> kLabels = {"holder"};
constexpr MetricDesc kAge{
    .name = "pgfleet_oldest_xmin_age_transactions",
    .labels = kLabels,
    .help =
        "How many transactions back the oldest holder of each kind keeps vacuum from cleaning: "
        "backend, prepared (transaction), slot (xmin), catalog_slot (catalog_xmin: system "
        "catalogs only), walsender (hot_standby_feedback without a slot); absent where none of "
        "the kind does. On a standby: what it would tell its upstream.",
    .source =
        "pg_stat_activity.backend_xid, backend_xmin, pg_prepared_xacts.transaction, "
        "pg_replication_slots.xmin, catalog_xmin, pg_stat_replication.backend_xmin"};
constexpr std::array kMetrics = {&kAge};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::OldestXminFacts& facts = *view.node.facts.oldest_xmin;
  out.Write(kAge, {"backend"}, AsValue(facts.backend));
  out.Write(kAge, {"prepared"}, AsValue(facts.prepared));
  out.Write(kAge, {"slot"}, AsValue(facts.slot));
  out.Write(kAge, {"catalog_slot"}, AsValue(facts.catalog_slot));
  out.Write(kAge, {"walsender"}, AsValue(facts.walsender));
}

}  // namespace

constexpr Collector kOldestXmin{.name = "oldest_xmin",
                                .lane = model::Lane::kInventory,
                                .sql = kSql,
                                .columns = kColumns,
                                .decode = Decode,
                                .write = Write,
                                .metrics = kMetrics,
                                .privilege = "none"};

}  // namespace pgfleet::collectors
