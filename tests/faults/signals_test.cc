#include <gmock/gmock.h>

#include <thread>

#include "faults/timing.h"
#include "support/exporter_config.h"
#include "support/exporter_process.h"

namespace pgfleet::test {
namespace {

bool IsUp(const Page& page, const std::string& cluster) {
  return page.Value("pgfleet_up", {{"pg_cluster", cluster}}) == 1;
}

TEST(Signals, SigtermEndsItWithinTwoSecondsEvenWithAHungNode) {
  Cluster cluster(kFaultMajor, Alone());
  ExporterProcess exporter({.config = ConfigText(Declared(cluster))});
  exporter.WaitForPage([](const Page& page) { return IsUp(page, "main"); });
  cluster.primary().Freeze();
  std::this_thread::sleep_for(Milliseconds(1500));  // a pulse is out and waits for its answer
  const auto start = Clock::now();
  EXPECT_EQ(exporter.Stop(), 0);
  EXPECT_LT(SecondsSince(start), 2 * kSlowness);
}

TEST(Signals, AReloadTakesTheNewFile) {
  Cluster cluster(kFaultMajor, Alone());
  const ExporterProcess exporter({.config = ConfigText(Declared(cluster))});
  exporter.WaitForPage([](const Page& page) { return IsUp(page, "main"); });
  exporter.SetConfig(ConfigText(Declared(cluster), {.cluster = "renamed"}));
  exporter.Signal(SIGHUP);
  const Page page = exporter.WaitForPage([](const Page& p) { return IsUp(p, "renamed"); });
  EXPECT_FALSE(page.Has("pgfleet_up", {{"pg_cluster", "main"}}));
  EXPECT_EQ(page.Value("pgfleet_config_last_reload_successful"), 1);
}

TEST(Signals, ABadFileKeepsTheOldConfigAndSaysSo) {
  Cluster cluster(kFaultMajor, Alone());
  const ExporterProcess exporter({.config = ConfigText(Declared(cluster))});
  exporter.WaitForPage([](const Page& page) { return IsUp(page, "main"); });
  exporter.SetConfig("clusterz: []\n");
  exporter.Signal(SIGHUP);
  const Page page = exporter.WaitForPage(
      [](const Page& p) { return p.Value("pgfleet_config_last_reload_successful") == 0; });
  EXPECT_TRUE(IsUp(page, "main"));
  EXPECT_THAT(exporter.Log(), testing::HasSubstr("clusterz"));
  exporter.SetConfig(ConfigText(Declared(cluster)));
  exporter.Signal(SIGHUP);
  exporter.WaitForPage(
      [](const Page& p) { return p.Value("pgfleet_config_last_reload_successful") == 1; });
}

}  // namespace
}  // namespace pgfleet::test
