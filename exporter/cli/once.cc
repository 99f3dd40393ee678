#include "cli/once.h"

#include <algorithm>
#include <cstdio>
#include <thread>

#include "cli/version.h"
#include "exposition/page.h"
#include "fleet/fleet.h"
#include "log/log.h"

namespace pgfleet::cli {
namespace {

using namespace std::chrono_literals;

// Longer than any lane's deadline with the defaults; what has not answered by then is not known.
constexpr auto kPatience = 30s;

bool AllUp(const std::vector<model::SnapshotPtr>& clusters) {
  return std::ranges::all_of(clusters, [](const auto& cluster) {
    return std::ranges::all_of(cluster->nodes, [](const auto& node) { return node.up; });
  });
}

}  // namespace

int PrintOnce(config::Config config) {
  fleet::Fleet fleet;
  fleet.Apply(std::move(config));
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  while (!fleet.Settled() && std::chrono::steady_clock::now() < limit)
    std::this_thread::sleep_for(20ms);
  const auto clusters = fleet.Snapshots();
  exposition::SelfMetrics self(ThisBuild());
  self.ConfigLoaded(true);
  const std::string page =
      exposition::RenderText(clusters, std::chrono::steady_clock::now(), &self);
  if (std::fwrite(page.data(), 1, page.size(), stdout) != page.size() || std::fflush(stdout) != 0) {
    log::Error("the page cannot be written to standard output");
    return 1;
  }
  return AllUp(clusters) ? 0 : 1;
}

}  // namespace pgfleet::cli
