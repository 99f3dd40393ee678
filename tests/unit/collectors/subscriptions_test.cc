#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// in recovery, total, subscription, database, enabled, pid of the worker, age of its last message
const Row kOrders = {"f", "1", "orders", "shop", "t", "4711", "0.25"};

Row WithWorker(const std::optional<std::string>& pid) {
  Row row = kOrders;
  row[5] = pid;
  if (!pid) row[6] = kNull;
  return row;
}

std::int64_t RestartsAfter(const std::vector<std::optional<std::string>>& pids) {
  model::NodeFacts facts;
  for (const auto& pid : pids)
    MustDecode(kSubscriptions, Answer(kSubscriptions, {WithWorker(pid)}), facts);
  return facts.subscriptions->subscriptions.at(0).worker_restarts;
}

TEST(Subscriptions, AWorkingOneIsEnabledAndItsWorkerIsUp) {
  OneNode one;
  MustDecode(kSubscriptions, Answer(kSubscriptions, {kOrders}), one.facts());
  const std::string labels = "{subscription=\"orders\",database=\"shop\"} ";
  EXPECT_EQ(one.Page(kSubscriptions),
            "pgfleet_series_dropped{kind=\"subscription\"} 0\n"
            "pgfleet_subscription_enabled" +
                labels + "1\n" + "pgfleet_subscription_worker_up" + labels + "1\n" +
                "pgfleet_subscription_message_age_seconds" + labels + "0.25\n" +
                "pgfleet_subscription_worker_restarts_total" + labels + "0\n");
}

TEST(Subscriptions, WithoutAWorkerNothingIsKnownOfItsMessages) {
  OneNode one;
  MustDecode(kSubscriptions, Answer(kSubscriptions, {WithWorker(kNull)}), one.facts());
  const std::string page = one.Page(kSubscriptions);
  EXPECT_THAT(page, testing::HasSubstr("worker_up{subscription=\"orders\",database=\"shop\"} 0\n"));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("message_age")));
}

TEST(Subscriptions, AnotherPidIsARestart) {
  EXPECT_EQ(RestartsAfter({"1", "1", "1"}), 0);
  EXPECT_EQ(RestartsAfter({"1", "2", "2", "3"}), 2);
}

TEST(Subscriptions, TheLastWorkerIsRememberedWhileNoneRuns) {
  EXPECT_EQ(RestartsAfter({"1", kNull, kNull, "2"}), 1);
  EXPECT_EQ(RestartsAfter({"1", kNull, "1"}), 0);
  EXPECT_EQ(RestartsAfter({kNull, "1"}), 0) << "the first worker seen restarted nothing";
}

TEST(Subscriptions, OfOneNameInTwoDatabasesAreTwo) {
  Row here = kOrders;
  Row there = WithWorker("9");
  there[3] = "other";
  here[1] = there[1] = "2";
  model::NodeFacts facts;
  MustDecode(kSubscriptions, Answer(kSubscriptions, {here, there}), facts);
  there[5] = "10";
  MustDecode(kSubscriptions, Answer(kSubscriptions, {there, here}), facts);
  const auto& both = facts.subscriptions->subscriptions;
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].worker_restarts, 1);
  EXPECT_EQ(both[1].worker_restarts, 0);
}

// Its primary's catalogs are replicated; its workers are not.
TEST(Subscriptions, AStandbyRunsNoneAndSaysNothingOfWorkers) {
  Row row = WithWorker(kNull);
  row[0] = "t";
  OneNode one;
  MustDecode(kSubscriptions, Answer(kSubscriptions, {row}), one.facts());
  const std::string page = one.Page(kSubscriptions);
  EXPECT_THAT(page, testing::HasSubstr("enabled{subscription=\"orders\",database=\"shop\"} 1\n"));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("worker")));
}

TEST(Subscriptions, ThatAreGoneLeaveThePage) {
  OneNode one;
  MustDecode(kSubscriptions, Answer(kSubscriptions, {kOrders}), one.facts());
  MustDecode(kSubscriptions, Answer(kSubscriptions, {}), one.facts());
  EXPECT_EQ(one.Page(kSubscriptions), "pgfleet_series_dropped{kind=\"subscription\"} 0\n");
}

TEST(Subscriptions, AFaultLeavesWhatWasKnown) {
  model::NodeFacts facts;
  MustDecode(kSubscriptions, Answer(kSubscriptions, {kOrders}), facts);
  const auto before = facts;
  Row bad = kOrders;
  bad[4] = kNull;
  EXPECT_FALSE(kSubscriptions.decode(Answer(kSubscriptions, {kOrders, bad}), facts));
  EXPECT_EQ(facts, before);
}

// The connection string of a subscription holds a password.
TEST(Subscriptions, NoQueryTouchesTheConnectionString) {
  for (const Collector* collector : Catalog())
    for (const auto& variant : collector->sql)
      EXPECT_EQ(variant.sql.find("subconninfo"), std::string_view::npos) << collector->name;
}

}  // namespace
}  // namespace pgfleet::collectors
