#include "cli/once.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "cli/poll.h"
#include "cli/version.h"
#include "exposition/page.h"
#include "log/log.h"

namespace pgfleet::cli {
namespace {

bool AllUp(const std::vector<model::SnapshotPtr>& clusters) {
  return std::ranges::all_of(clusters, [](const auto& cluster) {
    return std::ranges::all_of(cluster->nodes, [](const auto& node) { return node.up; });
  });
}

}  // namespace

int PrintOnce(config::Config config) {
  const auto clusters = PollOnce(std::move(config));
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
