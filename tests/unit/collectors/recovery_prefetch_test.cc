#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

TEST(RecoveryPrefetch, BlocksAreCountedByWhatBecameOfThem) {
  OneNode one;
  MustDecode(kRecoveryPrefetch,
             Answer(kRecoveryPrefetch, {{"t", "1", "2", "3", "4", "5", "6", "524288", "9", "10"}}),
             one.facts());
  EXPECT_EQ(one.Page(kRecoveryPrefetch),
            "pgfleet_standby_prefetch_blocks_total{result=\"prefetch\"} 1\n"
            "pgfleet_standby_prefetch_blocks_total{result=\"hit\"} 2\n"
            "pgfleet_standby_prefetch_blocks_total{result=\"skip_init\"} 3\n"
            "pgfleet_standby_prefetch_blocks_total{result=\"skip_new\"} 4\n"
            "pgfleet_standby_prefetch_blocks_total{result=\"skip_fpw\"} 5\n"
            "pgfleet_standby_prefetch_blocks_total{result=\"skip_rep\"} 6\n"
            "pgfleet_standby_prefetch_wal_distance_bytes 524288\n"
            "pgfleet_standby_prefetch_block_distance 9\n"
            "pgfleet_standby_prefetch_io_depth 10\n");
}

TEST(RecoveryPrefetch, APrimaryReadsNothingAhead) {
  OneNode one;
  MustDecode(kRecoveryPrefetch,
             Answer(kRecoveryPrefetch, {{"f", "0", "0", "0", "0", "0", "0", "0", "0", "0"}}),
             one.facts());
  EXPECT_EQ(one.Page(kRecoveryPrefetch), "");
}

TEST(RecoveryPrefetch, ServersBeforeFifteenAreNotAsked) {
  EXPECT_TRUE(pg::SqlFor(kRecoveryPrefetch.sql, 140022).empty());
  EXPECT_FALSE(pg::SqlFor(kRecoveryPrefetch.sql, 150018).empty());
}

}  // namespace
}  // namespace pgfleet::collectors
