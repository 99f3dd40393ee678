#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// database, total, publication, tables, those without an identity
const Row kOrders = {"shop", "1", "orders", "7", "2"};

TEST(Publications, TablesOnWhichWritesFailAreCounted) {
  OneNode one;
  MustDecode(kPublications, Answer(kPublications, {kOrders}), one.facts());
  const std::string labels = "{publication=\"orders\",database=\"shop\"} ";
  EXPECT_EQ(one.Page(kPublications),
            "pgfleet_series_dropped{kind=\"publication\"} 0\n"
            "pgfleet_publication_tables" +
                labels + "7\n" + "pgfleet_publication_tables_without_identity" + labels + "2\n");
}

TEST(Publications, ADatabaseWithoutAnyIsKnownToHaveNone) {
  OneNode one;
  MustDecode(kPublications, Answer(kPublications, {kOrders}), one.facts());
  MustDecode(kPublications, Answer(kPublications, {{"shop", "0", kNull, "0", "0"}}), one.facts());
  EXPECT_TRUE(one.facts().databases.at("shop").publications->publications.empty());
}

TEST(Publications, TheTwoFactsOfADatabaseStandBesideEachOther) {
  OneNode one;
  MustDecode(kSubscriptionTables,
             Answer(kSubscriptionTables, {{"shop", "1", "s", "0", "0", "0", "0", "1"}}),
             one.facts());
  MustDecode(kPublications, Answer(kPublications, {kOrders}), one.facts());
  EXPECT_EQ(one.facts().databases.at("shop").subscription_tables->subscriptions.size(), 1U);
  EXPECT_EQ(one.facts().databases.at("shop").publications->publications.size(), 1U);
}

TEST(Publications, ACountThatIsMissingIsRefused) {
  for (const std::size_t column : {0U, 1U, 3U, 4U}) {
    Row row = kOrders;
    row[column] = kNull;
    EXPECT_EQ(Refusal(kPublications, Answer(kPublications, {row})), model::FailureReason::kBadValue)
        << column;
  }
}

TEST(Publications, WhileNoDatabaseAnswersNothingIsSaid) {
  EXPECT_EQ(OneNode().Page(kPublications), "");
}

}  // namespace
}  // namespace pgfleet::collectors
