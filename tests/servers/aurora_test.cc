#include <gmock/gmock.h>

#include "collectors/list.h"
#include "servers/world.h"
#include "support/majors.h"
#include "support/platforms.h"

namespace pgfleet::test {
namespace {

class AuroraReplicas : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, AuroraReplicas, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

TEST_P(AuroraReplicas, ARestartedReaderCountsOnceAndADeletedOneNotAtAll) {
  PostgresServer server(GetParam(), {});
  server.Start();
  AddAuroraReplicaStatus(server);
  const auto facts = FactsOf("aurora", server);
  const auto& instances = facts.aurora->instances;
  ASSERT_EQ(instances.size(), 3U);
  EXPECT_EQ(instances[0].server, "inst-1");
  EXPECT_TRUE(instances[0].writer);
  EXPECT_EQ(instances[1].server, "inst-2");
  EXPECT_EQ(instances[2].server, "inst-3");
  EXPECT_EQ(instances[2].lag, 1.5) << "the newer of its two rows";
  EXPECT_EQ(facts.aurora->replicas, 2);
}

TEST_P(AuroraReplicas, NoOrdinaryServerIsTakenForAurora) {
  for (const std::string node : {"pg1", "pg2"})
    EXPECT_FALSE(collectors::kAurora.exists_on(FactsOf("pulse", SharedPair(GetParam()).node(node))))
        << node;
}

}  // namespace
}  // namespace pgfleet::test
