#include <array>

#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/series_dropped.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::Kind;
using metric::MetricDesc;

enum Column : std::size_t {
  kTotal,
  kName,
  kDatabase,
  kApply,
  kSync,
  kFirstConflict,
  kColumns = kFirstConflict + model::kConflictKinds,
};

constexpr std::array<std::string_view, model::kConflictKinds> kKinds = {
    "insert_exists",
    "update_origin_differs",
    "update_exists",
    "update_missing",
    "delete_origin_differs",
    "delete_missing",
    "multiple_unique_conflicts"};

constexpr std::string_view kHead =
    "SELECT pg_catalog.count(*) OVER () AS total, u.subname, d.datname, t.apply_error_count,"
    " t.sync_error_count,";
constexpr std::string_view kNone15 =
    " NULL AS insert_exists, NULL AS update_origin_differs, NULL AS update_exists,"
    " NULL AS update_missing, NULL AS delete_origin_differs, NULL AS delete_missing,"
    " NULL AS multiple_unique_conflicts";
constexpr std::string_view kConflicts18 =
    " t.confl_insert_exists, t.confl_update_origin_differs, t.confl_update_exists,"
    " t.confl_update_missing, t.confl_delete_origin_differs, t.confl_delete_missing,"
    " t.confl_multiple_unique_conflicts";
constexpr std::string_view kTail =
    " FROM pg_catalog.pg_stat_subscription_stats t"
    " JOIN pg_catalog.pg_subscription u ON u.oid = t.subid"
    " JOIN pg_catalog.pg_database d ON d.oid = u.subdbid"
    " ORDER BY u.subname, d.datname LIMIT 200";

constexpr std::array kSql = {
    pg::SqlVersion{15, 17, kJoin<kHead, kNone15, kTail>},
    pg::SqlVersion{18, pg::kLater, kJoin<kHead, kConflicts18, kTail>},
};
static_assert(pg::IsContiguous(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto stats = std::make_shared<model::SubscriptionStatsFacts>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows, i);
    stats->dropped = row.NeedInteger(kTotal) - static_cast<std::int64_t>(rows.size());
    model::SubscriptionStats& each = stats->subscriptions.emplace_back();
    each.name = row.NeedText(kName);
    each.database = row.NeedText(kDatabase);
    each.apply_errors = row.NeedInteger(kApply);
    each.sync_errors = row.NeedInteger(kSync);
    for (std::size_t kind = 0; kind < model::kConflictKinds; ++kind)
      each.conflicts[kind] = row.Integer(kFirstConflict + kind);
    if (auto result = row.Result(); !result) return result;
  }
  facts.subscription_stats = std::move(stats);
  return {};
}

constexpr std::array<std::string_view, 2> kLabels = {"subscription", "database"};
constexpr std::array<std::string_view, 3> kConflictLabels = {"subscription", "database",
                                                             "conflict"};
constexpr MetricDesc kApplyErrors{
    .name = "pgfleet_subscription_apply_errors_total",
    .kind = Kind::kCounter,
    .labels = kLabels,
    .help =
        "Errors while changes were applied, since the statistics were reset; a rising one is a "
        "loop: the same change is tried again and again.",
    .versions = "15+",
    .source = "pg_stat_subscription_stats.apply_error_count"};
constexpr MetricDesc kSyncErrors{
    .name = "pgfleet_subscription_sync_errors_total",
    .kind = Kind::kCounter,
    .labels = kLabels,
    .help = "Errors during the first copy of tables, since the statistics were reset.",
    .versions = "15+",
    .source = "pg_stat_subscription_stats.sync_error_count"};
constexpr MetricDesc kConflicts{
    .name = "pgfleet_subscription_conflicts_total",
    .kind = Kind::kCounter,
    .labels = kConflictLabels,
    .help =
        "Changes that met rows other than they expected; insert_exists, update_exists and "
        "multiple_unique_conflicts stop the subscription, the others do not.",
    .versions = "18+",
    .source = "pg_stat_subscription_stats.confl_*"};
constexpr std::array kMetrics = {&kApplyErrors, &kSyncErrors, &kConflicts};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::SubscriptionStatsFacts& facts = *view.node.facts.subscription_stats;
  for (const model::SubscriptionStats& each : facts.subscriptions) {
    out.Write(kApplyErrors, {each.name, each.database}, static_cast<double>(each.apply_errors));
    out.Write(kSyncErrors, {each.name, each.database}, static_cast<double>(each.sync_errors));
    for (std::size_t kind = 0; kind < model::kConflictKinds; ++kind)
      out.Write(kConflicts, {each.name, each.database, kKinds[kind]},
                AsValue(each.conflicts[kind]));
  }
  out.Write(kSeriesDropped, {"subscription_stats"}, static_cast<double>(facts.dropped));
}

}  // namespace

constexpr Collector kSubscriptionStats{.name = "subscription_stats",
                                       .lane = model::Lane::kInventory,
                                       .sql = kSql,
                                       .columns = kColumns,
                                       .may_be_empty = true,
                                       .decode = Decode,
                                       .write = Write,
                                       .metrics = kMetrics,
                                       .privilege = "none"};

}  // namespace pgfleet::collectors
