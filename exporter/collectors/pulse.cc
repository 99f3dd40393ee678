#include <array>

#include "collectors/freshness.h"
#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::Kind;
using metric::MetricDesc;

enum Column : std::size_t {
  kInRecovery,
  kSystemIdentifier,
  kWalFileTimeline,
  kStandbyTimeline,
  kWal,
  kReceive,
  kReplay,
  kLastTransaction,
  kReceiver,
  kReceiverStatus,
  kActivity,
  kClock,
  kColumns,
};

// Functions only: no lock on a relation can hold the pulse back. The timeline of a primary comes
// from its WAL file name, because pg_control_checkpoint() still shows the old one after a
// promotion; received_tli means something only once the upstream has reported a position.
constexpr std::string_view kHead = "SELECT s.r, c.system_identifier, ";
constexpr std::string_view kStandbyTimelineSql =
    ", CASE WHEN s.r THEN coalesce("
    "CASE WHEN w.latest_end_lsn IS NOT NULL THEN w.received_tli END,"
    " nullif((SELECT m.min_recovery_end_timeline FROM pg_catalog.pg_control_recovery() m), 0),"
    " (SELECT k.timeline_id FROM pg_catalog.pg_control_checkpoint() k)) END AS standby_timeline, ";
// A receiver calls itself streaming from its start on; until the first message both of its times
// are those of its start.
constexpr std::string_view kTail =
    ", CASE WHEN s.r THEN extract(epoch from pg_catalog.pg_last_xact_replay_timestamp()) END"
    " AS last_transaction, w.pid AS receiver,"
    " CASE WHEN w.last_msg_send_time = w.last_msg_receipt_time THEN 'silent'"
    " ELSE w.status END AS receiver_status,"
    " CASE WHEN NOT s.r THEN pg_catalog.hashtext(pg_catalog.txid_current_snapshot()::text) END"
    " AS activity, extract(epoch from pg_catalog.clock_timestamp()) AS clock"
    " FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) s,"
    " pg_catalog.pg_control_system() c, pg_catalog.pg_stat_get_wal_receiver() w";

constexpr std::string_view kTimeline96 =
    "CASE WHEN NOT s.r THEN pg_catalog.left("
    "pg_catalog.pg_xlogfile_name(pg_catalog.pg_current_xlog_location()), 8) END AS file_timeline";
constexpr std::string_view kPositions96 =
    "CASE WHEN NOT s.r THEN pg_catalog.pg_current_xlog_flush_location() END AS wal,"
    " CASE WHEN s.r THEN greatest(pg_catalog.pg_last_xlog_receive_location(),"
    " pg_catalog.pg_last_xlog_replay_location()) END AS receive,"
    " CASE WHEN s.r THEN pg_catalog.pg_last_xlog_replay_location() END AS replay";
constexpr std::string_view kTimeline10 =
    "CASE WHEN NOT s.r THEN pg_catalog.left("
    "pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8) END AS file_timeline";
constexpr std::string_view kPositions10 =
    "CASE WHEN NOT s.r THEN pg_catalog.pg_current_wal_flush_lsn() END AS wal,"
    " CASE WHEN s.r THEN greatest(pg_catalog.pg_last_wal_receive_lsn(),"
    " pg_catalog.pg_last_wal_replay_lsn()) END AS receive,"
    " CASE WHEN s.r THEN pg_catalog.pg_last_wal_replay_lsn() END AS replay";

constexpr std::array kSql = {
    pg::SqlVersion{9, 9, kJoin<kHead, kTimeline96, kStandbyTimelineSql, kPositions96, kTail>},
    pg::SqlVersion{10, pg::kLater,
                   kJoin<kHead, kTimeline10, kStandbyTimelineSql, kPositions10, kTail>},
};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

// What is left where the platform lets nobody see its WAL (Aurora: 0A000 or 55000): the role and
// the clock.
constexpr std::array kRoleOnly = {pg::SqlVersion{
    9, pg::kLater,
    "SELECT pg_catalog.pg_is_in_recovery() AS r, NULL AS system_identifier, NULL AS file_timeline,"
    " NULL AS standby_timeline, NULL AS wal, NULL AS receive, NULL AS replay,"
    " NULL AS last_transaction, NULL AS receiver, NULL AS receiver_status, NULL AS activity,"
    " extract(epoch from pg_catalog.clock_timestamp()) AS clock"}};
static_assert(pg::HasNoGapAndNoOverlap(kRoleOnly));

// The first eight hexadecimal digits of a WAL file name.
std::optional<std::int64_t> FileTimeline(std::string_view digits) {
  const auto lsn = model::Lsn::Parse(std::string("0/").append(digits));
  if (!lsn) return std::nullopt;
  return static_cast<std::int64_t>(lsn->value);
}

// One that is refused its WAL dies at once and is started again every few seconds; on an idle
// primary a healthy one hears nothing for half a minute, but lives on.
bool Streams(std::string_view status, const model::PulseFacts& now,
             const model::PulseFacts* before) {
  if (status == "silent") return before != nullptr && before->receiver == now.receiver;
  return status == "streaming";
}

