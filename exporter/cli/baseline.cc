#include "cli/baseline.h"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <chrono>
#include <cstdio>

#include "analysis/comparison.h"
#include "cli/poll.h"
#include "cli/version.h"
#include "drift/baseline_text.h"

namespace pgfleet::cli {
namespace {

std::string Written() {
  const auto now =
      std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC by pgfleet_exporter {}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)), ThisBuild().version);
}

// What keeps a baseline from being one; empty when nothing does.
std::string_view Missing(const analysis::Comparison& found) {
  if (!found.reference)
    return "there is no elected primary to read the roles from; the baseline is of no use without "
           "it";
  if (!found.nodes[*found.reference].settings) return "the primary's settings could not be read";
  if (!found.access.roles || !found.access.memberships)
    return "the primary's roles could not be read";
  return "";
}

}  // namespace

int PrintBaseline(config::Config config, const std::string& cluster) {
  if (cluster.empty() && config.clusters.size() > 1) {
    fmt::print(stderr,
               "pgfleet_exporter: several clusters are declared: name one with --cluster=NAME\n");
    return 2;
  }
  if (!KeepCluster(config, cluster)) return 2;
  const auto snapshot = PollOnce(std::move(config)).front();
  const bool all_up = SayWhatIsDown(*snapshot);
  auto found = analysis::PrepareComparison(*snapshot, {});
  if (const auto missing = Missing(found); !missing.empty()) {
    fmt::print(stderr, "pgfleet_exporter: {}: {}\n", snapshot->name, missing);
    return 1;
  }
  found.access.now = model::Seconds(std::chrono::system_clock::now().time_since_epoch());
  fmt::print("{}", drift::BaselineText({.cluster = snapshot->name,
                                        .written = Written(),
                                        .nodes = std::move(found.nodes),
                                        .reference = found.reference,
                                        .access = std::move(found.access)}));
  return all_up ? 0 : 1;
}

}  // namespace pgfleet::cli
