// Subscriptions that are only declared: more than are shown, and on a standby.
#include <gtest/gtest.h>

#include "servers/logical_pair.h"
#include "servers/world.h"

namespace pgfleet::test {
namespace {

class DeclaredSubscriptions : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, DeclaredSubscriptions, testing::ValuesIn(LogicalMajors()),
                         testing::PrintToStringParamName());

// One that connects nowhere, without a slot.
void Declare(Connection& session, const std::string& name) {
  session.Execute("CREATE SUBSCRIPTION " + name +
                  " CONNECTION 'dbname=nowhere' PUBLICATION feed WITH (connect = false, slot_name "
                  "= NONE)");
}

TEST_P(DeclaredSubscriptions, AboveTheCapAreCounted) {
  PostgresServer server(GetParam(), {.name = "subscriber"});
  server.Start();
  Connection session = server.Connect();
  for (int n = 0; n < 204; ++n) Declare(session, "many_" + std::to_string(n));
  const auto subscriptions = FactsOf("subscriptions", server).subscriptions;
  EXPECT_EQ(subscriptions->subscriptions.size(), 200U);
  EXPECT_EQ(subscriptions->dropped, 4);
  const auto databases = FactsOf("subscription_tables", server).databases;
  EXPECT_EQ(databases.at("postgres").subscription_tables->subscriptions.size(), 200U);
  EXPECT_EQ(databases.at("postgres").subscription_tables->dropped, 4);
  if (GetParam() < 15) return;
  const auto stats = FactsOf("subscription_stats", server).subscription_stats;
  EXPECT_EQ(stats->subscriptions.size(), 200U);
  EXPECT_EQ(stats->dropped, 4);
}

TEST_P(DeclaredSubscriptions, OnAStandbyAreKnownToRunNowhere) {
  Cluster cluster(GetParam());
  Connection session = cluster.primary().Connect();
  Declare(session, "orders");
  cluster.WaitUntilCaughtUp();
  const auto facts = FactsOf("subscriptions", cluster.standby()).subscriptions;
  ASSERT_EQ(facts->subscriptions.size(), 1U);
  EXPECT_TRUE(facts->in_recovery);
  EXPECT_FALSE(facts->subscriptions[0].enabled) << "connect = false leaves it disabled";
  EXPECT_FALSE(FactsOf("subscriptions", cluster.primary()).subscriptions->in_recovery);
  EXPECT_EQ(FactsOf("subscription_tables", cluster.standby())
                .databases.at("postgres")
                .subscription_tables->subscriptions.size(),
            1U);
}

}  // namespace
}  // namespace pgfleet::test
