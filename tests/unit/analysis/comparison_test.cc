#include "analysis/comparison.h"

#include <gmock/gmock.h>

#include "cluster_builder.h"

namespace pgfleet::analysis {
namespace {

using namespace std::chrono_literals;

model::ServerSetting Row(std::string name, double number) {
  model::ServerSetting setting{.name = std::move(name)};
  setting.value = model::ServerSetting::Value::kNumber;
  setting.kind = model::Setting::Kind::kValue;
  setting.number = number;
  setting.context = "user";
  setting.source = "configuration file";
  return setting;
}

// Two nodes, of which the first leads, and whose settings a test writes.
class Compared : public testing::Test {
 protected:
  Compared() : world_({"pg1", "pg2"}) {
    for (auto& lane : world_.cluster().nodes[0].lanes) lane.max_age = 240s;
    for (auto& lane : world_.cluster().nodes[1].lanes) lane.max_age = 240s;
    world_.IsPrimary(0, 1000);
    world_.IsStandby(1, 1000);
  }

  void Answers(std::size_t i, const std::string& collector) {
    const auto catalog = collectors::Catalog();
    for (std::size_t k = 0; k < catalog.size(); ++k)
      if (catalog[k]->name == collector)
        world_.node(i).collectors[k].last_success =
            model::Moment{.monotonic = world_.now(), .wall = model::Wall(1'700'000'000s)};
  }
  void Says(std::size_t i, double geqo_threshold) {
    auto settings = std::make_shared<model::SettingsFacts>();
    settings->all = {Row("data_directory_mode", 448), Row("geqo_threshold", geqo_threshold),
                     Row("server_version_num", 150018)};
    world_.node(i).facts.settings = std::move(settings);
    Answers(i, "settings");
  }
  // One comparison, as the fleet does it.
  ComparisonResult Look() {
    Answers(0, "pulse");
    Answers(1, "pulse");
    const auto& snapshot = world_.Tick();
    const auto comparison = PrepareComparison(snapshot, world_.memory());
    auto result = Compare(comparison);
    Remember(comparison, result, model::Wall(1'700'000'000s), world_.memory());
    return result;
  }
  const ChangeHistory& Changes(const std::string& node) {
    return world_.memory().nodes[node].settings;
  }

  World world_;
};

TEST_F(Compared, AreTheNodesWithTheElectedPrimary) {
  Says(0, 12);
  Says(1, 13);
  const auto result = Look();
  EXPECT_EQ(result.report->reference, 0);
  ASSERT_TRUE(result.report->nodes[1].node);
  ASSERT_EQ(result.report->nodes[1].node->size(), 1);
  EXPECT_EQ(result.report->nodes[1].node->front().setting, "geqo_threshold");
  EXPECT_TRUE(result.report->nodes[0].node->empty());
}

TEST_F(Compared, IsNotSaidWithoutAPrimary) {
  Says(0, 12);
  Says(1, 13);
  world_.IsStandby(0, 1000, false);
  EXPECT_FALSE(Look().report->nodes[1].node);
}

TEST_F(Compared, LeavesOutWhatIsTooOld) {
  Says(0, 12);
  Says(1, 13);
  for (int i = 0; i < 241; ++i) world_.Tick();
  const auto result = Look();
  EXPECT_FALSE(result.report->nodes[1].node);
}

TEST_F(Compared, IsTheSameUntilSomethingIsReadAnew) {
  Says(0, 12);
  Says(1, 12);
  Look();
  const auto first = PrepareComparison(world_.Tick(), world_.memory());
  const auto second = PrepareComparison(world_.Tick(), world_.memory());
  EXPECT_TRUE(IsSame(first, second));
  Says(1, 12);
  EXPECT_FALSE(IsSame(first, PrepareComparison(world_.Tick(), world_.memory())));
}

TEST_F(Compared, KeepsTheRoleOfANodeThatIsDown) {
  Says(1, 12);
  Look();
  const auto settings = world_.node(1).facts.settings;
  world_.IsDown(1);
  world_.node(1).facts.settings = settings;
  const auto comparison = PrepareComparison(world_.Tick(), world_.memory());
  EXPECT_EQ(comparison.nodes[1].role, model::NodeRole::kStandby);
}

TEST_F(Compared, CountsEachChangedSetting) {
  Says(0, 12);
  Look();
  EXPECT_EQ(Changes("pg1").changes, 0);
  EXPECT_FALSE(Changes("pg1").last);
  Says(0, 14);
  Look();
  Look();
  EXPECT_EQ(Changes("pg1").changes, 1);
  EXPECT_EQ(Changes("pg1").last, model::Wall(1'700'000'000s));
}

// What the exporter did not see itself it tells by the fingerprint that it kept.
TEST_F(Compared, CountsOneChangeForARestartOfTheExporter) {
  Says(0, 12);
  Look();
  world_.memory().nodes["pg1"].last_settings = nullptr;  // as a new process has it
  Says(0, 12);
  Look();
  EXPECT_EQ(Changes("pg1").changes, 0);
  world_.memory().nodes["pg1"].last_settings = nullptr;
  Says(0, 14);
  Look();
  EXPECT_EQ(Changes("pg1").changes, 1);
}

TEST_F(Compared, CountsNothingWhenOnlyTheRulesChanged) {
  Says(0, 12);
  Look();
  world_.memory().nodes["pg1"].last_settings = nullptr;
  world_.cluster().declared.settings =
      model::Shared(model::DesiredSettings{.cluster = {.ignore = {"geqo_threshold"}}});
  Says(0, 14);
  Look();
  EXPECT_EQ(Changes("pg1").changes, 0);
}

// What a standby knew of roles may be older than what its primary did before it was lost.
TEST_F(Compared, TakesRolesOfAPromotedNodeOnlyOnceTheyAreReadAnew) {
  const auto says_roles = [&](std::size_t i) {
    world_.node(i).facts.role_list = std::make_shared<model::RoleListFacts>();
    world_.node(i).facts.memberships = std::make_shared<model::MembershipFacts>();
    Answers(i, "role_list");
    Answers(i, "memberships");
  };
  says_roles(0);
  says_roles(1);
  EXPECT_TRUE(Look().report->access);
  world_.IsDown(0);
  world_.IsPrimary(1, 2000, 2);
  const auto promoted = Look();
  EXPECT_EQ(promoted.report->reference, 1);
  EXPECT_FALSE(promoted.report->access);
  says_roles(1);
  EXPECT_TRUE(Look().report->access);
}

}  // namespace
}  // namespace pgfleet::analysis
