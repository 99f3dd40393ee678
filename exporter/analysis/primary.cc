#include <algorithm>
#include <array>
#include <vector>

#include "analysis/list.h"
#include "analysis/nodes.h"
#include "collectors/values.h"

namespace pgfleet::analysis {
namespace {

using metric::MetricDesc;
using metric::Scope;
using model::ClusterSnapshot;
using model::PrimaryState;

constexpr std::array<std::string_view, 1> kStateLabels = {"state"};
constexpr MetricDesc kState{
    .name = "pgfleet_cluster_primary_state",
    .kind = metric::Kind::kStateSet,
    .scope = Scope::kCluster,
    .labels = kStateLabels,
    .help =
        "Whether the cluster has its primary. several: for two pulses running; unreachable: none "
        "answers, but a standby still receives from one; none: no standby that answers does; "
        "unknown: nobody answers who could tell.",
    .source = "pg_is_in_recovery(), pg_stat_get_wal_receiver()"};
constexpr MetricDesc kPrimaries{
    .name = "pgfleet_cluster_primaries",
    .scope = Scope::kCluster,
    .help = "Nodes of the cluster's system that said at their last pulse that they lead it.",
    .source = "pg_is_in_recovery()"};
constexpr MetricDesc kSplitBrain{
    .name = "pgfleet_cluster_split_brain",
    .scope = Scope::kCluster,
    .help = "1 when several declared nodes led the cluster for two pulses running.",
    .source = "pg_is_in_recovery()"};
constexpr MetricDesc kTimelineMax{.name = "pgfleet_cluster_timeline",
                                  .scope = Scope::kCluster,
                                  .help = "Timeline of the elected primary.",
                                  .source = "pg_walfile_name()"};
constexpr std::array<std::string_view, 1> kPrimaryLabels = {"primary"};
constexpr MetricDesc kElected{
    .name = "pgfleet_cluster_primary_info",
    .kind = metric::Kind::kInfo,
    .scope = Scope::kCluster,
    .labels = kPrimaryLabels,
    .help =
        "The node with which the others are compared: of those that lead, the one on the highest "
        "timeline, while it answers.",
    .source = "pg_is_in_recovery(), pg_walfile_name()"};
constexpr MetricDesc kRoleMismatch{
    .name = "pgfleet_node_role_mismatch",
    .help = "1 when the server is not in the role that is declared for it.",
    .source = "pg_is_in_recovery(), configuration"};
constexpr std::array kMetrics = {&kState,       &kPrimaries, &kSplitBrain,
                                 &kTimelineMax, &kElected,   &kRoleMismatch};

std::int64_t TimelineOf(const ClusterSnapshot& cluster, std::size_t i) {
  return cluster.nodes[i].facts.pulse->timeline.value_or(0);
}

// The highest timeline leads; on the same one the node that led before, then the higher position.
bool IsBetter(const ClusterSnapshot& cluster, const Memory& memory, std::size_t a, std::size_t b) {
  if (TimelineOf(cluster, a) != TimelineOf(cluster, b))
    return TimelineOf(cluster, a) > TimelineOf(cluster, b);
  const auto led = [&](std::size_t i) {
    return memory.primary && memory.primary->node == cluster.nodes[i].declared.name;
  };
  if (led(a) != led(b)) return led(a);
  return PositionOf(*cluster.nodes[a].facts.pulse) > PositionOf(*cluster.nodes[b].facts.pulse);
}

std::vector<std::size_t> Leaders(const ClusterSnapshot& cluster) {
  std::vector<std::size_t> leaders;
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i)
    if (Leads(cluster, i)) leaders.push_back(i);
  return leaders;
}

// A switchover shows two for a moment, one of them from its last pulse before the end. A tick
// counts only when all of them were asked anew since the one before.
void CountTicks(const ClusterSnapshot& cluster, std::vector<std::size_t> leaders, Memory& memory) {
  // Two nodes of a standby cluster that both receive from outside are no harm.
  std::erase_if(leaders, [&](std::size_t i) { return !ActsAsPrimary(cluster, i); });
  if (leaders.size() < 2) {
    memory.primaries_in_a_row = 0;
    return;
  }
  const auto oldest = std::ranges::min(leaders, {}, [&](std::size_t i) {
    return cluster.nodes[i].pulse ? cluster.nodes[i].pulse->began : model::Monotonic{};
  });
  const auto began =
      cluster.nodes[oldest].pulse ? cluster.nodes[oldest].pulse->began : model::Monotonic{};
  if (memory.primaries_in_a_row > 0 && began <= memory.primaries_counted) return;
  ++memory.primaries_in_a_row;
  memory.primaries_counted = cluster.at;
}

// Receives from a server that is no declared standby which answers: then a primary lives somewhere.
bool HearsOfPrimary(const ClusterSnapshot& cluster, std::size_t i) {
  if (!IsStandby(cluster, i) || !cluster.nodes[i].facts.pulse->receiver_streams) return false;
  const auto upstream = cluster.analysis[i].upstream;
  return !upstream || !IsStandby(cluster, *upstream);
}

// Nobody leads. That there is no primary is sure only when everybody answers, or when a standby
// answers that receives nothing.
PrimaryState WithoutLeader(const ClusterSnapshot& cluster) {
  bool standby_answers = false;
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    if (HearsOfPrimary(cluster, i)) return PrimaryState::kUnreachable;
    standby_answers =
        standby_answers || (IsStandby(cluster, i) && ShowsWal(*cluster.nodes[i].facts.pulse));
  }
  return standby_answers ? PrimaryState::kNone : PrimaryState::kUnknown;
}

