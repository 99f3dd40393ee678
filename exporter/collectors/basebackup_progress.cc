#include <algorithm>
#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::Kind;
using metric::MetricDesc;

enum Column : std::size_t {
  kRunning,
  kVisible,
  kStreamed,
  kExpected,
  kPhase,
  kWaiting,
  kClock,
  kColumns,
};

// A sum over some of the backups would be less than what is streamed, so it must be over all.
constexpr std::array kSql = {
    pg::SqlVersion{13, pg::kLater,
                   "SELECT pg_catalog.count(*) AS running, pg_catalog.count(b.phase) AS visible,"
                   " pg_catalog.sum(b.backup_streamed) AS streamed,"
                   " CASE WHEN pg_catalog.count(*) = pg_catalog.count(b.backup_total)"
                   " THEN pg_catalog.sum(b.backup_total) END AS expected,"
                   " (pg_catalog.array_agg(b.phase ORDER BY a.backend_start, b.pid))[1] AS phase,"
                   " (pg_catalog.array_agg(b.pid ORDER BY a.backend_start, b.pid)"
                   " FILTER (WHERE b.phase = 'waiting for wal archiving to finish'))[1] AS waiting,"
                   " extract(epoch from pg_catalog.clock_timestamp()) AS clock"
                   " FROM pg_catalog.pg_stat_progress_basebackup b"
                   " LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid"}};
static_assert(pg::IsContiguous(kSql));

// The server does not tell since when: known from the polls.
void RecallWaiting(const model::BasebackupFacts* before, model::BasebackupFacts& now) {
  if (!now.waiting) return;
  now.waiting_since = now.server_clock;
  if (before != nullptr && before->waiting == now.waiting)
    now.waiting_since = before->waiting_since;
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto backups = std::make_shared<model::BasebackupFacts>();
  backups->running = row.NeedInteger(kRunning);
  const std::int64_t visible = row.NeedInteger(kVisible);
  backups->streamed_bytes = row.Integer(kStreamed);
  backups->expected_bytes = row.Integer(kExpected);
  backups->phase = row.Text(kPhase);
  backups->waiting = row.Integer(kWaiting);
  backups->server_clock = row.NeedReal(kClock);
  if (auto result = row.Result(); !result) return result;
  if (visible != backups->running)
    return std::unexpected(DecodeFault{model::FailureReason::kPermission,
                                       "only the pids of base backups are visible; grant "
                                       "pg_monitor"});
  RecallWaiting(facts.basebackup_progress.get(), *backups);
  facts.basebackup_progress = std::move(backups);
  return {};
}

struct Phase {
  std::string_view server;
  std::string_view ours;
};
constexpr std::array<Phase, 6> kPhases = {{
    {"initializing", "initializing"},
    {"waiting for checkpoint to finish", "waiting_checkpoint"},
    {"estimating backup size", "estimating"},
    {"streaming database files", "streaming"},
    {"waiting for wal archiving to finish", "waiting_archive"},
    {"transferring wal files", "transferring_wal"},
}};
constexpr auto kPhaseNames = [] {
  std::array<std::string_view, kPhases.size()> names;
  std::ranges::transform(kPhases, names.begin(), &Phase::ours);
  return names;
}();

constexpr std::array<std::string_view, 1> kPhaseLabels = {"phase"};
constexpr std::string_view kView = "pg_stat_progress_basebackup";
constexpr MetricDesc kRunningNow{
    .name = "pgfleet_basebackup_running",
    .help =
        "Base backups that stream from this node now by the replication protocol (as "
        "pg_basebackup takes them).",
    .versions = "13+",
    .source = kView};
constexpr MetricDesc kStreamedBytes{
    .name = "pgfleet_basebackup_streamed_bytes",
    .unit = "bytes",
    .help = "What the running base backups have sent so far; absent when none runs.",
    .versions = "13+",
    .source = "pg_stat_progress_basebackup.backup_streamed"};
constexpr MetricDesc kExpectedBytes{
    .name = "pgfleet_basebackup_expected_bytes",
    .unit = "bytes",
    .help =
        "What the running base backups will send by the server's estimate; absent unless each "
        "of them has one.",
    .versions = "13+",
    .source = "pg_stat_progress_basebackup.backup_total"};
constexpr MetricDesc kPhaseState{
    .name = "pgfleet_basebackup_phase",
    .kind = Kind::kStateSet,
    .labels = kPhaseLabels,
    .help = "What the base backup that runs longest does; all 0 when none runs.",
    .versions = "13+",
    .source = "pg_stat_progress_basebackup.phase"};
constexpr MetricDesc kWaitingTime{
    .name = "pgfleet_basebackup_waiting_archive_seconds",
    .unit = "seconds",
    .help =
        "How long a base backup has been seen to wait until its WAL is archived, of several the "
        "one that runs longest; absent when none waits. It ends only when the archiver succeeds.",
    .versions = "13+",
    .source = "pg_stat_progress_basebackup.phase over time"};
constexpr std::array kMetrics = {&kRunningNow, &kStreamedBytes, &kExpectedBytes, &kPhaseState,
                                 &kWaitingTime};

void WritePhase(const model::BasebackupFacts& facts, metric::MetricWriter& out) {
  if (facts.running == 0) return out.WriteStates(kPhaseState, {}, kPhaseNames, std::nullopt);
  const auto* phase = std::ranges::find(kPhases, facts.phase, &Phase::server);
  if (phase != kPhases.end()) out.WriteStates(kPhaseState, {}, kPhaseNames, phase->ours);
}

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::BasebackupFacts& facts = *view.node.facts.basebackup_progress;
  out.Write(kRunningNow, static_cast<double>(facts.running));
  out.Write(kStreamedBytes, AsValue(facts.streamed_bytes));
  out.Write(kExpectedBytes, AsValue(facts.expected_bytes));
  WritePhase(facts, out);
  out.Write(kWaitingTime, Elapsed(facts.waiting_since, facts.server_clock));
}

}  // namespace

constexpr Collector kBasebackupProgress{.name = "basebackup_progress",
                                        .lane = model::Lane::kStatus,
                                        .sql = kSql,
                                        .columns = kColumns,
                                        .decode = Decode,
                                        .write = Write,
                                        .metrics = kMetrics,
                                        .privilege = "pg_monitor while a base backup runs"};

}  // namespace pgfleet::collectors
