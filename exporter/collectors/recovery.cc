#include <algorithm>
#include <array>

#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t {
  kInRecovery,
  kPaused,
  kPauseState,
  kDelay,
  kTargetSet,
  kRestoreCommand,
  kTarget,
  kTargetAction,
  kTargetTime,
  kTargetLsn,
  kReceive,
  kReplay,
  kAsked,
  kColumns,
};

// A pause that was asked for is not a pause yet: before 14 the two cannot be told apart.
constexpr std::string_view kPaused96 =
    "SELECT n.r, CASE WHEN n.r THEN pg_catalog.pg_is_xlog_replay_paused() END AS paused,"
    " NULL AS pause_state,";
constexpr std::string_view kPaused10 =
    "SELECT n.r, CASE WHEN n.r THEN pg_catalog.pg_is_wal_replay_paused() END AS paused,"
    " NULL AS pause_state,";
constexpr std::string_view kPaused14 =
    "SELECT n.r, NULL AS paused,"
    " CASE WHEN n.r THEN pg_catalog.pg_get_wal_replay_pause_state() END AS pause_state,";
constexpr std::string_view kNoSettings =
    " NULL AS delay, NULL AS target_set, NULL AS restore_command, NULL AS target,"
    " NULL AS target_action, NULL AS target_time, NULL AS target_lsn,";
// Whether a command is set is decided on the server: the command itself may hold secrets.
constexpr std::string_view kSettingsOf12 =
    " extract(epoch from pg_catalog.current_setting('recovery_min_apply_delay')::interval)"
    " AS delay,"
    " pg_catalog.concat(pg_catalog.current_setting('recovery_target'),"
    " pg_catalog.current_setting('recovery_target_lsn'),"
    " pg_catalog.current_setting('recovery_target_name'),"
    " pg_catalog.current_setting('recovery_target_time'),"
    " pg_catalog.current_setting('recovery_target_xid')) <> '' AS target_set,"
    " pg_catalog.current_setting('restore_command') <> '' AS restore_command,"
    " CASE WHEN pg_catalog.current_setting('recovery_target') <> '' THEN 'immediate'"
    " WHEN pg_catalog.current_setting('recovery_target_lsn') <> '' THEN 'lsn'"
    " WHEN pg_catalog.current_setting('recovery_target_name') <> '' THEN 'name'"
    " WHEN pg_catalog.current_setting('recovery_target_time') <> '' THEN 'time'"
    " WHEN pg_catalog.current_setting('recovery_target_xid') <> '' THEN 'xid' END AS target,"
    " pg_catalog.current_setting('recovery_target_action') AS target_action,"
    // A time without a zone is in the server's own: not in that of a role or a client.
    " CASE WHEN n.r AND pg_catalog.current_setting('recovery_target_time') <> ''"
    " AND (SELECT s.source NOT IN ('client', 'user', 'database', 'database user', 'session')"
    " FROM pg_catalog.pg_settings s WHERE s.name = 'TimeZone') THEN"
    " extract(epoch from pg_catalog.current_setting('recovery_target_time')::timestamptz)"
    " END AS target_time,"
    " NULLIF(pg_catalog.current_setting('recovery_target_lsn'), '') AS target_lsn,";
// The position received is set as soon as an upstream is asked, also in vain.
constexpr std::string_view kTail96 =
    " CASE WHEN n.r THEN greatest(pg_catalog.pg_last_xlog_receive_location(),"
    " pg_catalog.pg_last_xlog_replay_location()) END AS receive,"
    " CASE WHEN n.r THEN pg_catalog.pg_last_xlog_replay_location() END AS replay,"
    " CASE WHEN n.r THEN pg_catalog.pg_last_xlog_receive_location() IS NOT NULL END AS asked"
    " FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) n";
constexpr std::string_view kTail10 =
    " CASE WHEN n.r THEN greatest(pg_catalog.pg_last_wal_receive_lsn(),"
    " pg_catalog.pg_last_wal_replay_lsn()) END AS receive,"
    " CASE WHEN n.r THEN pg_catalog.pg_last_wal_replay_lsn() END AS replay,"
    " CASE WHEN n.r THEN pg_catalog.pg_last_wal_receive_lsn() IS NOT NULL END AS asked"
    " FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) n";

constexpr std::array kSql = {
    pg::SqlVersion{9, 9, kJoin<kPaused96, kNoSettings, kTail96>},
    pg::SqlVersion{10, 11, kJoin<kPaused10, kNoSettings, kTail10>},
    pg::SqlVersion{12, 13, kJoin<kPaused10, kSettingsOf12, kTail10>},
    pg::SqlVersion{14, pg::kLater, kJoin<kPaused14, kSettingsOf12, kTail10>},
};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

