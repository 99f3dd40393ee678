#include <algorithm>
#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/series_dropped.h"
#include "collectors/slots_sql.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using C = SlotColumn;
using metric::Kind;
using metric::MetricDesc;

model::Slot DecodeSlot(RowReader& row) {
  model::Slot slot;
  slot.name = row.NeedText(C::kName);
  slot.kind = row.NeedText(C::kKind);
  slot.plugin = row.Text(C::kPlugin);
  slot.database = row.Text(C::kDatabase);
  slot.temporary = row.NeedBoolean(C::kTemporary);
  slot.active = row.NeedBoolean(C::kActive);
  slot.restart = row.Lsn(C::kRestart);
  slot.confirmed = row.Lsn(C::kConfirmed);
  slot.wal_status = row.Text(C::kWalStatus);
  slot.safe_wal_bytes = row.Integer(C::kSafeBytes);
  slot.invalid = row.NeedBoolean(C::kInvalid);
  slot.invalid_reason = row.Text(C::kInvalidReason);
  slot.inactive_since = row.Real(C::kInactiveSince);
  slot.failover = row.Boolean(C::kFailover);
  slot.synced = row.Boolean(C::kSynced);
  slot.xmin_age = row.Integer(C::kXminAge);
  slot.catalog_xmin_age = row.Integer(C::kCatalogXminAge);
  return slot;
}

std::expected<void, DecodeFault> DecodeRow(const pg::Rows& rows, std::size_t index,
                                           model::SlotFacts& facts) {
  RowReader row(rows, index);
  facts.reference = std::max(facts.reference, row.Lsn(C::kReference));
  facts.server_clock = std::max(facts.server_clock, row.NeedReal(C::kClock));
  facts.limit = row.NeedInteger(C::kLimit);
  facts.used = row.NeedInteger(C::kUsed);
  facts.dropped = row.NeedInteger(C::kShown);
  if (!row.Null(C::kName)) facts.slots.push_back(DecodeSlot(row));
  return row.Result();
}

// Before 17 the server does not tell since when: known only of a slot that was seen in use.
void RecallActivity(const model::SlotFacts* before, model::SlotFacts& now) {
  for (model::Slot& slot : now.slots) {
    if (slot.inactive_since) continue;
    if (slot.active) {
      slot.inactive_since = now.server_clock;
    } else if (before != nullptr) {
      const auto same = std::ranges::find(before->slots, slot.name, &model::Slot::name);
      if (same != before->slots.end()) slot.inactive_since = same->inactive_since;
    }
  }
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto slots = std::make_shared<model::SlotFacts>();
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (auto result = DecodeRow(rows, i, *slots); !result) return result;
  slots->dropped -= static_cast<std::int64_t>(slots->slots.size());
  RecallActivity(facts.slots.get(), *slots);
  facts.slots = std::move(slots);
  return {};
}

constexpr std::array<std::string_view, 1> kSlot = {"slot"};
constexpr std::array<std::string_view, 7> kInfoLabels = {
    "slot", "slot_kind", "plugin", "database", "temporary", "failover", "synced"};
constexpr std::array<std::string_view, 2> kStatusLabels = {"slot", "status"};
constexpr std::array<std::string_view, 2> kReasonLabels = {"slot", "reason"};
constexpr std::array<std::string_view, 4> kWalStatuses = {"reserved", "extended", "unreserved",
                                                          "lost"};
constexpr std::string_view kView = "pg_replication_slots";

constexpr MetricDesc kInfo{.name = "pgfleet_slot_info",
                           .kind = Kind::kInfo,
                           .labels = kInfoLabels,
                           .help = "What slot this is; failover and synced are absent before 17.",
                           .source = kView};
constexpr MetricDesc kActive{.name = "pgfleet_slot_active",
                             .labels = kSlot,
                             .help = "1 while something streams from the slot.",
                             .source = "pg_replication_slots.active"};
constexpr MetricDesc kRetained{
    .name = "pgfleet_slot_retained_wal_bytes",
    .unit = "bytes",
    .labels = kSlot,
    .help = "WAL that the node keeps for the slot; absent for a slot that holds none.",
    .source = "pg_replication_slots.restart_lsn, pg_current_wal_flush_lsn()"};
constexpr MetricDesc kConfirmedLag{
    .name = "pgfleet_slot_confirmed_lag_bytes",
    .unit = "bytes",
    .labels = kSlot,
    .help = "Logical slot: WAL that its consumer has not confirmed yet.",
    .source = "pg_replication_slots.confirmed_flush_lsn"};
constexpr MetricDesc kInactive{.name = "pgfleet_slot_inactive_seconds",
                               .unit = "seconds",
                               .labels = kSlot,
                               .help =
                                   "How long nothing has streamed from the slot; before 17 since "
                                   "it was last seen in use, and absent until then.",
                               .source = "pg_replication_slots.inactive_since, active"};
