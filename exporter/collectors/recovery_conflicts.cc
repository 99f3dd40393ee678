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
  kTablespace,
  kLock,
  kSnapshot,
  kBufferpin,
  kDeadlock,
  kLogicalSlot,
  kColumns,
};

constexpr std::string_view kHead =
    "SELECT pg_catalog.pg_is_in_recovery() AS r, pg_catalog.sum(c.confl_tablespace),"
    " pg_catalog.sum(c.confl_lock), pg_catalog.sum(c.confl_snapshot),"
    " pg_catalog.sum(c.confl_bufferpin), pg_catalog.sum(c.confl_deadlock),";
constexpr std::string_view kNoSlots = " NULL AS logicalslot";
constexpr std::string_view kSlotSum = " pg_catalog.sum(c.confl_active_logicalslot) AS logicalslot";
constexpr std::string_view kTail = " FROM pg_catalog.pg_stat_database_conflicts c";

constexpr std::array kSql = {
    pg::SqlVersion{9, 15, kJoin<kHead, kNoSlots, kTail>},
    pg::SqlVersion{16, pg::kLater, kJoin<kHead, kSlotSum, kTail>},
};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto conflicts = std::make_shared<model::RecoveryConflictFacts>();
  conflicts->in_recovery = row.NeedBoolean(kInRecovery);
  conflicts->tablespace = row.NeedInteger(kTablespace);
  conflicts->lock = row.NeedInteger(kLock);
  conflicts->snapshot = row.NeedInteger(kSnapshot);
  conflicts->bufferpin = row.NeedInteger(kBufferpin);
  conflicts->deadlock = row.NeedInteger(kDeadlock);
  conflicts->active_logicalslot = row.Integer(kLogicalSlot);
  auto result = row.Result();
  if (result) facts.recovery_conflicts = std::move(conflicts);
  return result;
}

constexpr std::array<std::string_view, 1> kConflict = {"conflict"};
constexpr MetricDesc kConflicts{
    .name = "pgfleet_standby_conflicts_total",
    .kind = Kind::kCounter,
    .labels = kConflict,
    .help =
        "Standby: sessions that were cancelled because replay could not wait for them any "
        "longer, over all databases. Says nothing of how long replay waited.",
    .source = "pg_stat_database_conflicts"};
constexpr std::array kMetrics = {&kConflicts};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::RecoveryConflictFacts& conflicts = *view.node.facts.recovery_conflicts;
  if (!conflicts.in_recovery) return;
  out.Write(kConflicts, {"tablespace"}, static_cast<double>(conflicts.tablespace));
  out.Write(kConflicts, {"lock"}, static_cast<double>(conflicts.lock));
  out.Write(kConflicts, {"snapshot"}, static_cast<double>(conflicts.snapshot));
  out.Write(kConflicts, {"bufferpin"}, static_cast<double>(conflicts.bufferpin));
  out.Write(kConflicts, {"deadlock"}, static_cast<double>(conflicts.deadlock));
  out.Write(kConflicts, {"active_logicalslot"}, AsValue(conflicts.active_logicalslot));
}

}  // namespace

constexpr Collector kRecoveryConflicts{.name = "recovery_conflicts",
                                       .lane = model::Lane::kInventory,
                                       .sql = kSql,
                                       .columns = kColumns,
                                       .decode = Decode,
                                       .write = Write,
                                       .metrics = kMetrics,
                                       .privilege = "none"};

}  // namespace pgfleet::collectors
