#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// in recovery, backend, prepared, slot, catalog slot, walsender

std::string PageOf(const Row& row) {
  OneNode one;
  MustDecode(kOldestXmin, Answer(kOldestXmin, {row}), one.facts());
  return one.Page(kOldestXmin);
}

TEST(OldestXmin, EachKindOfHolderHasItsOwnAge) {
  EXPECT_EQ(PageOf({"f", "1", "2", "3", "4", "5"}),
            "pgfleet_oldest_xmin_age_transactions{holder=\"backend\"} 1\n"
            "pgfleet_oldest_xmin_age_transactions{holder=\"prepared\"} 2\n"
            "pgfleet_oldest_xmin_age_transactions{holder=\"slot\"} 3\n"
            "pgfleet_oldest_xmin_age_transactions{holder=\"catalog_slot\"} 4\n"
            "pgfleet_oldest_xmin_age_transactions{holder=\"walsender\"} 5\n");
}

TEST(OldestXmin, WhatHoldsNothingIsAbsentAndAnAgeOfZeroIsNot) {
  EXPECT_EQ(PageOf({"f", kNull, kNull, kNull, kNull, kNull}), "");
  EXPECT_EQ(PageOf({"t", "0", kNull, kNull, kNull, kNull}),
            "pgfleet_oldest_xmin_age_transactions{holder=\"backend\"} 0\n");
}

TEST(OldestXmin, AnAgeThatIsNoNumberIsRefused) {
  EXPECT_EQ(Refusal(kOldestXmin, Answer(kOldestXmin, {{"f", "1", kNull, "old", kNull, kNull}})),
            model::FailureReason::kBadValue);
}

}  // namespace
}  // namespace pgfleet::collectors
