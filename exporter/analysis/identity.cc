#include <algorithm>
#include <array>
#include <map>

#include "analysis/list.h"
#include "analysis/nodes.h"

namespace pgfleet::analysis {
namespace {

constexpr metric::MetricDesc kForeign{
    .name = "pgfleet_node_foreign",
    .help =
        "1 when the server belongs to another system than most nodes of its cluster: a wrong "
        "address, a new initdb, or a pg_upgrade under way.",
    .source = "pg_control_system().system_identifier"};
constexpr std::array kMetrics = {&kForeign};

// What each node called its system when it last answered: a node that is down keeps its vote.
std::map<std::string, int> Votes(const model::ClusterSnapshot& cluster, Memory& memory) {
  std::map<std::string, int> votes;
  for (const auto& node : cluster.nodes) {
    auto& remembered = memory.nodes[node.declared.name];
    auto& known = remembered.system_identifier;
    if (const auto* pulse = PulseOf(node); pulse != nullptr && !pulse->system_identifier.empty()) {
      if (known != pulse->system_identifier) remembered.archiver = {};
      known = pulse->system_identifier;
    }
    if (!known.empty()) ++votes[known];
  }
  return votes;
}

// Where it is a draw the cluster stays what it was; at the first look the node declared first wins.
std::string Majority(const model::ClusterSnapshot& cluster, Memory& memory) {
  const auto votes = Votes(cluster, memory);
  if (votes.empty()) return memory.system_identifier;
  const int most =
      std::ranges::max_element(votes, {}, [](const auto& v) { return v.second; })->second;
  const auto wins = [&](const std::string& system) {
    const auto found = votes.find(system);
    return found != votes.end() && found->second == most;
  };
  // A new system that serves wins over an old one of which nobody answers any more.
  const auto answers = [&](const std::string& system) {
    return std::ranges::any_of(cluster.nodes, [&](const auto& node) {
      const auto* pulse = PulseOf(node);
      return pulse != nullptr && pulse->system_identifier == system;
    });
  };
  if (wins(memory.system_identifier) && answers(memory.system_identifier))
    return memory.system_identifier;
  for (const auto& node : cluster.nodes)
    if (const auto* pulse = PulseOf(node);
        pulse != nullptr && !pulse->in_recovery && wins(pulse->system_identifier))
      return pulse->system_identifier;
  if (wins(memory.system_identifier)) return memory.system_identifier;
  for (const auto& node : cluster.nodes)
    if (const auto& known = memory.nodes[node.declared.name].system_identifier; wins(known))
      return known;
  return memory.system_identifier;
}

// Another system has other WAL and other logs of jobs: nothing that was known of positions and
// numbers holds any more.
void Become(const std::string& system, Memory& memory) {
  if (system == memory.system_identifier) return;
  memory.system_identifier = system;
  memory.primary.reset();
  memory.fork.reset();
  memory.clock = {};
  memory.clock_timeline = 0;
  memory.pgagent = memory.cron = {};
  memory.last_base_backup.reset();
}

void Run(model::ClusterSnapshot& cluster, Memory& memory) {
  Become(Majority(cluster, memory), memory);
  cluster.findings.system_identifier = memory.system_identifier;
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    const auto* pulse = PulseOf(cluster.nodes[i]);
    if (pulse != nullptr && !pulse->system_identifier.empty())
      cluster.analysis[i].foreign = pulse->system_identifier != memory.system_identifier;
  }
}

void Write(const model::ClusterSnapshot& cluster, model::Monotonic, metric::MetricWriter& out) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    out.EnterNode(cluster.name, cluster.nodes[i].declared.name);
    if (const auto foreign = cluster.analysis[i].foreign) out.Write(kForeign, *foreign ? 1 : 0);
  }
}

}  // namespace

constexpr Analysis kIdentity{.name = "identity", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
