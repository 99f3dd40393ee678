#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <thread>

#include "faults/timing.h"
#include "support/exporter_config.h"
#include "support/exporter_process.h"
#include "support/platforms.h"

namespace pgfleet::test {
namespace {

using namespace std::chrono_literals;

const ConfigOptions kQuick{.lanes = "pulse: 1s, status: 1s, inventory: 1s"};

LabelMap Of(const std::string& node, const std::string& collector) {
  return {{"pg_node", node}, {"collector", collector}};
}

// The collectors of a node whose flag is 0, or 1.
std::set<std::string> Collectors(const Page& page, const std::string& node, const std::string& flag,
                                 double value) {
  std::set<std::string> names;
  for (const Sample& sample : page.All("pgfleet_collector_" + flag, {{"pg_node", node}}))
    if (sample.value == value) names.insert(sample.labels.at("collector"));
  return names;
}

// Every lane was polled, and nothing is left that fails and would be asked again at once.
bool HasFoundOut(const Page& page, const std::string& node) {
  for (const std::string lane : {"pulse", "status", "inventory"})
    if (!page.Has("pgfleet_last_success_timestamp_seconds", {{"pg_node", node}, {"lane", lane}}))
      return false;
  const auto asked = Collectors(page, node, "supported", 1);
  return page.Value("pgfleet_up", {{"pg_node", node}}) == 1 && !asked.empty() &&
         std::ranges::includes(Collectors(page, node, "success", 1), asked);
}

// Lets at least three polls of every lane pass.
void LetItPoll() { std::this_thread::sleep_for(4s); }

class Aurora : public testing::Test {
 protected:
  Aurora() : cluster_(kFaultMajor, Pair()) {
    DressAsAurora(cluster_.primary());
    const bool reached = WaitUntil([this] {
      return cluster_.standby().Value(
                 "SELECT count(*) FROM pg_proc WHERE proname = 'aurora_replica_status'") == "1";
    });
    EXPECT_TRUE(reached) << "the reader is no platform's yet";
  }

  Page WhenFoundOut(const ExporterProcess& exporter) const {
    return exporter.WaitForPage([](const Page& page) {
      return HasFoundOut(page, "pg1") && HasFoundOut(page, "pg2") &&
             page.Has("pgfleet_aurora_replicas", {{"pg_node", "pg1"}}) &&
             page.Has("pgfleet_aurora_replicas", {{"pg_node", "pg2"}});
    });
  }

  Cluster cluster_;
};

TEST_F(Aurora, IsUpWithItsRoleAndWithoutAPosition) {
  const ExporterProcess exporter({.config = ConfigText(Declared(cluster_), kQuick)});
  const Page page = WhenFoundOut(exporter);
  EXPECT_EQ(page.State("pgfleet_node_role", "role", {{"pg_node", "pg1"}}), "primary");
  EXPECT_EQ(page.State("pgfleet_node_role", "role", {{"pg_node", "pg2"}}), "standby");
  for (const char* position : {"pgfleet_node_wal_lsn_bytes", "pgfleet_node_receive_lsn_bytes",
                               "pgfleet_node_replay_lsn_bytes", "pgfleet_node_timeline"})
    EXPECT_FALSE(page.Has(position)) << position;
  EXPECT_TRUE(page.Has("pgfleet_node_clock_offset_seconds", {{"pg_node", "pg1"}}));
}

TEST_F(Aurora, WhatThePlatformRefusesIsUnsupportedAndSaysSo) {
  const ExporterProcess exporter({.config = ConfigText(Declared(cluster_), kQuick)});
  const Page page = WhenFoundOut(exporter);
  const auto expect_unsupported = [&](const std::string& node, const std::string& collector) {
    LabelMap why = Of(node, collector);
    EXPECT_EQ(page.Value("pgfleet_collector_supported", why), 0) << node << " " << collector;
    why["reason"] = "unsupported";
    EXPECT_EQ(page.Value("pgfleet_collector_failure", why), 1) << node << " " << collector;
  };
  for (const std::string collector : {"walsenders", "slots", "archiver"})
    expect_unsupported("pg1", collector);
  for (const std::string collector : {"walreceiver", "recovery"})
    expect_unsupported("pg2", collector);
  for (const std::string node : {"pg1", "pg2"})
    for (const std::string collector : {"pulse", "identity", "settings", "roles", "aurora"})
      EXPECT_EQ(page.Value("pgfleet_collector_success", Of(node, collector)), 1)
          << node << " " << collector;
}

TEST_F(Aurora, LagIsWhatThePlatformSaysOfEachReader) {
  const ExporterProcess exporter({.config = ConfigText(Declared(cluster_), kQuick)});
  const Page page = WhenFoundOut(exporter);
  const auto of = [](const std::string& server) {
    return LabelMap{{"pg_node", "pg2"}, {"server", server}};
  };
  EXPECT_EQ(page.Value("pgfleet_aurora_replica_lag_seconds", of("inst-2")), 0.02);
  EXPECT_EQ(page.Value("pgfleet_aurora_replica_lag_seconds", of("inst-3")), 1.5);
  EXPECT_EQ(page.Value("pgfleet_aurora_replica_replay_latency_seconds", of("inst-2")), 0.00875);
  EXPECT_EQ(page.Value("pgfleet_aurora_replica_replay_latency_seconds", of("inst-3")), 0.25);
  EXPECT_EQ(page.All("pgfleet_aurora_replica_lag_seconds", {{"pg_node", "pg2"}}).size(), 2U)
      << "neither the writer nor what was deleted";
  EXPECT_EQ(page.Value("pgfleet_aurora_replicas", {{"pg_node", "pg1"}}), 2);
  EXPECT_EQ(page.Value("pgfleet_aurora_replicas", {{"pg_node", "pg2"}}), 2);
}

// Each refusal is an error in the customer's log: a monitor that tried again with every poll filled
// it.
TEST_F(Aurora, WhatWasRefusedIsNotAskedWithEveryPoll) {
  const ExporterProcess exporter({.config = ConfigText(Declared(cluster_), kQuick)});
  WhenFoundOut(exporter);
  const std::size_t writer = ErrorsLogged(cluster_.primary());
  const std::size_t reader = ErrorsLogged(cluster_.standby());
  EXPECT_GT(writer, 0U) << "the platform refuses nothing: this test proves nothing";
  EXPECT_GT(reader, 0U) << "the platform refuses nothing: this test proves nothing";
  LetItPoll();
  EXPECT_EQ(ErrorsLogged(cluster_.primary()), writer);
  EXPECT_EQ(ErrorsLogged(cluster_.standby()), reader);
}

TEST(OrdinaryServer, IsNeverAskedForWhatOnlyAuroraHas) {
  Cluster cluster(kFaultMajor, Pair());
  cluster.primary().AddConf({"log_statement = all"});
  cluster.primary().Reload();
  const ExporterProcess exporter({.config = ConfigText(Declared(cluster), kQuick)});
  exporter.WaitForPage(
      [](const Page& page) { return HasFoundOut(page, "pg1") && HasFoundOut(page, "pg2"); });
  const std::size_t primary = ErrorsLogged(cluster.primary());
  const std::size_t standby = ErrorsLogged(cluster.standby());
  LetItPoll();
  const Page page = exporter.Metrics();
  for (const std::string series : {"success", "supported"})
    EXPECT_FALSE(page.Has("pgfleet_collector_" + series, {{"collector", "aurora"}})) << series;
  EXPECT_FALSE(page.Has("pgfleet_aurora_replicas"));
  EXPECT_GT(TimesLogged(cluster.primary(), "pg_current_wal_flush_lsn"), 0U) << "nothing is logged";
  EXPECT_EQ(TimesLogged(cluster.primary(), "aurora"), 0U);
  EXPECT_EQ(TimesLogged(cluster.standby(), "aurora"), 0U);
  EXPECT_EQ(ErrorsLogged(cluster.primary()), primary);
  EXPECT_EQ(ErrorsLogged(cluster.standby()), standby);
}

class ManagedPlatform : public testing::TestWithParam<Platform> {
 protected:
  ManagedPlatform() : server_(kFaultMajor, {}) {
    server_.Start();
    DressAs(GetParam(), server_);
    server_.Execute("CREATE DATABASE orders");
  }

