#include <gtest/gtest.h>

#include "analysis/memory_text.h"
#include "cluster_builder.h"

namespace pgfleet::analysis {
namespace {

class BaseBackups : public testing::Test {
 protected:
  void Shows(std::size_t i, std::optional<double> last_backup) {
    world_.node(i).facts.wal_directory = std::make_shared<model::WalDirectoryFacts>(
        model::WalDirectoryFacts{.last_backup = last_backup});
    for (auto& collector : world_.node(i).collectors)
      collector.last_success = model::Moment{world_.now(), {}};
  }
  std::optional<double> Last() { return world_.Tick().findings.last_base_backup; }

  World world_{{"pg1", "pg2"}};
};

TEST_F(BaseBackups, TheNewestOfAnyNodeCounts) {
  Shows(0, std::nullopt);
  EXPECT_EQ(Last(), std::nullopt);
  Shows(1, 1000);
  EXPECT_EQ(Last(), 1000);
  Shows(0, 2000);
  EXPECT_EQ(Last(), 2000);
}

// The server removes the history file of a backup soon after it was archived.
TEST_F(BaseBackups, TheLastIsRememberedOnceItsFileIsGone) {
  Shows(0, 1000);
  EXPECT_EQ(Last(), 1000);
  Shows(0, std::nullopt);
  EXPECT_EQ(Last(), 1000);
  const auto text = ToText(world_.memory(), ThisMachine());
  world_.memory() = FromText(text, ThisMachine()).value();
  EXPECT_EQ(Last(), 1000);
}

TEST_F(BaseBackups, AnotherSystemHasOtherBackups) {
  world_.IsPrimary(0, 1000);
  Shows(0, 1000);
  EXPECT_EQ(Last(), 1000);
  world_.Says(0).system_identifier = "2";
  Shows(0, std::nullopt);
  EXPECT_EQ(Last(), std::nullopt);
}

}  // namespace
}  // namespace pgfleet::analysis