PrimaryState StateOf(const ClusterSnapshot& cluster, std::size_t leaders, bool split) {
  if (leaders > 0) return split ? PrimaryState::kSeveral : PrimaryState::kOne;
  if (!std::ranges::all_of(cluster.nodes, &model::NodeSnapshot::tried))
    return PrimaryState::kUnknown;
  return WithoutLeader(cluster);
}

// The primary is silent for a moment, and one that it has replaced still says that it leads.
bool IsOutranked(const ClusterSnapshot& cluster, std::size_t i, const Memory& memory) {
  constexpr std::chrono::seconds kPatience{60};
  const auto& known = memory.primary;
  return known && TimelineOf(cluster, i) < known->timeline &&
         cluster.nodes[i].declared.name != known->node && cluster.at - known->seen < kPatience &&
         std::ranges::none_of(
             cluster.nodes,
             [&](const auto& node) {
               return node.declared.name == known->node && PulseOf(node) != nullptr &&
                      PulseOf(node)->in_recovery;
             });
}

void Run(ClusterSnapshot& cluster, Memory& memory) {
  const auto leaders = Leaders(cluster);
  CountTicks(cluster, leaders, memory);
  auto& findings = cluster.findings;
  findings.primaries = static_cast<std::int64_t>(leaders.size());
  findings.split_brain = memory.primaries_in_a_row >= 2;
  findings.primary_state = StateOf(cluster, leaders.size(), findings.split_brain);
  auto candidates = leaders;
  std::erase_if(candidates, [&](std::size_t i) { return IsOutranked(cluster, i, memory); });
  if (candidates.empty()) return;
  findings.primary = std::ranges::min(
      candidates, [&](std::size_t a, std::size_t b) { return IsBetter(cluster, memory, a, b); });
  findings.timeline = cluster.nodes[*findings.primary].facts.pulse->timeline;
}

std::optional<bool> RoleMismatch(const ClusterSnapshot& cluster, std::size_t i) {
  const auto role = cluster.nodes[i].declared.role;
  if (!role || PulseOf(cluster.nodes[i]) == nullptr) return std::nullopt;
  return Leads(cluster, i) != (*role == model::NodeRole::kPrimary);
}

void Write(const ClusterSnapshot& cluster, model::Monotonic, metric::MetricWriter& out) {
  const auto& findings = cluster.findings;
  out.WriteStates(kState, {}, model::kPrimaryStateNames,
                  model::kPrimaryStateNames[static_cast<std::size_t>(findings.primary_state)]);
  if (std::ranges::all_of(cluster.nodes, &model::NodeSnapshot::tried))
    out.Write(kPrimaries, static_cast<double>(findings.primaries));
  out.Write(kSplitBrain, findings.split_brain ? 1 : 0);
  out.Write(kTimelineMax, collectors::AsValue(findings.timeline));
  if (findings.primary) out.Write(kElected, {cluster.nodes[*findings.primary].declared.name}, 1);
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    out.EnterNode(cluster.name, cluster.nodes[i].declared.name);
    out.Write(kRoleMismatch, collectors::AsValue(RoleMismatch(cluster, i)));
  }
}

}  // namespace

constexpr Analysis kPrimary{.name = "primary", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
