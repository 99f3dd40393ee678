#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/sync_names.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t {
  kInRecovery,
  kHidden,
  kNames,
  kWaiting,
  kOldestWait,
  kConnected,
  kColumns
};

// Of a session that the role may not look into, backend_start is NULL and so is its wait. Some
// platforms hide their own sessions from everybody: that does not count against a role that has
// what there is to have.
constexpr std::array kSql = {pg::SqlVersion{
    10, pg::kLater,
    "SELECT n.r,"
    " NOT pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AND a.hidden > 0 AS hidden,"
    " pg_catalog.current_setting('synchronous_standby_names') AS names,"
    " a.waiting, a.oldest_wait,"
    " (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_replication w"
    " WHERE w.sync_state IN ('sync', 'quorum')) AS connected"
    " FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) n,"
    " (SELECT pg_catalog.count(*) FILTER (WHERE x.backend_start IS NULL) AS hidden,"
    " pg_catalog.count(*) FILTER (WHERE x.wait_event = 'SyncRep') AS waiting,"
    " extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.min(x.state_change)"
    " FILTER (WHERE x.wait_event = 'SyncRep')) AS oldest_wait"
    " FROM pg_catalog.pg_stat_activity x) a"}};
static_assert(pg::IsContiguous(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto sync = std::make_shared<model::SyncWaitFacts>();
  sync->in_recovery = row.NeedBoolean(kInRecovery);
  const bool hidden = row.NeedBoolean(kHidden);
  sync->required = RequiredStandbys(row.NeedText(kNames));
  sync->waiting = row.NeedInteger(kWaiting);
  sync->oldest_wait = row.Real(kOldestWait);
  sync->connected = row.NeedInteger(kConnected);
  if (auto result = row.Result(); !result) return result;
  if (hidden && !sync->in_recovery)
    return std::unexpected(DecodeFault{model::FailureReason::kPermission,
                                       "what other sessions wait for is hidden; grant pg_monitor"});
  facts.sync_waits = std::move(sync);
  return {};
}

constexpr MetricDesc kWaitingBackends{
    .name = "pgfleet_sync_waiting_backends",
    .help = "Primary: sessions whose commit waits for a synchronous standby.",
    .versions = "10+",
    .source = "pg_stat_activity.wait_event"};
constexpr MetricDesc kOldest{
    .name = "pgfleet_sync_oldest_wait_seconds",
    .unit = "seconds",
    .help =
        "Primary: time since the oldest of the waiting statements began; absent when nobody "
        "waits.",
    .versions = "10+",
    .source = "pg_stat_activity.state_change"};
constexpr MetricDesc kRequired{
    .name = "pgfleet_sync_required",
    .help = "Primary: standbys that must confirm a commit; 0 when synchronous replication is off.",
    .versions = "10+",
    .source = "synchronous_standby_names"};
constexpr MetricDesc kConnectedNow{
    .name = "pgfleet_sync_connected",
    .help = "Primary: standbys that count as synchronous now (sync or quorum).",
    .versions = "10+",
    .source = "pg_stat_replication.sync_state"};
constexpr MetricDesc kMet{
    .name = "pgfleet_sync_met",
    .help =
        "Primary: 1 while as many synchronous standbys are connected as are required (always, "
        "when none is); at 0 commits wait.",
    .versions = "10+",
    .source = "synchronous_standby_names, pg_stat_replication.sync_state"};
constexpr std::array kMetrics = {&kWaitingBackends, &kOldest, &kRequired, &kConnectedNow, &kMet};

std::optional<bool> IsMet(const model::SyncWaitFacts& facts) {
  if (!facts.required) return std::nullopt;
  return facts.connected >= *facts.required;
}

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::SyncWaitFacts& facts = *view.node.facts.sync_waits;
  if (facts.in_recovery) return;
  out.Write(kWaitingBackends, static_cast<double>(facts.waiting));
  out.Write(kOldest, facts.oldest_wait);
  out.Write(kRequired, AsValue(facts.required));
  out.Write(kConnectedNow, static_cast<double>(facts.connected));
  out.Write(kMet, AsValue(IsMet(facts)));
}

}  // namespace

constexpr Collector kSyncWaits{.name = "sync_waits",
                               .lane = model::Lane::kStatus,
                               .sql = kSql,
                               .columns = kColumns,
                               .decode = Decode,
                               .write = Write,
                               .metrics = kMetrics,
                               .privilege = "pg_monitor"};

}  // namespace pgfleet::collectors
