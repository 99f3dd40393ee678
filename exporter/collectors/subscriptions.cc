#include <array>

#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/series_dropped.h"

namespace pgfleet::collectors {
namespace {

using metric::Kind;
using metric::MetricDesc;

enum Column : std::size_t {
  kInRecovery,
  kTotal,
  kName,
  kDatabase,
  kIsEnabled,
  kWorker,
  kAge,
  kColumns,
};

// A worker that has just started has last_msg_receipt_time -infinity.
constexpr std::string_view kHead =
    "SELECT n.r, pg_catalog.count(*) OVER () AS total, u.subname, d.datname, u.subenabled, w.pid,"
    " extract(epoch from pg_catalog.clock_timestamp()"
    " - nullif(w.last_msg_receipt_time, '-infinity')) AS message_age"
    " FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) n"
    " CROSS JOIN pg_catalog.pg_subscription u"
    " JOIN pg_catalog.pg_database d ON d.oid = u.subdbid";
// Before 14 the oid of a subscription is for superusers only, and another database may have one of
// the same name: the worker's own session tells the database.
constexpr std::string_view kByDatabase =
    " LEFT JOIN (SELECT s.subname, a.datid, s.pid, s.last_msg_receipt_time"
    " FROM pg_catalog.pg_stat_subscription s"
    " JOIN pg_catalog.pg_stat_activity a ON a.pid = s.pid WHERE s.relid IS NULL) w"
    " ON w.subname = u.subname AND w.datid = u.subdbid";
constexpr std::string_view kByOid =
    " LEFT JOIN pg_catalog.pg_stat_subscription w ON w.subid = u.oid";
constexpr std::string_view kLeader14 = " AND w.relid IS NULL";
constexpr std::string_view kLeader16 = " AND w.relid IS NULL AND w.leader_pid IS NULL";
constexpr std::string_view kLeader17 = " AND w.worker_type = 'apply'";
constexpr std::string_view kTail = " ORDER BY u.subname, d.datname LIMIT 200";

constexpr std::array kSql = {
    pg::SqlVersion{10, 13, kJoin<kHead, kByDatabase, kTail>},
    pg::SqlVersion{14, 15, kJoin<kHead, kByOid, kLeader14, kTail>},
    pg::SqlVersion{16, 16, kJoin<kHead, kByOid, kLeader16, kTail>},
    pg::SqlVersion{17, pg::kLater, kJoin<kHead, kByOid, kLeader17, kTail>},
};
static_assert(pg::IsContiguous(kSql));

// What the poll before said of the same subscription; null where it said nothing.
const model::Subscription* Previous(const model::NodeFacts& facts, const model::Subscription& now) {
  if (!facts.subscriptions) return nullptr;
  for (const model::Subscription& each : facts.subscriptions->subscriptions)
    if (each.name == now.name && each.database == now.database) return &each;
  return nullptr;
}

void Remember(const model::Subscription* before, model::Subscription& now) {
  now.last_worker = now.worker;
  if (before == nullptr) return;
  now.worker_restarts = before->worker_restarts;
  if (!now.worker)
    now.last_worker = before->last_worker;
  else if (before->last_worker && before->last_worker != now.worker)
    ++now.worker_restarts;
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto found = std::make_shared<model::SubscriptionFacts>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows, i);
    found->in_recovery = row.NeedBoolean(kInRecovery);
    found->dropped = row.NeedInteger(kTotal) - static_cast<std::int64_t>(rows.size());
    model::Subscription subscription{.name = row.NeedText(kName),
                                     .database = row.NeedText(kDatabase),
                                     .enabled = row.NeedBoolean(kIsEnabled),
                                     .worker = row.Integer(kWorker),
                                     .message_age = row.Real(kAge)};
    if (auto result = row.Result(); !result) return result;
    Remember(Previous(facts, subscription), subscription);
    found->subscriptions.push_back(std::move(subscription));
  }
  facts.subscriptions = std::move(found);
  return {};
}

constexpr std::array<std::string_view, 2> kLabels = {"subscription", "database"};
constexpr MetricDesc kEnabled{
    .name = "pgfleet_subscription_enabled",
    .labels = kLabels,
    .help = "1 while the subscription is enabled; disable_on_error turns it off too.",
    .versions = "10+",
    .source = "pg_subscription.subenabled"};
constexpr MetricDesc kWorkerUp{
    .name = "pgfleet_subscription_worker_up",
    .labels = kLabels,
    .help =
        "1 when the apply worker runs. One that fails and is started again and again runs for "
        "moments only. Absent on a standby, which runs none.",
    .versions = "10+",
    .source = "pg_stat_subscription.pid"};
constexpr MetricDesc kMessageAge{
    .name = "pgfleet_subscription_message_age_seconds",
    .unit = "seconds",
    .labels = kLabels,
    .help =
        "Time since the apply worker last received anything, by the node's clock; from an idle "
        "publisher half its wal_sender_timeout is normal. Absent before the first message.",
    .versions = "10+",
    .source = "pg_stat_subscription.last_msg_receipt_time"};
constexpr MetricDesc kRestarts{
    .name = "pgfleet_subscription_worker_restarts_total",
    .kind = Kind::kCounter,
    .labels = kLabels,
    .help =
        "Times the apply worker was seen to be another process than before; workers that came "
        "and went between two looks are not seen.",
    .versions = "10+",
    .source = "pg_stat_subscription.pid"};
constexpr std::array kMetrics = {&kEnabled, &kWorkerUp, &kMessageAge, &kRestarts};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::SubscriptionFacts& facts = *view.node.facts.subscriptions;
  for (const model::Subscription& each : facts.subscriptions) {
    out.Write(kEnabled, {each.name, each.database}, each.enabled ? 1 : 0);
    if (facts.in_recovery) continue;
    out.Write(kWorkerUp, {each.name, each.database}, each.worker ? 1 : 0);
    out.Write(kMessageAge, {each.name, each.database}, each.message_age);
    out.Write(kRestarts, {each.name, each.database}, static_cast<double>(each.worker_restarts));
  }
  out.Write(kSeriesDropped, {"subscription"}, static_cast<double>(facts.dropped));
}

}  // namespace

constexpr Collector kSubscriptions{.name = "subscriptions",
                                   .lane = model::Lane::kInventory,
                                   .sql = kSql,
                                   .columns = kColumns,
                                   .may_be_empty = true,
                                   .decode = Decode,
                                   .write = Write,
                                   .metrics = kMetrics,
                                   .privilege = "none"};

}  // namespace pgfleet::collectors
