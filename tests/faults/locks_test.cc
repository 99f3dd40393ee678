#include <gmock/gmock.h>

#include "faults/timing.h"
#include "support/exporter_config.h"
#include "support/exporter_process.h"

namespace pgfleet::test {
namespace {

LabelMap Of(const std::string& collector) { return {{"pg_node", "pg1"}, {"collector", collector}}; }

bool Succeeds(const Page& page, const std::string& collector) {
  return page.Value("pgfleet_collector_success", Of(collector)) == 1;
}

TEST(Locks, ALockOnACatalogCostsTheCollectorThatReadsItAndNotTheNode) {
  Cluster cluster(kFaultMajor, Alone());
  const ExporterProcess exporter(
      {.config = ConfigText(Declared(cluster), {.lanes = "pulse: 1s, status: 1s, inventory: 2s"})});
  exporter.WaitForPage([](const Page& page) { return Succeeds(page, "roles"); });
  Connection locker = cluster.primary().Connect();
  locker.Execute("BEGIN");
  locker.Execute("LOCK TABLE pg_catalog.pg_auth_members IN ACCESS EXCLUSIVE MODE");
  const Page locked =
      exporter.WaitForPage([](const Page& page) { return !Succeeds(page, "roles"); });
  EXPECT_TRUE(locked.Has("pgfleet_collector_failure",
                         {{"pg_node", "pg1"}, {"collector", "roles"}, {"reason", "timeout"}}));
  EXPECT_EQ(locked.Value("pgfleet_up", {{"pg_node", "pg1"}}), 1);
  for (const std::string collector : {"pulse", "identity", "slots", "archiver", "settings"})
    EXPECT_TRUE(Succeeds(locked, collector)) << collector;
  locker.Execute("ROLLBACK");
  exporter.WaitForPage([](const Page& page) { return Succeeds(page, "roles"); });
}

}  // namespace
}  // namespace pgfleet::test
