#include <algorithm>
#include <array>

#include "analysis/list.h"
#include "analysis/nodes.h"
#include "collectors/values.h"

namespace pgfleet::analysis {
namespace {

using metric::MetricDesc;
using model::ClusterSnapshot;
using model::NodeSnapshot;
using model::Slot;
using model::SlotFinding;

constexpr std::array<std::string_view, 1> kLabels = {"slot"};
constexpr MetricDesc kTimeToLoss{
    .name = "pgfleet_slot_time_to_loss_seconds",
    .unit = "seconds",
    .labels = kLabels,
    .help =
        "Elected primary: when the slot is lost if WAL goes on at the rate of the last minute; "
        "absent while none is written or the slots may keep any amount.",
    .versions = "13+",
    .source = "pg_replication_slots.safe_wal_size, pg_current_wal_flush_lsn() over time"};
constexpr MetricDesc kConfirmedLag{
    .name = "pgfleet_slot_confirmed_lag_seconds",
    .unit = "seconds",
    .labels = kLabels,
    .help =
        "Elected primary, logical slot: time since the primary stood at the position that the "
        "consumer has confirmed. Grows while the slot is active when the consumer stalls or never "
        "confirms, and also while only other databases write and the consumer confirms nothing "
        "but changes of its own (a heartbeat table helps).",
    .source = "pg_replication_slots.confirmed_flush_lsn, pg_current_wal_flush_lsn() over time"};
constexpr MetricDesc kUnexpected{
    .name = "pgfleet_slot_unexpected",
    .kind = metric::Kind::kInfo,
    .labels = kLabels,
    .help = "Elected primary: a lasting slot that the declared list does not hold.",
    .source = "pg_replication_slots, configuration"};
constexpr MetricDesc kWithoutStandby{
    .name = "pgfleet_slot_without_standby",
    .kind = metric::Kind::kInfo,
    .labels = kLabels,
    .help = "Elected primary: a lasting physical slot through which nobody receives.",
    .source = "pg_replication_slots.active"};
constexpr MetricDesc kReady{
    .name = "pgfleet_slot_failover_ready",
    .labels = kLabels,
    .help =
        "Standby: 1 when a slot that the primary marks for failover could be used here after a "
        "promotion; 0 when it is missing, not synchronised or invalid.",
    .versions = "17+",
    .source = "pg_replication_slots.failover, synced"};
constexpr MetricDesc kMissing{.name = "pgfleet_slot_missing",
                              .kind = metric::Kind::kInfo,
                              .scope = metric::Scope::kCluster,
                              .labels = kLabels,
                              .help = "A declared slot that the elected primary does not have.",
                              .source = "pg_replication_slots, configuration"};
constexpr std::array kMetrics = {&kTimeToLoss,     &kConfirmedLag, &kUnexpected,
                                 &kWithoutStandby, &kReady,        &kMissing};

constexpr std::chrono::seconds kRateWindow{60};

const model::SlotFacts* SlotsOf(const ClusterSnapshot& cluster, const NodeSnapshot& node) {
  return node.up ? Fresh(cluster, node, node.facts.slots, "slots") : nullptr;
}

std::optional<double> TimeToLoss(const Slot& slot, std::optional<double> rate) {
  if (slot.invalid || !slot.safe_wal_bytes) return std::nullopt;
  if (*slot.safe_wal_bytes <= 0) return 0;
  if (!rate || *rate <= 0) return std::nullopt;
  return static_cast<double>(*slot.safe_wal_bytes) / *rate;
}

// How old the confirmed position was when the slots were read.
std::optional<double> ConfirmedLag(const Slot& slot, const NodeSnapshot& node,
                                   const Memory& memory) {
  const auto read = collectors::AnsweredAt(node, "slots");
  if (!slot.confirmed || slot.invalid || !read) return std::nullopt;
  const auto age = memory.clock.AgeOf(*slot.confirmed, {.began = *read, .ended = *read});
  if (!age || !age->upper) return std::nullopt;
  return age->estimate;
}

bool IsCaptured(const ClusterSnapshot& cluster, const std::string& name) {
  const auto& cdc = cluster.declared.cdc;
  return std::ranges::find(cdc, name, &model::DeclaredCdc::slot) != cdc.end();
}

bool IsDeclared(const ClusterSnapshot& cluster, const std::string& name) {
  const auto& declared = cluster.declared.expected.slots;
  return !declared || std::ranges::find(*declared, name) != declared->end() ||
         IsCaptured(cluster, name);
}

// Each once.
std::vector<std::string> DeclaredSlots(const ClusterSnapshot& cluster) {
  auto names = cluster.declared.expected.slots.value_or(std::vector<std::string>());
  for (const auto& cdc : cluster.declared.cdc)
    if (std::ranges::find(names, cdc.slot) == names.end()) names.push_back(cdc.slot);
  return names;
}

void JudgePrimary(ClusterSnapshot& cluster, std::size_t i, const Memory& memory) {
  const auto& node = cluster.nodes[i];
  const auto* slots = SlotsOf(cluster, node);
  if (slots == nullptr) return;
  const auto rate = memory.clock.Rate(kRateWindow);
  for (const Slot& slot : slots->slots)
    cluster.analysis[i].slots.push_back(
        {.slot = slot.name,
         .time_to_loss = TimeToLoss(slot, rate),
         .confirmed_lag = ConfirmedLag(slot, node, memory),
         .unexpected = !slot.temporary && !IsDeclared(cluster, slot.name),
         .without_standby =
             slot.kind == "physical" && !slot.temporary && !slot.active && !slot.invalid,
         .failover_ready = std::nullopt});
  if (slots->dropped > 0) return;  // what is not listed may be there
  for (const std::string& name : DeclaredSlots(cluster))
    if (std::ranges::find(slots->slots, name, &Slot::name) == slots->slots.end())
      cluster.findings.missing_slots.push_back(name);
}

bool IsReady(const model::SlotFacts& slots, const std::string& name) {
  return std::ranges::any_of(slots.slots, [&](const Slot& slot) {
    return slot.name == name && slot.synced.value_or(false) && !slot.temporary && !slot.invalid;
  });
}

void JudgeCandidate(ClusterSnapshot& cluster, std::size_t primary, std::size_t i) {
  const auto* theirs = SlotsOf(cluster, cluster.nodes[primary]);
  const auto* mine = SlotsOf(cluster, cluster.nodes[i]);
  if (theirs == nullptr || mine == nullptr || !IsStandby(cluster, i)) return;
  for (const Slot& slot : theirs->slots)
    if (slot.failover.value_or(false))
      cluster.analysis[i].slots.push_back({.slot = slot.name,
                                           .time_to_loss = std::nullopt,
                                           .confirmed_lag = std::nullopt,
                                           .failover_ready = IsReady(*mine, slot.name)});
}

void Run(ClusterSnapshot& cluster, Memory& memory) {
  if (!cluster.findings.primary) return;
  const std::size_t primary = *cluster.findings.primary;
  JudgePrimary(cluster, primary, memory);
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i)
    if (i != primary) JudgeCandidate(cluster, primary, i);
}

void WriteSlot(const SlotFinding& found, metric::MetricWriter& out) {
  out.Write(kTimeToLoss, {found.slot}, found.time_to_loss);
  out.Write(kConfirmedLag, {found.slot}, found.confirmed_lag);
  if (found.unexpected) out.Write(kUnexpected, {found.slot}, 1);
  if (found.without_standby) out.Write(kWithoutStandby, {found.slot}, 1);
  out.Write(kReady, {found.slot}, collectors::AsValue(found.failover_ready));
}

void Write(const ClusterSnapshot& cluster, model::Monotonic, metric::MetricWriter& out) {
  for (const std::string& slot : cluster.findings.missing_slots) out.Write(kMissing, {slot}, 1);
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    out.EnterNode(cluster.name, cluster.nodes[i].declared.name);
    for (const SlotFinding& found : cluster.analysis[i].slots) WriteSlot(found, out);
  }
}

}  // namespace

constexpr Analysis kClusterSlots{
    .name = "cluster_slots", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