// "pause requested" -> "pause_requested"
std::string AsState(std::string text) {
  std::ranges::replace(text, ' ', '_');
  return text;
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto recovery = std::make_shared<model::RecoveryFacts>();
  recovery->in_recovery = row.NeedBoolean(kInRecovery);
  recovery->pause_state = AsState(row.Text(kPauseState));
  recovery->replay_paused = row.Null(kPauseState)
                                ? row.Boolean(kPaused)
                                : std::optional(row.Text(kPauseState) == "paused");
  recovery->apply_delay = row.Real(kDelay);
  recovery->target_set = row.Boolean(kTargetSet);
  recovery->has_restore_command = row.Boolean(kRestoreCommand);
  recovery->receive = row.Lsn(kReceive);
  recovery->replay = row.Lsn(kReplay);
  recovery->target = row.Text(kTarget);
  recovery->target_action = row.Text(kTargetAction);
  recovery->target_time = row.Real(kTargetTime);
  recovery->target_lsn = row.Lsn(kTargetLsn);
  recovery->asked_to_stream = row.Boolean(kAsked);
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
constexpr std::array<std::string_view, 1> kStateLabels = {"state"};
constexpr std::array<std::string_view, 3> kPauseStates = {"not_paused", "pause_requested",
                                                          "paused"};
constexpr MetricDesc kPauseStateOf{
    .name = "pgfleet_standby_replay_pause_state",
    .kind = metric::Kind::kStateSet,
    .labels = kStateLabels,
    .help =
        "Standby: whether replay is paused. A request that stays one is a replay that cannot "
        "stop, because it waits for something else.",
    .versions = "14+",
    .source = "pg_get_wal_replay_pause_state()"};
constexpr MetricDesc kTargetOf{
    .name = "pgfleet_recovery_target_set",
    .help =
        "Standby: 1 when a recovery target is set (a time, position, name or transaction, or "
        "immediate): replay goes no further than there.",
    .versions = "12+",
    .source = "recovery_target*"};
constexpr std::array<std::string_view, 2> kTargetLabels = {"target", "action"};
constexpr MetricDesc kTargetInfo{
    .name = "pgfleet_recovery_target_info",
    .kind = metric::Kind::kInfo,
    .labels = kTargetLabels,
    .help =
        "Standby: what kind of target recovery has (immediate, lsn, name, time, xid), and what the "
        "server does there (pause, promote, shutdown).",
    .versions = "12+",
    .source = "recovery_target*, recovery_target_action"};
constexpr MetricDesc kTargetTimeOf{
    .name = "pgfleet_recovery_target_timestamp_seconds",
    .unit = "seconds",
    .help =
        "Standby: the time that recovery is to reach, by the primary's clock, as the commits are "
        "that pgfleet_last_replayed_transaction_timestamp_seconds tells.",
    .versions = "12+",
    .source = "recovery_target_time"};
constexpr MetricDesc kTargetPosition{
    .name = "pgfleet_recovery_target_lsn_bytes",
    .unit = "bytes",
    .help =
        "Standby: the position that recovery is to reach, counted as "
        "pgfleet_node_replay_lsn_bytes is.",
    .versions = "12+",
    .source = "recovery_target_lsn"};
constexpr MetricDesc kRestore{
    .name = "pgfleet_recovery_restore_command_set",
    .help = "Standby: 1 when it has a command to fetch WAL from an archive.",
    .versions = "12+",
    .source = "restore_command"};
constexpr MetricDesc kAskedUpstream{
    .name = "pgfleet_recovery_upstream_asked",
    .help =
        "Standby: 1 once it has asked an upstream for WAL since its start, also in vain; 0: it has "
        "lived on its archive (or its own directory) alone.",
    .source = "pg_last_wal_receive_lsn()"};
constexpr std::array kMetrics = {&kReplayPaused,   &kPauseStateOf, &kBacklog,
                                 &kTargetOf,       &kTargetInfo,   &kTargetTimeOf,
                                 &kTargetPosition, &kRestore,      &kAskedUpstream};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::RecoveryFacts& recovery = *view.node.facts.recovery;
  if (!recovery.in_recovery) return;
  out.Write(kReplayPaused, AsValue(recovery.replay_paused));
  if (!recovery.pause_state.empty())
    out.WriteStates(kPauseStateOf, {}, kPauseStates, recovery.pause_state);
  out.Write(kBacklog, DistanceValue(recovery.replay, recovery.receive));
  out.Write(kTargetOf, AsValue(recovery.target_set));
  if (!recovery.target.empty())
    out.Write(kTargetInfo, {recovery.target, recovery.target_action}, 1);
  out.Write(kTargetTimeOf, recovery.target_time);
  out.Write(kTargetPosition, AsValue(recovery.target_lsn));
  out.Write(kRestore, AsValue(recovery.has_restore_command));
  out.Write(kAskedUpstream, AsValue(recovery.asked_to_stream));
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
