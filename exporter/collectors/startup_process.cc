#include <array>

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
  kMaySee,
  kPid,
  kEventType,
  kEvent,
  kNamesSnapshots,
  kColumns,
};

// To a role that may not look into other sessions backend_type is NULL: the process is not found.
constexpr std::string_view kHead =
    "SELECT n.r, pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS may_see,"
    " s.pid, s.wait_event_type, s.wait_event,";
constexpr std::string_view kNo = " false";
constexpr std::string_view kYes = " true";
constexpr std::string_view kTail =
    " AS names_snapshots FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) n"
    " LEFT JOIN pg_catalog.pg_stat_activity s ON s.backend_type = 'startup'";

constexpr std::array kSql = {
    pg::SqlVersion{10, 12, kJoin<kHead, kNo, kTail>},
    pg::SqlVersion{13, pg::kLater, kJoin<kHead, kYes, kTail>},
};
static_assert(pg::IsContiguous(kSql));

bool IsConflict(std::string_view type, std::string_view event) {
  return type == "Lock" || type == "BufferPin" || event.starts_with("RecoveryConflict");
}

// Before 13 the wait for sessions with an old snapshot has no name: there "no name" says nothing.
std::optional<bool> ConflictWait(const model::StartupProcessFacts& startup, bool names_snapshots) {
  if (startup.wait_event.empty() && !names_snapshots) return std::nullopt;
  return IsConflict(startup.wait_event_type, startup.wait_event);
}

std::unexpected<DecodeFault> NotSeen(bool may_see) {
  if (!may_see)
    return std::unexpected(
        DecodeFault{model::FailureReason::kPermission,
                    "what the startup process waits for is hidden; grant pg_monitor"});
  return std::unexpected(
      DecodeFault{model::FailureReason::kUnsupported, "the server shows no startup process"});
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto startup = std::make_shared<model::StartupProcessFacts>();
  startup->in_recovery = row.NeedBoolean(kInRecovery);
  const bool may_see = row.NeedBoolean(kMaySee);
  const auto pid = row.Integer(kPid);
  startup->wait_event_type = row.Text(kEventType);
  startup->wait_event = row.Text(kEvent);
  startup->conflict_wait = ConflictWait(*startup, row.NeedBoolean(kNamesSnapshots));
  if (auto result = row.Result(); !result) return result;
  if (startup->in_recovery && !pid) return NotSeen(may_see);
  facts.startup_process = std::move(startup);
  return {};
}

constexpr std::array<std::string_view, 2> kWaitLabels = {"wait_event_type", "wait_event"};
constexpr MetricDesc kWait{
    .name = "pgfleet_standby_startup_wait",
    .kind = Kind::kInfo,
    .labels = kWaitLabels,
    .help =
        "Standby: what the process that replays WAL waits for, in the server's words; absent "
        "while it waits for nothing that has a name.",
    .versions = "10+",
    .source = "pg_stat_activity.wait_event"};
constexpr MetricDesc kConflictWait{
    .name = "pgfleet_standby_conflict_wait",
    .help =
        "Standby: 1 while replay waits until sessions let go of a lock, a pinned buffer, an old "
        "snapshot or a tablespace. Before 13 a wait for a snapshot cannot be told from work: "
        "then absent.",
    .versions = "10+",
    .source = "pg_stat_activity.wait_event"};
constexpr std::array kMetrics = {&kWait, &kConflictWait};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::StartupProcessFacts& startup = *view.node.facts.startup_process;
  if (!startup.in_recovery) return;
  if (!startup.wait_event.empty())
    out.Write(kWait, {startup.wait_event_type, startup.wait_event}, 1);
  out.Write(kConflictWait, AsValue(startup.conflict_wait));
}

}  // namespace

constexpr Collector kStartupProcess{.name = "startup_process",
                                    .lane = model::Lane::kStatus,
                                    .sql = kSql,
                                    .columns = kColumns,
                                    .decode = Decode,
                                    .write = Write,
                                    .metrics = kMetrics,
                                    .privilege = "pg_monitor"};

}  // namespace pgfleet::collectors
