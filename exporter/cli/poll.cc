#include "cli/poll.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "config/suggest.h"
#include "fleet/advice.h"
#include "fleet/fleet.h"

namespace pgfleet::cli {
namespace {

using namespace std::chrono_literals;

// Longer than any lane's deadline with the defaults.
constexpr auto kPatience = 30s;

}  // namespace

std::vector<model::SnapshotPtr> PollOnce(config::Config config) {
  fleet::Fleet fleet;
  fleet.Apply(std::move(config));
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  while (!fleet.Settled() && std::chrono::steady_clock::now() < limit)
    std::this_thread::sleep_for(20ms);
  return fleet.Snapshots();
}

bool KeepCluster(config::Config& config, const std::string& name) {
  if (name.empty()) return true;
  std::vector<std::string_view> names;
  names.reserve(config.clusters.size());
  for (const auto& cluster : config.clusters) names.push_back(cluster.name);
  if (std::ranges::find(names, name) == names.end()) {
    fmt::print(stderr, "pgfleet_exporter: no cluster '{}' is declared{}\n", config::Printable(name),
               config::DidYouMean(name, names));
    return false;
  }
  std::erase_if(config.clusters, [&](const auto& cluster) { return cluster.name != name; });
  return true;
}

bool SayWhatIsDown(const model::ClusterSnapshot& cluster) {
  bool all_up = true;
  for (const auto& node : cluster.nodes) {
    if (node.up) continue;
    all_up = false;
    const auto reason = node.down_reason.value_or(model::DownReason::kOther);
    fmt::print(stderr, "pgfleet_exporter: {}/{} does not answer ({}): {}\n", cluster.name,
               node.declared.name, model::Name(reason), fleet::AdviceFor(reason));
  }
  return all_up;
}

}  // namespace pgfleet::cli