// Without a receiver a standby knows its timeline from its control file only, which may be one or
// more promotions old. It does not leave a timeline that it has followed.
void KeepTimeline(const model::PulseFacts& before, model::PulseFacts& now) {
  const bool goes_on = before.in_recovery && now.in_recovery && !now.receiver_streams &&
                       before.system_identifier == now.system_identifier &&
                       before.replay_lsn <= now.replay_lsn;
  if (goes_on && before.timeline > now.timeline) now.timeline = before.timeline;
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto pulse = std::make_shared<model::PulseFacts>();
  pulse->in_recovery = row.NeedBoolean(kInRecovery);
  pulse->system_identifier = row.Text(kSystemIdentifier);
  pulse->timeline = row.Null(kWalFileTimeline) ? row.Integer(kStandbyTimeline)
                                               : FileTimeline(row.Text(kWalFileTimeline));
  pulse->wal_lsn = row.Lsn(kWal);
  pulse->receive_lsn = row.Lsn(kReceive);
  pulse->replay_lsn = row.Lsn(kReplay);
  pulse->last_replayed_transaction = row.Real(kLastTransaction);
  if (pulse->in_recovery) pulse->receiver = row.Integer(kReceiver);
  pulse->receiver_streams =
      pulse->receiver &&
      (row.Null(kReceiverStatus) || Streams(row.Text(kReceiverStatus), *pulse, facts.pulse.get()));
  pulse->activity = row.Integer(kActivity);
  pulse->server_clock = row.NeedReal(kClock);
  auto result = row.Result();
  if (!result) return result;
  if (facts.pulse) KeepTimeline(*facts.pulse, *pulse);
  facts.pulse = std::move(pulse);
  return {};
}

constexpr std::array<std::string_view, 2> kRoles = {"primary", "standby"};
constexpr std::array<std::string_view, 1> kRoleLabels = {"role"};

constexpr MetricDesc kRole{.name = "pgfleet_node_role",
                           .kind = Kind::kStateSet,
                           .labels = kRoleLabels,
                           .help = "Whether the server is in recovery (standby) or not (primary).",
                           .source = "pg_is_in_recovery()"};
constexpr MetricDesc kWritable{
    .name = "pgfleet_node_writable",
    .help =
        "1 when the server is out of recovery and not set to read-only (asked in the inventory "
        "lane); absent while its default_transaction_read_only is not known.",
    .source = "pg_is_in_recovery(), default_transaction_read_only"};
constexpr MetricDesc kTimeline{
    .name = "pgfleet_node_timeline",
    .help = "Timeline that the server writes or follows.",
    .source = "pg_walfile_name(); pg_stat_get_wal_receiver(), pg_control_recovery()"};
constexpr MetricDesc kWalLsn{
    .name = "pgfleet_node_wal_lsn_bytes",
    .unit = "bytes",
    .help = "Primary: WAL position flushed to disk, counted from the beginning of WAL.",
    .source = "pg_current_wal_flush_lsn()"};
constexpr MetricDesc kReceiveLsn{
    .name = "pgfleet_node_receive_lsn_bytes",
    .unit = "bytes",
    .help = "Standby: last WAL position on its disk, the greater of received and replayed.",
    .source = "pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()"};
constexpr MetricDesc kReplayLsn{.name = "pgfleet_node_replay_lsn_bytes",
                                .unit = "bytes",
                                .help = "Standby: last WAL position replayed.",
                                .source = "pg_last_wal_replay_lsn()"};
constexpr MetricDesc kLastReplayed{
    .name = "pgfleet_last_replayed_transaction_timestamp_seconds",
    .unit = "seconds",
    .help =
        "Standby: commit time, by the primary's clock, of the last transaction replayed. Grows "
        "old on an idle primary: not a lag.",
    .source = "pg_last_xact_replay_timestamp()"};
constexpr std::array kMetrics = {&kRole,       &kWritable,  &kTimeline,    &kWalLsn,
                                 &kReceiveLsn, &kReplayLsn, &kLastReplayed};

std::optional<double> Writable(const NodeView& view) {
  const auto& facts = view.node.facts;
  if (facts.pulse->in_recovery) return 0;
  if (!facts.read_only || !IsFresh(view.node, "read_only", view.now)) return std::nullopt;
  if (!facts.read_only->by_default) return std::nullopt;
  return *facts.read_only->by_default ? 0 : 1;
}

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::PulseFacts& pulse = *view.node.facts.pulse;
  out.WriteStates(kRole, {}, kRoles, kRoles[pulse.in_recovery ? 1 : 0]);
  out.Write(kWritable, Writable(view));
  out.Write(kTimeline, AsValue(pulse.timeline));
  out.Write(kWalLsn, AsValue(pulse.wal_lsn));
  out.Write(kReceiveLsn, AsValue(pulse.receive_lsn));
  out.Write(kReplayLsn, AsValue(pulse.replay_lsn));
  out.Write(kLastReplayed, pulse.last_replayed_transaction);
}

}  // namespace

constexpr Collector kPulse{.name = "pulse",
                           .lane = model::Lane::kPulse,
                           .sql = kSql,
                           .fallback = kRoleOnly,
                           .columns = kColumns,
                           .decode = Decode,
                           .write = Write,
                           .metrics = kMetrics,
                           .privilege = "none"};

}  // namespace pgfleet::collectors
