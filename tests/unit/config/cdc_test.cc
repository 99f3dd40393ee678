// Consumers of changes, as they are declared, and the databases that are visited for them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.h"

namespace pgfleet::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Cdc : public testing::Test {
 protected:
  void SetUp() override {
    auto config = Load(std::string(PGFLEET_SOURCE_DIR) + "/tests/configs/good/cdc.yml",
                       ProcessEnvironment());
    ASSERT_TRUE(config.has_value()) << Text(config.error());
    cluster_ = config->clusters.at(0);
  }
  ClusterConfig cluster_;
};

TEST_F(Cdc, IsDeclaredForTheCluster) {
  const auto& cdc = cluster_.declared.cdc;
  ASSERT_EQ(cdc.size(), 4U);
  EXPECT_EQ(cdc[0].slot, "debezium_orders");
  EXPECT_EQ(cdc[0].database, "shop");
  EXPECT_EQ(cdc[0].publication, "dbz");
  EXPECT_THAT(cdc[0].tables, ElementsAre("public.orders", "audit.*"));
  EXPECT_EQ(cdc[1].publication, "dbz audit");
  EXPECT_EQ(cdc[3].database, "");
  EXPECT_THAT(cdc[3].tables, IsEmpty());
}

TEST_F(Cdc, EveryNodeVisitsTheDatabasesOfItsPublicationsOnce) {
  EXPECT_THAT(cluster_.nodes[0].databases, ElementsAre("other", "shop"));
  EXPECT_THAT(cluster_.nodes[1].databases, ElementsAre("shop"));
  for (const auto& node : cluster_.nodes) EXPECT_THAT(node.captured, ElementsAre("shop"));
}

}  // namespace
}  // namespace pgfleet::config
