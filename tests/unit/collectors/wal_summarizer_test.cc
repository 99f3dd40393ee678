#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// enabled, running, summarized, position

TEST(WalSummarizer, ItsLagIsTheWalThatNoSummaryCovers) {
  OneNode one;
  MustDecode(kWalSummarizer, Answer(kWalSummarizer, {{"t", "t", "0/2000000", "0/3000000"}}),
             one.facts());
  EXPECT_EQ(one.Page(kWalSummarizer),
            "pgfleet_wal_summarizer_running 1\n"
            "pgfleet_wal_summarizer_lag_bytes 16777216\n");
}

TEST(WalSummarizer, OneThatShouldRunAndDoesNotIsTold) {
  OneNode one;
  MustDecode(kWalSummarizer, Answer(kWalSummarizer, {{"t", "f", kNull, "0/3000000"}}), one.facts());
  EXPECT_EQ(one.Page(kWalSummarizer), "pgfleet_wal_summarizer_running 0\n");
}

TEST(WalSummarizer, WhereItIsSwitchedOffThereIsNothingToSay) {
  OneNode one;
  MustDecode(kWalSummarizer, Answer(kWalSummarizer, {{"f", "f", "0/2000000", "0/3000000"}}),
             one.facts());
  EXPECT_EQ(one.Page(kWalSummarizer), "");
}

}  // namespace
}  // namespace pgfleet::collectors
