#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// database, total, subscription, tables in init, data, finished, synced, ready
const Row kOrders = {"shop", "1", "orders", "1", "2", "0", "0", "5"};
const Row kNothing = {"shop", "0", kNull, "0", "0", "0", "0", "0"};

TEST(SubscriptionTables, EveryStateIsThereAlsoWithoutTables) {
  OneNode one;
  MustDecode(kSubscriptionTables, Answer(kSubscriptionTables, {kOrders}), one.facts());
  const std::string name =
      "pgfleet_subscription_tables{subscription=\"orders\",database=\"shop\",state=\"";
  EXPECT_EQ(one.Page(kSubscriptionTables),
            "pgfleet_series_dropped{kind=\"subscription_tables\"} 0\n" + name + "init\"} 1\n" +
                name + "data\"} 2\n" + name + "finished\"} 0\n" + name + "synced\"} 0\n" + name +
                "ready\"} 5\n");
}

TEST(SubscriptionTables, ADatabaseThatLostItsLastSubscriptionForgetsIt) {
  OneNode one;
  MustDecode(kSubscriptionTables, Answer(kSubscriptionTables, {kOrders}), one.facts());
  MustDecode(kSubscriptionTables, Answer(kSubscriptionTables, {kNothing}), one.facts());
  EXPECT_EQ(one.Page(kSubscriptionTables),
            "pgfleet_series_dropped{kind=\"subscription_tables\"} 0\n");
}

TEST(SubscriptionTables, OneDatabaseDoesNotTouchAnother) {
  OneNode one;
  Row other = kOrders;
  other[0] = "other";
  MustDecode(kSubscriptionTables, Answer(kSubscriptionTables, {other}), one.facts());
  MustDecode(kSubscriptionTables, Answer(kSubscriptionTables, {kNothing}), one.facts());
  EXPECT_EQ(one.facts().databases.size(), 2U);
  EXPECT_THAT(one.Page(kSubscriptionTables), testing::HasSubstr("database=\"other\""));
}

TEST(SubscriptionTables, WhatTheCapsCutIsCountedOverAllDatabases) {
  OneNode one;
  for (const char* database : {"a", "b"}) {
    Row row = kOrders;
    row[0] = database;
    row[1] = "3";
    MustDecode(kSubscriptionTables, Answer(kSubscriptionTables, {row}), one.facts());
  }
  EXPECT_THAT(one.Page(kSubscriptionTables),
              testing::HasSubstr("series_dropped{kind=\"subscription_tables\"} 4\n"));
}

TEST(SubscriptionTables, WhileNoDatabaseAnswersNothingIsSaid) {
  EXPECT_EQ(OneNode().Page(kSubscriptionTables), "");
}

}  // namespace
}  // namespace pgfleet::collectors
