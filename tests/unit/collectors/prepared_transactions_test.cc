#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// in recovery, count, age of the oldest

std::string PageOf(const Row& row) {
  OneNode one;
  MustDecode(kPreparedTransactions, Answer(kPreparedTransactions, {row}), one.facts());
  return one.Page(kPreparedTransactions);
}

TEST(PreparedTransactions, TheOldestHasAnAge) {
  EXPECT_EQ(PageOf({"f", "2", "90.5"}),
            "pgfleet_prepared_transactions 2\n"
            "pgfleet_prepared_transaction_oldest_age_seconds 90.5\n");
}

TEST(PreparedTransactions, NoneHaveNoAge) {
  EXPECT_EQ(PageOf({"f", "0", kNull}), "pgfleet_prepared_transactions 0\n");
}

TEST(PreparedTransactions, AStandbyDoesNotKnow) { EXPECT_EQ(PageOf({"t", "0", kNull}), ""); }

TEST(PreparedTransactions, TheirNamesAreNotRead) {
  for (const auto& variant : kPreparedTransactions.sql)
    EXPECT_EQ(variant.sql.find("gid"), std::string_view::npos);
}

}  // namespace
}  // namespace pgfleet::collectors
