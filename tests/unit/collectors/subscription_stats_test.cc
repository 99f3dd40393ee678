#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// total, subscription, database, apply errors, sync errors, seven kinds of conflicts
const Row kBroken = {"1", "orders", "shop", "12", "3", "12", "1", "2", "4", "5", "6", "7"};

Row Before18() {
  Row row = kBroken;
  std::fill(row.begin() + 5, row.end(), kNull);
  return row;
}

TEST(SubscriptionStats, EveryKindOfConflictHasItsName) {
  OneNode one;
  MustDecode(kSubscriptionStats, Answer(kSubscriptionStats, {kBroken}), one.facts());
  const std::string labels = "{subscription=\"orders\",database=\"shop\"";
  const std::string conflict = "pgfleet_subscription_conflicts_total" + labels + ",conflict=\"";
  EXPECT_EQ(one.Page(kSubscriptionStats),
            "pgfleet_series_dropped{kind=\"subscription_stats\"} 0\n"
            "pgfleet_subscription_apply_errors_total" +
                labels + "} 12\n" + "pgfleet_subscription_sync_errors_total" + labels + "} 3\n" +
                conflict + "insert_exists\"} 12\n" + conflict + "update_origin_differs\"} 1\n" +
                conflict + "update_exists\"} 2\n" + conflict + "update_missing\"} 4\n" + conflict +
                "delete_origin_differs\"} 5\n" + conflict + "delete_missing\"} 6\n" + conflict +
                "multiple_unique_conflicts\"} 7\n");
}

TEST(SubscriptionStats, ConflictsAreUnknownBefore18NotZero) {
  OneNode one;
  MustDecode(kSubscriptionStats, Answer(kSubscriptionStats, {Before18()}), one.facts());
  const std::string page = one.Page(kSubscriptionStats);
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("conflict")));
  EXPECT_THAT(page, testing::HasSubstr("apply_errors_total"));
}

TEST(SubscriptionStats, ErrorsThatAreMissingAreRefused) {
  for (const std::size_t column : {0U, 1U, 2U, 3U, 4U}) {
    Row row = kBroken;
    row[column] = kNull;
    EXPECT_EQ(Refusal(kSubscriptionStats, Answer(kSubscriptionStats, {row})),
              model::FailureReason::kBadValue)
        << column;
  }
}

TEST(SubscriptionStats, ServersBefore15AreNotAsked) {
  EXPECT_EQ(pg::SqlFor(kSubscriptionStats.sql, 140020), "");
  EXPECT_NE(pg::SqlFor(kSubscriptionStats.sql, 150000), "");
}

}  // namespace
}  // namespace pgfleet::collectors