  std::string Config(const std::string& databases) const {
    DeclaredNode node = Declared(server_);
    node.more = "databases: [" + databases + "]";
    return ConfigText({node}, kQuick);
  }

  PostgresServer server_;
};
INSTANTIATE_TEST_SUITE_P(Managed, ManagedPlatform, testing::Values(kRds, kCloudSql, kAzure),
                         [](const auto& each) { return std::string(each.param.name); });

// What is for superusers only fails by permission and nothing else fails.
TEST_P(ManagedPlatform, IsWatchedWithoutASuperuser) {
  const ExporterProcess exporter({.config = Config("orders")});
  const Page page = exporter.WaitForPage([](const Page& p) { return HasFoundOut(p, "pg1"); });
  for (const std::string& collector : Collectors(page, "pg1", "supported", 0))
    EXPECT_TRUE(
        page.Has("pgfleet_collector_failure",
                 {{"pg_node", "pg1"}, {"collector", collector}, {"reason", "permission"}}) ||
        page.Has("pgfleet_collector_failure",
                 {{"pg_node", "pg1"}, {"collector", collector}, {"reason", "version"}}))
        << collector;
  const std::size_t refused = ErrorsLogged(server_);
  LetItPoll();
  EXPECT_EQ(ErrorsLogged(server_), refused);
}

TEST_P(ManagedPlatform, ItsOwnRolesAreCountedApart) {
  const ExporterProcess exporter({.config = Config("orders")});
  const Page page = exporter.WaitForPage([](const Page& p) { return p.Has("pgfleet_roles"); });
  const auto roles = [&](const std::string& attribute, const std::string& managed) {
    return page.Value("pgfleet_roles", {{"attribute", attribute}, {"managed", managed}});
  };
  EXPECT_EQ(roles("superuser", "true"), 1);
  EXPECT_EQ(roles("replication", "true"), 1);
  EXPECT_EQ(roles("createrole", "true"), 1);
  EXPECT_EQ(roles("any", "true"), 3);
  EXPECT_EQ(roles("any", "false"), 3) << "postgres, mon and plain";
}

TEST_P(ManagedPlatform, ADatabaseThatLetsNobodyInCostsTheOthersNothing) {
  const ExporterProcess exporter({.config = Config("orders, " + std::string(GetParam().database))});
  const Page page = exporter.WaitForPage([](const Page& p) {
    return p.Has("pgfleet_collector_failure", {{"reason", "permission"}, {"pg_node", "pg1"}});
  });
  EXPECT_EQ(page.Value("pgfleet_up", {{"pg_node", "pg1"}}), 1);
  for (const std::string collector : {"pulse", "identity", "settings", "roles"})
    EXPECT_EQ(page.Value("pgfleet_collector_success", Of("pg1", collector)), 1) << collector;
}

}  // namespace
}  // namespace pgfleet::test
