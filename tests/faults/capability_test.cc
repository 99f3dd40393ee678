// What a role may not see is said once, by name, and not asked for again and again.
#include <gmock/gmock.h>

#include <regex>

#include "faults/timing.h"
#include "support/exporter_config.h"
#include "support/exporter_process.h"

namespace pgfleet::test {
namespace {

constexpr const char* kQuick = "pulse: 500ms, status: 500ms, inventory: 500ms";
constexpr const char* kRefused = "replication_origins";  // asks for what only superusers have
constexpr const char* kHidden = "walsenders";            // sees rows whose columns are NULL

LabelMap Of(const std::string& collector) { return {{"pg_node", "pg1"}, {"collector", collector}}; }

bool IsGap(const Page& page, const std::string& collector) {
  LabelMap why = Of(collector);
  why["reason"] = "permission";
  return page.Value("pgfleet_collector_supported", Of(collector)) == 0 &&
         page.Value("pgfleet_collector_success", Of(collector)) == 0 &&
         page.Has("pgfleet_collector_failure", why);
}

bool Works(const Page& page, const std::string& collector) {
  return page.Value("pgfleet_collector_supported", Of(collector)) == 1 &&
         page.Value("pgfleet_collector_success", Of(collector)) == 1;
}

std::size_t Denials(const std::string& log) {
  const std::regex denied("ERROR: +permission denied for [^\n]*origin");
  return static_cast<std::size_t>(
      std::distance(std::sregex_iterator(log.begin(), log.end(), denied), std::sregex_iterator()));
}

double LastInventory(const Page& page) {
  return page
      .Value("pgfleet_last_success_timestamp_seconds", {{"pg_node", "pg1"}, {"lane", "inventory"}})
      .value_or(0);
}

TEST(Capability, AGapIsVisibleAndFillsNoLog) {
  Cluster cluster(kFaultMajor, Pair());
  const ExporterProcess exporter(
      {.config = ConfigText(Declared(cluster), {.lanes = kQuick, .user = "plain"})});
  const Page page =
      exporter.WaitForPage([](const Page& p) { return IsGap(p, kHidden) && IsGap(p, kRefused); });
  EXPECT_TRUE(Works(page, "slots")) << "a gap costs only itself";
  const double then = LastInventory(page);
  exporter.WaitForPage([&](const Page& p) { return LastInventory(p) > then + 3; });
  EXPECT_EQ(Denials(cluster.primary().Log()), 1U)
      << "six rounds and more have passed since the first";
}

TEST(Capability, NoCollectorThatIsNotSupportedSucceeds) {
  Cluster cluster(kFaultMajor, Pair());
  const ExporterProcess exporter(
      {.config = ConfigText(Declared(cluster), {.lanes = kQuick, .user = "plain"})});
  const Page page = exporter.WaitForPage([](const Page& p) { return IsGap(p, kRefused); });
  for (const Sample& sample : page.All("pgfleet_collector_supported", {{"pg_node", "pg1"}})) {
    if (sample.value != 0) continue;
    const std::string& collector = sample.labels.at("collector");
    EXPECT_EQ(page.Value("pgfleet_collector_success", Of(collector)), 0) << collector;
    EXPECT_EQ(page.All("pgfleet_collector_failure", Of(collector)).size(), 1U) << collector;
  }
}

TEST(Capability, ALaterGrantIsSeenWhenTheServerHasRestarted) {
  Cluster cluster(kFaultMajor, Alone());
  const ExporterProcess exporter(
      {.config = ConfigText(Declared(cluster), {.lanes = kQuick, .user = "plain"})});
  exporter.WaitForPage([](const Page& p) { return IsGap(p, kRefused); });
  cluster.primary().Execute("GRANT SELECT ON pg_replication_origin_status TO plain");
  cluster.primary().Execute(
      "GRANT EXECUTE ON FUNCTION pg_show_replication_origin_status() TO plain");
  cluster.primary().Restart();
  exporter.WaitForPage([](const Page& p) { return Works(p, kRefused); });
}

}  // namespace
}  // namespace pgfleet::test