constexpr MetricDesc kWalStatus{
    .name = "pgfleet_slot_wal_status",
    .kind = Kind::kStateSet,
    .labels = kStatusLabels,
    .help = "Whether the slot's WAL is still there; absent for a slot that never reserved any.",
    .versions = "13+",
    .source = "pg_replication_slots.wal_status"};
constexpr MetricDesc kSafe{
    .name = "pgfleet_slot_safe_wal_bytes",
    .unit = "bytes",
    .labels = kSlot,
    .help =
        "WAL that can still be written before the slot may be lost; negative when it is in "
        "danger already; absent without max_slot_wal_keep_size.",
    .versions = "13+",
    .source = "pg_replication_slots.safe_wal_size"};
constexpr MetricDesc kInvalid{
    .name = "pgfleet_slot_invalid",
    .labels = kSlot,
    .help =
        "1 when the slot was invalidated and can never be used again; servers before 13 never "
        "invalidate one.",
    .source = "pg_replication_slots.wal_status, conflicting, invalidation_reason"};
constexpr MetricDesc kInvalidReason{.name = "pgfleet_slot_invalid_reason",
                                    .kind = Kind::kInfo,
                                    .labels = kReasonLabels,
                                    .help = "Why the slot was invalidated; 16 does not tell.",
                                    .versions = "13+",
                                    .source = "pg_replication_slots.invalidation_reason"};
constexpr MetricDesc kXminAge{
    .name = "pgfleet_slot_xmin_age_transactions",
    .labels = kSlot,
    .help = "How far the slot holds vacuum back; absent for a slot that does not.",
    .source = "pg_replication_slots.xmin"};
constexpr MetricDesc kCatalogXminAge{
    .name = "pgfleet_slot_catalog_xmin_age_transactions",
    .labels = kSlot,
    .help = "How far the slot holds vacuum of the catalogs back; absent for a slot that does not.",
    .source = "pg_replication_slots.catalog_xmin"};
constexpr MetricDesc kUsed{.name = "pgfleet_slots_used",
                           .help = "Replication slots of the node, temporary ones included.",
                           .source = kView};
constexpr MetricDesc kLimit{.name = "pgfleet_slots_limit",
                            .help = "Replication slots that the node can have.",
                            .source = "max_replication_slots"};
constexpr std::array kMetrics = {
    &kInfo,    &kActive,        &kRetained, &kConfirmedLag,   &kInactive, &kWalStatus, &kSafe,
    &kInvalid, &kInvalidReason, &kXminAge,  &kCatalogXminAge, &kUsed,     &kLimit};

std::string_view YesNo(std::optional<bool> flag) {
  if (!flag) return "";
  return *flag ? "true" : "false";
}

// From 17 on one that was never used has been inactive since its creation.
std::optional<double> InactiveSeconds(const model::Slot& slot, double clock) {
  if (slot.active) return std::nullopt;
  return Elapsed(slot.inactive_since, clock);
}

void WriteSlot(const model::Slot& slot, const model::SlotFacts& facts, metric::MetricWriter& out) {
  out.Write(kInfo,
            {slot.name, slot.kind, slot.plugin, slot.database, YesNo(slot.temporary),
             YesNo(slot.failover), YesNo(slot.synced)},
            1);
  out.Write(kActive, {slot.name}, slot.active ? 1 : 0);
  out.Write(kInactive, {slot.name}, InactiveSeconds(slot, facts.server_clock));
  if (!slot.wal_status.empty())
    out.WriteStates(kWalStatus, {slot.name}, kWalStatuses, slot.wal_status);
  out.Write(kSafe, {slot.name}, AsValue(slot.safe_wal_bytes));
  out.Write(kInvalid, {slot.name}, slot.invalid ? 1 : 0);
  if (!slot.invalid_reason.empty()) out.Write(kInvalidReason, {slot.name, slot.invalid_reason}, 1);
  out.Write(kConfirmedLag, {slot.name}, DistanceValue(slot.confirmed, facts.reference));
  if (slot.invalid)
    return;  // the server may still show restart_lsn and xmin, but they hold nothing
  out.Write(kRetained, {slot.name}, DistanceValue(slot.restart, facts.reference));
  out.Write(kXminAge, {slot.name}, AsValue(slot.xmin_age));
  out.Write(kCatalogXminAge, {slot.name}, AsValue(slot.catalog_xmin_age));
}

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::SlotFacts& facts = *view.node.facts.slots;
  for (const model::Slot& slot : facts.slots) WriteSlot(slot, facts, out);
  out.Write(kUsed, static_cast<double>(facts.used));
  out.Write(kLimit, static_cast<double>(facts.limit));
  out.Write(kSeriesDropped, {"slot"}, static_cast<double>(facts.dropped));
}

}  // namespace

constexpr Collector kSlots{.name = "slots",
                           .lane = model::Lane::kStatus,
                           .sql = slots_sql::kSql,
                           .columns = C::kCount,
                           .decode = Decode,
                           .write = Write,
                           .metrics = kMetrics,
                           .privilege = "none"};

}  // namespace pgfleet::collectors
