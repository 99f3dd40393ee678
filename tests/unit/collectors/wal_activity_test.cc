#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

TEST(WalActivity, EveryCounterIsTold) {
  OneNode one;
  MustDecode(kWalActivity, Answer(kWalActivity, {{"10", "2", "9007199254740991", "0"}}),
             one.facts());
  EXPECT_EQ(one.Page(kWalActivity),
            "pgfleet_wal_records_total 10\n"
            "pgfleet_wal_full_page_images_total 2\n"
            "pgfleet_wal_bytes_total 9007199254740991\n"
            "pgfleet_wal_buffers_full_total 0\n");
}

TEST(WalActivity, ACounterThatIsMissingIsRefused) {
  EXPECT_EQ(Refusal(kWalActivity, Answer(kWalActivity, {{"10", "2", kNull, "0"}})),
            model::FailureReason::kBadValue);
}

TEST(WalActivity, ServersBeforeFourteenAreNotAsked) {
  EXPECT_TRUE(pg::SqlFor(kWalActivity.sql, 130022).empty());
  EXPECT_FALSE(pg::SqlFor(kWalActivity.sql, 140022).empty());
}

}  // namespace
}  // namespace pgfleet::collectors
