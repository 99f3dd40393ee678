#include <algorithm>
#include <array>

#include "analysis/lag.h"
#include "analysis/list.h"
#include "analysis/nodes.h"

namespace pgfleet::analysis {
namespace {

using metric::MetricDesc;
using model::ClusterSnapshot;
using model::NodeSnapshot;
using model::StandbyState;

constexpr std::array<std::string_view, 1> kStateLabels = {"state"};
constexpr MetricDesc kState{
    .name = "pgfleet_standby_state",
    .kind = metric::Kind::kStateSet,
    .labels = kStateLabels,
    .help =
        "What a standby does, the gravest first: unreachable, starting, diverged, wal_missing, "
        "archive_recovery (an archive brings its WAL; paused while that is paused), disconnected, "
        "paused_parameters (a parameter is lower than on the primary), paused, conflict_stalled, "
        "catchup, delayed, caught_up, streaming.",
    .source = "all that is known of the standby, its upstream and the elected primary"};
constexpr std::array<std::string_view, 1> kSettingLabels = {"setting"};
constexpr MetricDesc kTooLow{
    .name = "pgfleet_standby_parameter_too_low",
    .kind = metric::Kind::kInfo,
    .labels = kSettingLabels,
    .help =
        "A setting that is lower than on the elected primary, or while there is none than on the "
        "upstream: replay pauses (14+) or the standby stops as soon as the difference matters.",
    .source = "pg_settings of both"};
constexpr MetricDesc kHeadroom{
    .name = "pgfleet_standby_wal_headroom_bytes",
    .unit = "bytes",
    .help =
        "WAL that the upstream still has before the standby's position; negative: it has been "
        "removed. Absent while a slot of the standby's own holds it.",
    .source = "pg_ls_waldir() of the upstream, pg_last_wal_receive_lsn()"};
constexpr std::array kMetrics = {&kState, &kTooLow, &kHeadroom};

constexpr std::array<std::string_view, 5> kMustNotBeLower = {
    "max_connections", "max_locks_per_transaction", "max_prepared_transactions", "max_wal_senders",
    "max_worker_processes"};

// Whom the standby receives from, or would if it received.
std::optional<std::size_t> Source(const ClusterSnapshot& cluster, std::size_t i) {
  if (cluster.analysis[i].upstream) return cluster.analysis[i].upstream;
  const auto& declared = cluster.nodes[i].declared.upstream;
  for (std::size_t j = 0; !declared.empty() && j < cluster.nodes.size(); ++j)
    if (cluster.nodes[j].declared.name == declared) return j;
  return cluster.findings.primary;
}

// The WAL carries the values of the primary that wrote it, through every cascade. Who passes it on
// stands in for one that is not known.
void CompareSettings(ClusterSnapshot& cluster, std::size_t i, std::size_t source) {
  const auto& primary = cluster.findings.primary;
  const auto& writer = cluster.nodes[primary && *primary != i ? *primary : source];
  for (const std::string_view name : kMustNotBeLower) {
    const auto mine = NumberSetting(cluster, cluster.nodes[i], name);
    const auto theirs = NumberSetting(cluster, writer, name);
    if (mine && theirs && *mine < *theirs)
      cluster.analysis[i].parameters_too_low.emplace_back(name);
  }
}

// A slot of the standby's own holds the WAL from its position on.
bool IsHeld(const ClusterSnapshot& cluster, const NodeSnapshot& node, const NodeSnapshot& source) {
  const auto* slots = Fresh(cluster, source, source.facts.slots, "slots");
  const auto& receiver = node.last_receiver;
  if (slots == nullptr || !receiver || receiver->slot.empty()) return false;
  const auto position = node.facts.pulse->receive_lsn;
  return std::ranges::any_of(slots->slots, [&](const model::Slot& slot) {
    return slot.name == receiver->slot && !slot.invalid && slot.restart &&
           *slot.restart <= position;
  });
}

std::optional<double> Headroom(const ClusterSnapshot& cluster, std::size_t i, std::size_t source) {
  const auto& node = cluster.nodes[i];
  const auto& upstream = cluster.nodes[source];
  const auto* directory = Fresh(cluster, upstream, upstream.facts.wal_directory, "wal_directory");
  const auto position = node.facts.pulse->receive_lsn;
  if (directory == nullptr || !directory->oldest || !position || !upstream.up) return std::nullopt;
  if (IsHeld(cluster, node, upstream)) return std::nullopt;
  return static_cast<double>(model::Distance(*directory->oldest, *position));
}

// What the state is made of.
struct Evidence {
  const ClusterSnapshot& cluster;
  std::size_t i;
  const model::PulseFacts& pulse;
  const model::RecoveryFacts* recovery;
  const model::StartupProcessFacts* startup;
  const model::NodeAnalysis& found;
};

bool IsDiverged(const Evidence& e) { return e.found.diverged.value_or(false); }
bool Restores(const Evidence& e) { return e.found.restores.value_or(false); }
bool LacksWal(const Evidence& e) {
  return !e.pulse.receiver_streams && !Restores(e) && e.found.wal_headroom.value_or(0) < 0;
}
bool IsDisconnected(const Evidence& e) { return !e.pulse.receiver_streams; }
bool IsPaused(const Evidence& e) {
  return e.recovery != nullptr && e.recovery->replay_paused.value_or(false);
}
// Nobody streams to it, and nobody has to: an operator decides how its recovery ends.
bool WaitsForOperator(const Evidence& e) { return Restores(e) && IsPaused(e); }
bool IsPausedByParameters(const Evidence& e) {
  return IsPaused(e) && !e.found.parameters_too_low.empty();
}
bool IsStalled(const Evidence& e) {
  return e.startup != nullptr && e.startup->conflict_wait.value_or(false);
}
bool CatchesUp(const Evidence& e) {
  if (!e.found.upstream) return false;
  const auto& upstream = e.cluster.nodes[*e.found.upstream];
  const auto* walsenders = Fresh(e.cluster, upstream, upstream.facts.walsenders, "walsenders");
  const auto& matched = e.cluster.analysis[*e.found.upstream].sender_nodes;
  for (std::size_t k = 0; walsenders != nullptr && k < matched.size(); ++k)
    if (matched[k] == e.i && walsenders->senders[k].state == "catchup") return true;
  return false;
}
bool IsCaughtUp(const Evidence& e) {
  return e.found.lag.is_caught_up && IsKnown(e.cluster, e.i, e.cluster.at);
}
bool IsDelayed(const Evidence& e) {
  return e.found.lag.apply_delay.value_or(0) > 0 && e.found.lag.apply_bytes.value_or(0) > 0;
}

struct Rule {
  StandbyState state;
  bool (*holds)(const Evidence&);
};
// The first that holds.
constexpr std::array kRules = {
    Rule{StandbyState::kDiverged, IsDiverged},
    Rule{StandbyState::kWalMissing, LacksWal},
    Rule{StandbyState::kPaused, WaitsForOperator},
    Rule{StandbyState::kArchiveRecovery, Restores},
    Rule{StandbyState::kDisconnected, IsDisconnected},
    Rule{StandbyState::kPausedParameters, IsPausedByParameters},
    Rule{StandbyState::kPaused, IsPaused},
    Rule{StandbyState::kConflictStalled, IsStalled},
    Rule{StandbyState::kCatchup, CatchesUp},
    Rule{StandbyState::kDelayed, IsDelayed},
    Rule{StandbyState::kCaughtUp, IsCaughtUp},
};

std::optional<StandbyState> StateOf(const ClusterSnapshot& cluster, std::size_t i) {
  const auto& node = cluster.nodes[i];
  if (!node.up && !(node.tried && cluster.analysis[i].expected)) return std::nullopt;
  if (!node.up)
    return node.down_reason == model::DownReason::kStarting ? StandbyState::kStarting
                                                            : StandbyState::kUnreachable;
  if (!IsStandby(cluster, i) || !ShowsWal(*node.facts.pulse)) return std::nullopt;
  const Evidence evidence{
      .cluster = cluster,
      .i = i,
      .pulse = *node.facts.pulse,
      .recovery = Fresh(cluster, node, node.facts.recovery, "recovery"),
      .startup = Fresh(cluster, node, node.facts.startup_process, "startup_process"),
      .found = cluster.analysis[i]};
  for (const Rule& rule : kRules)
    if (rule.holds(evidence)) return rule.state;
  return StandbyState::kStreaming;
}

void Run(ClusterSnapshot& cluster, Memory&) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    auto& found = cluster.analysis[i];
    if (const auto source = Source(cluster, i); source && *source != i && IsStandby(cluster, i)) {
      CompareSettings(cluster, i, *source);
      found.wal_headroom = Headroom(cluster, i, *source);
    }
    found.state = StateOf(cluster, i);
  }
}

void Write(const ClusterSnapshot& cluster, model::Monotonic, metric::MetricWriter& out) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    const auto& found = cluster.analysis[i];
    out.EnterNode(cluster.name, cluster.nodes[i].declared.name);
    if (found.state) out.WriteStates(kState, {}, model::kStandbyStateNames, Name(*found.state));
    out.Write(kHeadroom, found.wal_headroom);
    for (const std::string& setting : found.parameters_too_low) out.Write(kTooLow, {setting}, 1);
  }
}

}  // namespace

constexpr Analysis kStandbyState{
    .name = "standby_state", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
