// Consumers of changes as they are declared, against what the primary has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cluster_builder.h"

namespace pgfleet::analysis {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Cdc : public testing::Test {
 protected:
  Cdc() {
    world_.IsPrimary(0, 1000);
    Declare({"public.orders", "audit.*"});
    Has({.name = "debezium", .kind = "logical", .database = "shop"});
    Publishes({.publications = {"dbz"},
               .schemas = {{"dbz", "public", 3, 1}, {"dbz", "audit", 2, 2}},
               .tables = {{"dbz", "public", "orders"}}});
  }
  void Declare(std::vector<std::string> tables) {
    world_.cluster().declared.cdc = {{.slot = "debezium",
                                      .database = "shop",
                                      .publication = "dbz",
                                      .tables = std::move(tables)}};
  }
  void Has(const model::Slot& slot) {
    world_.node(0).facts.slots =
        std::make_shared<model::SlotFacts>(model::SlotFacts{.slots = {slot}});
  }
  void Publishes(const model::PublishedTablesFacts& facts) {
    world_.node(0).facts.databases["shop"].published_tables =
        std::make_shared<model::PublishedTablesFacts>(facts);
  }
  const model::CdcFinding& Found() {
    for (auto& collector : world_.node(0).collectors)
      collector.last_success = model::Moment{world_.now(), {}};
    return world_.Tick().findings.cdc.at(0);
  }

  World world_{{"pg1"}};
};

TEST_F(Cdc, WhatIsAsDeclaredLacksNothing) {
  const auto found = Found();
  EXPECT_EQ(found.slot_mismatch, false);
  EXPECT_EQ(found.publication_missing, false);
  EXPECT_EQ(found.uncovered, 0);
  EXPECT_THAT(found.uncovered_names, IsEmpty());
}

TEST_F(Cdc, TablesThatThePublicationLacksAreCounted) {
  Declare({"public.items", "public.*", "audit.*"});
  const auto found = Found();
  EXPECT_EQ(found.uncovered, 1 + 2);
  EXPECT_THAT(found.uncovered_names, ElementsAre("public.items", "public.*"));
}

TEST_F(Cdc, ATableOrSchemaThatDoesNotExistIsNotCovered) {
  Declare({"public.ordres", "adit.*"});
  EXPECT_EQ(Found().uncovered, 2);
}

TEST_F(Cdc, OfAPublicationThatIsMissingNoTableIsCounted) {
  Publishes({.publications = {"other"}, .schemas = {{"other", "public", 3, 3}}});
  EXPECT_EQ(Found().publication_missing, true);
  EXPECT_EQ(Found().uncovered, std::nullopt);
}

TEST_F(Cdc, WhatWasCutOffIsNotTakenForMissing) {
  Publishes(
      {.publications = {"dbz"}, .schemas = {{"dbz", "public", 9000, 8000}}, .complete = false});
  Declare({"public.orders"});
  EXPECT_EQ(Found().publication_missing, false);
  EXPECT_EQ(Found().uncovered, std::nullopt);
  Declare({"public.*"});
  EXPECT_EQ(Found().uncovered, 1000);
}

TEST_F(Cdc, ADatabaseThatWasNotReadIsNotKnown) {
  world_.node(0).facts.databases.clear();
  EXPECT_EQ(Found().publication_missing, std::nullopt);
  EXPECT_EQ(Found().slot_mismatch, false);
}

TEST_F(Cdc, ASlotOfAnotherKindOrDatabaseIsAMismatch) {
  Has({.name = "debezium", .kind = "logical", .database = "other"});
  EXPECT_EQ(Found().slot_mismatch, true);
  Has({.name = "debezium", .kind = "physical"});
  EXPECT_EQ(Found().slot_mismatch, true);
}

TEST_F(Cdc, ItsSlotIsExpectedWithoutStandingInTheList) {
  world_.cluster().declared.expected.slots = {"pg2"};
  Found();
  EXPECT_FALSE(world_.cluster().analysis[0].slots.at(0).unexpected);
  Has({.name = "left_behind", .kind = "logical", .database = "shop"});
  EXPECT_EQ(Found().slot_mismatch, std::nullopt);
  EXPECT_TRUE(world_.cluster().analysis[0].slots.at(0).unexpected);
  EXPECT_THAT(world_.cluster().findings.missing_slots, ElementsAre("pg2", "debezium"));
}

}  // namespace
}  // namespace pgfleet::analysis
