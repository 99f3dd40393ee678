#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "collectors/catalog.h"
#include "faults/timing.h"
#include "support/exporter_config.h"
#include "support/exporter_process.h"

namespace pgfleet::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kSessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'mon'";

LabelMap Of(const std::string& collector) { return {{"pg_node", "pg1"}, {"collector", collector}}; }

std::vector<std::string> CollectorsOf(collectors::Place place) {
  std::vector<std::string> names;
  for (const auto* collector : collectors::Catalog())
    if (collector->place == place) names.emplace_back(collector->name);
  return names;
}

// Counts the sessions of the exporter's user until `seconds` have passed or `until` says so.
std::vector<int> SessionsDuring(
    const PostgresServer& server, double seconds,
    const std::function<bool()>& until = [] { return false; }) {
  Connection observer = server.Connect();
  std::vector<int> counts;
  for (const auto start = Clock::now(); SecondsSince(start) < seconds && !until();) {
    counts.push_back(std::stoi(observer.Value(kSessions)));
    std::this_thread::sleep_for(5ms);
  }
  return counts;
}

// A serverless database pauses when nobody is connected.
TEST(SessionPerPoll, NobodyIsConnectedBetweenPolls) {
  Cluster cluster(kFaultMajor, Alone());
  DeclaredNode node = Declared(cluster.primary());
  node.more = "sessions: per_poll";
  const ExporterProcess exporter(
      {.config = ConfigText({node}, {.lanes = "pulse: 10s, status: 10s, inventory: 10s"})});
  const auto knows_all = [](const Page& page) {
    return page.Value("pgfleet_up", {{"pg_node", "pg1"}}) == 1 &&
           page.Value("pgfleet_collector_success", Of("settings")) == 1 &&
           page.Value("pgfleet_collector_success", Of("archiver")) == 1;
  };
  exporter.WaitForPage(knows_all);
  EXPECT_TRUE(WaitUntil([&] { return cluster.primary().Value(kSessions) == "0"; }, 2s));
  // A pulse every ten seconds and a survey half a beat later: twelve seconds hold one of each.
  const std::vector<int> counts = SessionsDuring(cluster.primary(), 12);
  const auto polls = std::ranges::count_if(counts, [](int count) { return count > 0; });
  EXPECT_LT(polls * 10, std::ssize(counts)) << "connected for a tenth of the time";
  EXPECT_GT(std::ranges::count(counts, 0), 100);
  const Page page = exporter.Metrics();
  EXPECT_TRUE(knows_all(page));
  EXPECT_TRUE(page.Has("pgfleet_node_wal_lsn_bytes"));
  EXPECT_TRUE(page.Has("pgfleet_setting_bytes", {{"setting", "shared_buffers"}}));
  EXPECT_EQ(exporter.Log().find("node is down"), std::string::npos) << exporter.Log();
}

class DeclaredDatabases : public testing::Test {
 protected:
  DeclaredDatabases() : cluster_(kFaultMajor, Alone()) {
    for (const std::string database : {"a", "b"}) {
      cluster_.primary().Execute("CREATE DATABASE " + database);
      Connection session(cluster_.primary().Conninfo("postgres", database));
      session.Execute("CREATE TABLE t(i int PRIMARY KEY)");
      session.Execute("CREATE PUBLICATION of_" + database + " FOR TABLE t");
    }
  }

  std::string Config(const std::string& databases) {
    DeclaredNode node = Declared(cluster_.primary());
    node.more = "databases: [" + databases + "]";
    return ConfigText({node}, {.lanes = "pulse: 1s, status: 1s, inventory: 1s"});
  }

  Cluster cluster_;
};

bool TellsOf(const Page& page, const std::string& database) {
  return page.Value("pgfleet_publication_tables",
                    {{"publication", "of_" + database}, {"database", database}}) == 1;
}

TEST_F(DeclaredDatabases, AreVisitedWithTwoSessionsAtMost) {
  ASSERT_FALSE(CollectorsOf(collectors::Place::kDatabase).empty());
  cluster_.primary().Execute("ALTER ROLE mon CONNECTION LIMIT 2");
  const ExporterProcess exporter({.config = Config("a, b")});
  const std::vector<int> counts = SessionsDuring(cluster_.primary(), 5 * kSlowness);
  const Page page =
      exporter.WaitForPage([](const Page& p) { return TellsOf(p, "a") && TellsOf(p, "b"); });
  EXPECT_EQ(std::ranges::max(counts), 2);
  EXPECT_EQ(exporter.Log().find("53300"), std::string::npos) << exporter.Log();
  for (const std::string& collector : CollectorsOf(collectors::Place::kDatabase))
    EXPECT_EQ(page.Value("pgfleet_collector_success", Of(collector)), 1) << collector;
}

TEST_F(DeclaredDatabases, OneThatDoesNotExistCostsTheOthersNothing) {
  const ExporterProcess exporter({.config = Config("a, nowhere, b")});
  const Page page =
      exporter.WaitForPage([](const Page& p) { return TellsOf(p, "a") && TellsOf(p, "b"); });
  for (const std::string& collector : CollectorsOf(collectors::Place::kDatabase)) {
    LabelMap missing = Of(collector);
    missing["reason"] = "missing";
    EXPECT_TRUE(page.Has("pgfleet_collector_failure", missing)) << collector;
    EXPECT_EQ(page.Value("pgfleet_collector_success", Of(collector)), 0) << collector;
    EXPECT_EQ(page.Value("pgfleet_collector_supported", Of(collector)), 1) << collector;
  }
  EXPECT_EQ(page.Value("pgfleet_up", {{"pg_node", "pg1"}}), 1);
  for (const std::string collector : {"identity", "archiver", "settings", "roles"})
    EXPECT_EQ(page.Value("pgfleet_collector_success", Of(collector)), 1) << collector;
}

TEST_F(DeclaredDatabases, OneThatComesLaterIsFoundWithoutARestart) {
  const ExporterProcess exporter({.config = Config("a, late")});
  exporter.WaitForPage([](const Page& p) { return TellsOf(p, "a"); });
  cluster_.primary().Execute("CREATE DATABASE late");
  Connection(cluster_.primary().Conninfo("postgres", "late"))
      .Execute("CREATE PUBLICATION of_late FOR ALL TABLES");
  const Page page = exporter.WaitForPage(
      [](const Page& p) { return p.Has("pgfleet_publication_tables", {{"database", "late"}}); });
  EXPECT_TRUE(TellsOf(page, "a"));
}

}  // namespace
}  // namespace pgfleet::test
