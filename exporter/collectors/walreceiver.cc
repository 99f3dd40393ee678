#include <array>

#include "collectors/conninfo_text.h"
#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t {
  kInRecovery,
  kClock,
  kPid,
  kStatus,
  kSlot,
  kConninfo,
  kClusterName,
  kHost,
  kPort,
  kLastMessage,
  kLatestEnd,
  kColumns,
};

// conninfo comes masked from the server; only the application_name is taken from it.
constexpr std::string_view kHead =
    "SELECT n.r, extract(epoch from pg_catalog.clock_timestamp()) AS clock, w.pid, w.status,"
    " w.slot_name, w.conninfo,";
constexpr std::string_view kNoClusterName = " NULL AS cluster_name,";
constexpr std::string_view kClusterNameSql =
    " pg_catalog.current_setting('cluster_name') AS cluster_name,";
constexpr std::string_view kNoSender = " NULL AS sender_host, NULL AS sender_port,";
constexpr std::string_view kSender = " w.sender_host, w.sender_port,";
constexpr std::string_view kMessages =
    " extract(epoch from w.last_msg_receipt_time) AS last_message, w.latest_end_lsn"
    " FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) n LEFT JOIN ";
constexpr std::string_view kView = "pg_catalog.pg_stat_wal_receiver w ON true";
constexpr std::string_view kHelper = "pgfleet.stat_wal_receiver() w ON true";

constexpr std::array kSql = {
    pg::SqlVersion{9, 10, kJoin<kHead, kNoClusterName, kNoSender, kMessages, kView>},
    pg::SqlVersion{11, 11, kJoin<kHead, kNoClusterName, kSender, kMessages, kView>},
    pg::SqlVersion{12, pg::kLater, kJoin<kHead, kClusterNameSql, kSender, kMessages, kView>},
};
static_assert(pg::HasNoGapAndNoOverlap(kSql));
constexpr std::array kHelped = {
    pg::SqlVersion{9, 9, kJoin<kHead, kNoClusterName, kNoSender, kMessages, kHelper>}};
static_assert(pg::IsContiguous(kHelped));

// What the server itself calls a receiver that was given no name: its cluster_name from 12 on.
std::string Fallback(const RowReader& row) {
  const std::string cluster_name = row.Text(kClusterName);
  return cluster_name.empty() ? "walreceiver" : cluster_name;
}

// A receiver that dies is started again every few seconds and may be seen alive at every poll: only
// its pid tells.
void Recall(const model::WalreceiverFacts* before, model::WalreceiverFacts& now) {
  if (before == nullptr) return;
  const bool changed = now.pid && before->pid && *now.pid != *before->pid;
  now.restarts = before->restarts + (changed ? 1 : 0);
  if (!now.pid) now.pid = before->pid;
}

void DecodeReceiver(RowReader& row, model::WalreceiverFacts& receiver) {
  receiver.present = true;
  receiver.pid = row.NeedInteger(kPid);
  receiver.status = row.NeedText(kStatus);
  receiver.slot = row.Text(kSlot);
  receiver.application_name = ApplicationNameOf(row.Text(kConninfo), Fallback(row));
  receiver.sender_host = row.Text(kHost);
  receiver.sender_port = row.Integer(kPort);
  receiver.last_message = row.Real(kLastMessage);
  receiver.latest_end = row.Lsn(kLatestEnd);
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto receiver = std::make_shared<model::WalreceiverFacts>();
  receiver->in_recovery = row.NeedBoolean(kInRecovery);
  receiver->server_clock = row.NeedReal(kClock);
  if (!row.Null(kPid)) {
    if (row.Null(kStatus))
      return std::unexpected(DecodeFault{model::FailureReason::kPermission,
                                         "only the receiver's pid is visible; grant pg_monitor"});
    DecodeReceiver(row, *receiver);
  }
  auto result = row.Result();
  if (!result) return result;
  Recall(facts.walreceiver.get(), *receiver);
  facts.walreceiver = std::move(receiver);
  return {};
}

constexpr MetricDesc kUp{
    .name = "pgfleet_walreceiver_up",
    .help =
        "Standby: 1 while a WAL receiver streams; 0 when there is none or it does something "
        "else.",
    .source = "pg_stat_wal_receiver.status"};
constexpr MetricDesc kMessageAge{
    .name = "pgfleet_walreceiver_message_age_seconds",
    .unit = "seconds",
    .help =
        "Standby: time since the upstream's last message, by the standby's clock; up to half of "
        "wal_sender_timeout is normal.",
    .source = "pg_stat_wal_receiver.last_msg_receipt_time"};
constexpr std::array<std::string_view, 1> kStateLabels = {"state"};
constexpr std::array<std::string_view, 6> kStates = {"starting",  "waiting",  "restarting",
                                                     "streaming", "stopping", "stopped"};
constexpr MetricDesc kState{
    .name = "pgfleet_walreceiver_state",
    .kind = metric::Kind::kStateSet,
    .labels = kStateLabels,
    .help = "Standby: what its WAL receiver does; all states are 0 when it has none.",
    .source = "pg_stat_wal_receiver.status"};
constexpr std::array<std::string_view, 3> kInfoLabels = {"slot", "sender_host", "sender_port"};
constexpr MetricDesc kInfo{
    .name = "pgfleet_walreceiver_info",
    .kind = metric::Kind::kInfo,
    .labels = kInfoLabels,
    .help =
        "Standby: where its WAL receiver is connected, and by which slot; the sender is "
        "absent before 11.",
    .source = "pg_stat_wal_receiver.slot_name, sender_host, sender_port"};
constexpr MetricDesc kRestarts{
    .name = "pgfleet_walreceiver_restarts_total",
    .kind = metric::Kind::kCounter,
    .help =
        "Standby: polls that found another WAL receiver than the last one seen, since the node "
        "came up. One that dies at once is hardly ever seen: then pgfleet_walreceiver_up is 0.",
    .source = "pg_stat_wal_receiver.pid"};
constexpr std::array kMetrics = {&kUp, &kState, &kInfo, &kMessageAge, &kRestarts};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::WalreceiverFacts& receiver = *view.node.facts.walreceiver;
  if (!receiver.in_recovery) return;
  out.Write(kUp, receiver.status == "streaming" ? 1.0 : 0.0);
  out.WriteStates(kState, {}, kStates, receiver.status);
  if (receiver.present)
    out.Write(kInfo,
              {receiver.slot, receiver.sender_host,
               receiver.sender_port ? std::to_string(*receiver.sender_port) : ""},
              1);
  out.Write(kRestarts, static_cast<double>(receiver.restarts));
  out.Write(kMessageAge, Elapsed(receiver.last_message, receiver.server_clock));
}

}  // namespace

constexpr Collector kWalreceiver{
    .name = "walreceiver",
    .lane = model::Lane::kStatus,
    .sql = kSql,
    .fallback = kHelped,
    .columns = kColumns,
    .decode = Decode,
    .write = Write,
    .metrics = kMetrics,
    .privilege = "pg_monitor (9.6: the helper pgfleet.stat_wal_receiver)"};

}  // namespace pgfleet::collectors
