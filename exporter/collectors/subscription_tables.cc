#include <array>

#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/series_dropped.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t {
  kDatabase,
  kTotal,
  kName,
  kInit,
  kData,
  kFinished,
  kSynced,
  kReady,
  kColumns,
};

// One row with a NULL name where the database has no subscription, so that the answer always names
// its database.
constexpr std::string_view kHead =
    "SELECT d.datname, pg_catalog.count(u.subname) OVER () AS total, u.subname,"
    " pg_catalog.count(*) FILTER (WHERE t.srsubstate = 'i') AS init,"
    " pg_catalog.count(*) FILTER (WHERE t.srsubstate = 'd') AS data,"
    " pg_catalog.count(*) FILTER (WHERE t.srsubstate = 'f') AS finished,"
    " pg_catalog.count(*) FILTER (WHERE t.srsubstate = 's') AS synced,"
    " pg_catalog.count(*) FILTER (WHERE t.srsubstate = 'r') AS ready"
    " FROM pg_catalog.pg_database d"
    " LEFT JOIN pg_catalog.pg_subscription u ON u.subdbid = d.oid"
    " LEFT JOIN pg_catalog.pg_subscription_rel t ON t.srsubid";
// Before 14 the oid of a subscription is for superusers only, but a view shows it. Another
// database's subscription of the same name owns no table here.
constexpr std::string_view kByName =
    " IN (SELECT s.subid FROM pg_catalog.pg_stat_subscription s WHERE s.subname = u.subname)";
constexpr std::string_view kByOid = " = u.oid";
constexpr std::string_view kTail =
    " WHERE d.datname = pg_catalog.current_database()"
    " GROUP BY d.datname, u.subname ORDER BY u.subname LIMIT 200";

constexpr std::array kSql = {
    pg::SqlVersion{10, 13, kJoin<kHead, kByName, kTail>},
    pg::SqlVersion{14, pg::kLater, kJoin<kHead, kByOid, kTail>},
};
static_assert(pg::IsContiguous(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto tables = std::make_shared<model::SubscriptionTablesFacts>();
  std::string database;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows, i);
    database = row.NeedText(kDatabase);
    tables->dropped = row.NeedInteger(kTotal);
    if (!row.Null(kName))
      tables->subscriptions.push_back({.subscription = row.NeedText(kName),
                                       .init = row.NeedInteger(kInit),
                                       .data = row.NeedInteger(kData),
                                       .finished = row.NeedInteger(kFinished),
                                       .synced = row.NeedInteger(kSynced),
                                       .ready = row.NeedInteger(kReady)});
    if (auto result = row.Result(); !result) return result;
  }
  tables->dropped -= static_cast<std::int64_t>(tables->subscriptions.size());
  facts.databases[database].subscription_tables = std::move(tables);
  return {};
}

constexpr std::array<std::string_view, 3> kLabels = {"subscription", "database", "state"};
constexpr MetricDesc kTables{
    .name = "pgfleet_subscription_tables",
    .labels = kLabels,
    .help =
        "Tables of the subscription by the state of their first copy, init, data, finished, "
        "synced or ready; only ready ones follow the publisher.",
    .versions = "10+",
    .source = "pg_subscription_rel.srsubstate"};
constexpr std::array kMetrics = {&kTables};

void Write(const NodeView& view, metric::MetricWriter& out) {
  std::optional<std::int64_t> dropped;  // absent while no database answers
  for (const auto& [database, facts] : view.node.facts.databases) {
    if (!facts.subscription_tables) continue;
    for (const model::SubscriptionTables& each : facts.subscription_tables->subscriptions) {
      const auto write = [&](std::string_view state, std::int64_t count) {
        out.Write(kTables, {each.subscription, database, state}, static_cast<double>(count));
      };
      write("init", each.init);
      write("data", each.data);
      write("finished", each.finished);
      write("synced", each.synced);
      write("ready", each.ready);
    }
    dropped = dropped.value_or(0) + facts.subscription_tables->dropped;
  }
  out.Write(kSeriesDropped, {"subscription_tables"}, AsValue(dropped));
}

}  // namespace

constexpr Collector kSubscriptionTables{.name = "subscription_tables",
                                        .lane = model::Lane::kInventory,
                                        .place = Place::kDatabase,
                                        .sql = kSql,
                                        .columns = kColumns,
                                        .decode = Decode,
                                        .write = Write,
                                        .metrics = kMetrics,
                                        .privilege = "CONNECT to the declared databases"};

}  // namespace pgfleet::collectors
