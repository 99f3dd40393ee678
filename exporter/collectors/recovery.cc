#include <array>

#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t { kInRecovery, kPaused, kDelay, kReceive, kReplay, kColumns };

// A pause that was asked for is not a pause yet: before 14 the two cannot be told apart.
constexpr std::string_view kHead96 =
    "SELECT n.r, CASE WHEN n.r THEN pg_catalog.pg_is_xlog_replay_paused() END AS paused,";
constexpr std::string_view kHead10 =
    "SELECT n.r, CASE WHEN n.r THEN pg_catalog.pg_is_wal_replay_paused() END AS paused,";
constexpr std::string_view kHead14 =
    "SELECT n.r, CASE WHEN n.r THEN pg_catalog.pg_get_wal_replay_pause_state() = 'paused' END"
    " AS paused,";
constexpr std::string_view kNoDelay = " NULL AS delay,";
constexpr std::string_view kDelaySql =
    " extract(epoch from pg_catalog.current_setting('recovery_min_apply_delay')::interval)"
    " AS delay,";
constexpr std::string_view kTail96 =
    " CASE WHEN n.r THEN greatest(pg_catalog.pg_last_xlog_receive_location(),"
    " pg_catalog.pg_last_xlog_replay_location()) END AS receive,"
    " CASE WHEN n.r THEN pg_catalog.pg_last_xlog_replay_location() END AS replay"
    " FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) n";
constexpr std::string_view kTail10 =
    " CASE WHEN n.r THEN greatest(pg_catalog.pg_last_wal_receive_lsn(),"
    " pg_catalog.pg_last_wal_replay_lsn()) END AS receive,"
    " CASE WHEN n.r THEN pg_catalog.pg_last_wal_replay_lsn() END AS replay"
    " FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) n";

constexpr std::array kSql = {
    pg::SqlVersion{9, 9, kJoin<kHead96, kNoDelay, kTail96>},
    pg::SqlVersion{10, 11, kJoin<kHead10, kNoDelay, kTail10>},
    pg::SqlVersion{12, 13, kJoin<kHead10, kDelaySql, kTail10>},
    pg::SqlVersion{14, pg::kLater, kJoin<kHead14, kDelaySql, kTail10>},
};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  if (rows.size() == 0) return std::unexpected(NoRow());
  RowReader row(rows, 0);
  auto recovery = std::make_shared<model::RecoveryFacts>();
  recovery->in_recovery = row.NeedBoolean(kInRecovery);
  recovery->replay_paused = row.Boolean(kPaused);
  recovery->apply_delay = row.Real(kDelay);
  recovery->receive = row.Lsn(kReceive);
  recovery->replay = row.Lsn(kReplay);
  auto result = row.Result();
  if (result) facts.recovery = std::move(recovery);
  return result;
}

constexpr MetricDesc kReplayPaused{
    .name = "pgfleet_standby_replay_paused",
    .help = "Standby: 1 while replay is paused (before 14: while a pause is asked for).",
    .source = "pg_get_wal_replay_pause_state(), pg_is_wal_replay_paused()"};
constexpr MetricDesc kBacklog{
    .name = "pgfleet_standby_apply_backlog_bytes",
    .unit = "bytes",
    .help =
        "Standby: WAL on its disk and not replayed yet. Says nothing of what it has not "
        "received.",
    .source = "pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()"};
constexpr MetricDesc kApplyDelay{
    .name = "pgfleet_standby_apply_delay_seconds",
    .unit = "seconds",
    .help = "Standby: how long it is told to wait before it replays a commit.",
    .versions = "12+",
    .source = "recovery_min_apply_delay"};
constexpr std::array kMetrics = {&kReplayPaused, &kBacklog, &kApplyDelay};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::RecoveryFacts& recovery = *view.node.facts.recovery;
  if (!recovery.in_recovery) return;
  out.Write(kReplayPaused, AsValue(recovery.replay_paused));
  out.Write(kBacklog, DistanceValue(recovery.replay, recovery.receive));
  out.Write(kApplyDelay, recovery.apply_delay);
}

}  // namespace

constexpr Collector kRecovery{.name = "recovery",
                              .lane = model::Lane::kStatus,
                              .sql = kSql,
                              .columns = kColumns,
                              .decode = Decode,
                              .write = Write,
                              .metrics = kMetrics,
                              .privilege = "none"};

}  // namespace pgfleet::collectors
