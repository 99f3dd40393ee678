#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/series_dropped.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t {
  kTotal,
  kReplicaTotal,
  kServer,
  kWriter,
  kLagMilliseconds,
  kLatencyMicroseconds,
  kColumns,
};

// The platform goes on listing instances that were deleted, and one that was restarted may stand
// there twice, so that only the newest row of a name counts, and none that was silent for five
// minutes. The instance that we are connected to has no time of update (since 13.9).
constexpr std::array kSql = {pg::SqlVersion{
    9, pg::kLater,
    "SELECT pg_catalog.count(*) OVER () AS total,"
    " pg_catalog.count(*) FILTER (WHERE NOT i.writer) OVER () AS replicas, i.server_id, i.writer,"
    " i.replica_lag_in_msec, i.cur_replay_latency_in_usec"
    " FROM (SELECT DISTINCT ON (s.server_id) s.server_id,"
    " coalesce(s.session_id = 'MASTER_SESSION_ID', false) AS writer,"
    " s.replica_lag_in_msec, s.cur_replay_latency_in_usec"
    " FROM pg_catalog.aurora_replica_status() s"
    " WHERE s.last_update_timestamp IS NULL OR s.session_id = 'MASTER_SESSION_ID'"
    " OR s.last_update_timestamp > pg_catalog.clock_timestamp() - interval '5 minutes'"
    " ORDER BY s.server_id, s.last_update_timestamp DESC NULLS FIRST) i"
    " ORDER BY i.server_id LIMIT 200"}};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

// Each refusal would be an error in the log of a server that is not Aurora, so it is not found out
// by trying: only Aurora hides its WAL and the identity of its storage from the pulse.
bool IsAurora(const model::NodeFacts& facts) {
  if (!facts.pulse) return false;
  const model::PulseFacts& pulse = *facts.pulse;
  return pulse.system_identifier.empty() && !pulse.timeline && !pulse.wal_lsn &&
         !pulse.receive_lsn && !pulse.replay_lsn;
}

std::optional<double> Seconds(std::optional<double> units, double per_second) {
  if (!units) return std::nullopt;
  return *units / per_second;
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto aurora = std::make_shared<model::AuroraFacts>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows, i);
    aurora->dropped = row.NeedInteger(kTotal);
    aurora->replicas = row.NeedInteger(kReplicaTotal);
    model::AuroraInstance instance{.server = row.NeedText(kServer),
                                   .writer = row.NeedBoolean(kWriter),
                                   .lag = {},
                                   .replay_latency = {}};
    const auto lag = Seconds(row.Real(kLagMilliseconds), 1e3);
    const auto latency = Seconds(row.Real(kLatencyMicroseconds), 1e6);
    if (auto result = row.Result(); !result) return result;
    if (!instance.writer) {
      instance.lag = lag;
      instance.replay_latency = latency;
    }
    aurora->instances.push_back(std::move(instance));
  }
  aurora->dropped -= static_cast<std::int64_t>(aurora->instances.size());
  facts.aurora = std::move(aurora);
  return {};
}

constexpr std::array<std::string_view, 1> kServerLabels = {"server"};
constexpr MetricDesc kLag{.name = "pgfleet_aurora_replica_lag_seconds",
                          .unit = "seconds",
                          .labels = kServerLabels,
                          .help =
                              "Aurora: how far this reader is behind the writer, as this node sees "
                              "it; absent for the writer.",
                          .source = "aurora_replica_status().replica_lag_in_msec"};
constexpr MetricDesc kLatency{
    .name = "pgfleet_aurora_replica_replay_latency_seconds",
    .unit = "seconds",
    .labels = kServerLabels,
    .help =
        "Aurora: how long this reader is expected to take for what it has to replay; absent for "
        "the writer.",
    .source = "aurora_replica_status().cur_replay_latency_in_usec"};
constexpr MetricDesc kReplicas{
    .name = "pgfleet_aurora_replicas",
    .help = "Aurora: readers of the cluster that were heard of within five minutes.",
    .source = "aurora_replica_status()"};
constexpr std::array kMetrics = {&kLag, &kLatency, &kReplicas};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::AuroraFacts& aurora = *view.node.facts.aurora;
  for (const model::AuroraInstance& instance : aurora.instances) {
    out.Write(kLag, {instance.server}, instance.lag);
    out.Write(kLatency, {instance.server}, instance.replay_latency);
  }
  out.Write(kReplicas, static_cast<double>(aurora.replicas));
  out.Write(kSeriesDropped, {"aurora_instance"}, static_cast<double>(aurora.dropped));
}

}  // namespace

constexpr Collector kAurora{.name = "aurora",
                            .lane = model::Lane::kStatus,
                            .sql = kSql,
                            .columns = kColumns,
                            .exists_on = IsAurora,
                            .decode = Decode,
                            .write = Write,
                            .metrics = kMetrics,
                            .privilege = "none"};

}  // namespace pgfleet::collectors
