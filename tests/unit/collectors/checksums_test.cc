#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// total, shared, database, failures, last failure

TEST(Checksums, FailuresAreCountedByDatabaseAndTheSharedRelationsHaveANameOfTheirOwn) {
  OneNode one;
  MustDecode(kChecksums,
             Answer(kChecksums, {{"3", "f", "orders", "7", "1700000000.5"},
                                 {"3", "t", kNull, "1", "1700000001"},
                                 {"3", "f", "postgres", "0", kNull}}),
             one.facts());
  EXPECT_EQ(one.Page(kChecksums),
            "pgfleet_series_dropped{kind=\"checksum_database\"} 0\n"
            "pgfleet_checksum_failures_total{database=\"orders\"} 7\n"
            "pgfleet_checksum_failures_total{database=\"(shared)\"} 1\n"
            "pgfleet_checksum_failures_total{database=\"postgres\"} 0\n"
            "pgfleet_checksum_last_failure_timestamp_seconds{database=\"orders\"} 1700000000.5\n"
            "pgfleet_checksum_last_failure_timestamp_seconds{database=\"(shared)\"} 1700000001\n");
}

TEST(Checksums, WithoutDataChecksumsThereIsNothingToCount) {
  OneNode one;
  MustDecode(kChecksums, Answer(kChecksums, {{"0", kNull, kNull, kNull, kNull}}), one.facts());
  EXPECT_EQ(one.Page(kChecksums), "pgfleet_series_dropped{kind=\"checksum_database\"} 0\n");
}

TEST(Checksums, ADatabaseThatIsCalledAsTheSharedRelationsAreDoublesNoSeries) {
  OneNode one;
  MustDecode(
      kChecksums,
      Answer(kChecksums, {{"2", "t", kNull, "0", kNull}, {"2", "f", "(shared)", "0", kNull}}),
      one.facts());
  EXPECT_EQ(one.facts().checksums->databases[0].database, "(shared)");
  EXPECT_EQ(one.facts().checksums->databases[1].database, "(shared)#2");
}

TEST(Checksums, WhatTheCapLeavesOutIsCounted) {
  OneNode one;
  MustDecode(kChecksums, Answer(kChecksums, {{"250", "f", "a", "0", kNull}}), one.facts());
  EXPECT_EQ(one.facts().checksums->dropped, 249);
}

TEST(Checksums, ADatabaseWithoutANameIsRefused) {
  EXPECT_EQ(Refusal(kChecksums, Answer(kChecksums, {{"1", "f", kNull, "0", kNull}})),
            model::FailureReason::kBadValue);
  EXPECT_EQ(Refusal(kChecksums, Answer(kChecksums, {{"1", kNull, "a", "0", kNull}})),
            model::FailureReason::kBadValue);
}

TEST(Checksums, ServersBeforeTwelveAreNotAsked) {
  EXPECT_TRUE(pg::SqlFor(kChecksums.sql, 110022).empty());
  EXPECT_FALSE(pg::SqlFor(kChecksums.sql, 120022).empty());
}

}  // namespace
}  // namespace pgfleet::collectors
