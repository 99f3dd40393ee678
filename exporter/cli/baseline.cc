#include "cli/baseline.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

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

// Says on standard error what will be missing from the text. True when nothing will.
bool SayWhatIsMissing(const std::string& cluster, const analysis::Comparison& found) {
  bool is_whole = true;
  const auto say = [&](std::string_view what) {
    is_whole = false;
    fmt::print(stderr, "pgfleet_exporter: {}: {}\n", cluster, what);
  };
  for (const auto& node : found.nodes)
    if (!node.settings) say(fmt::format("the settings of {} could not be read", node.name));
  if (!found.access.role_settings) say("what ALTER ROLE SET has set could not be read");
  return is_whole;
}

// What keeps a baseline from being one; empty when nothing does.
std::string_view Missing(const analysis::Comparison& found) {
  if (!found.reference)
    return "there is no elected primary to read the roles from; the baseline is of no use without "
           "it";
  if (!found.nodes[*found.reference].settings) return "the primary's settings could not be read";
  if (!found.access.roles || !found.access.memberships)
    return "the primary's roles could not be read";
  if (found.access.roles->dropped > 0 || found.access.memberships->dropped > 0)
    return "the primary has more roles or memberships than are read";
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
  const bool is_whole = SayWhatIsMissing(snapshot->name, found);
  found.access.now = model::Seconds(std::chrono::system_clock::now().time_since_epoch());
  fmt::print("{}", drift::BaselineText({.cluster = snapshot->name,
                                        .written = Written(),
                                        .nodes = std::move(found.nodes),
                                        .reference = found.reference,
                                        .access = std::move(found.access),
                                        .inherited = *found.settings}));
  return all_up && is_whole ? 0 : 1;
}

}  // namespace pgfleet::cli
