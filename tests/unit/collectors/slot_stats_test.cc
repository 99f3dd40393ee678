#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// total, slot, spilled transactions and bytes, streamed ones, all of them
const Row kDecoder = {"1", "decoder", "2", "70000", "3", "90000", "11", "200000"};

TEST(SlotStats, EveryCounterIsTheServersOwn) {
  OneNode one;
  MustDecode(kSlotStats, Answer(kSlotStats, {kDecoder}), one.facts());
  EXPECT_EQ(one.Page(kSlotStats),
            "pgfleet_series_dropped{kind=\"slot_stats\"} 0\n"
            "pgfleet_slot_spill_transactions_total{slot=\"decoder\"} 2\n"
            "pgfleet_slot_spill_bytes_total{slot=\"decoder\"} 70000\n"
            "pgfleet_slot_stream_transactions_total{slot=\"decoder\"} 3\n"
            "pgfleet_slot_stream_bytes_total{slot=\"decoder\"} 90000\n"
            "pgfleet_slot_decoded_transactions_total{slot=\"decoder\"} 11\n"
            "pgfleet_slot_decoded_bytes_total{slot=\"decoder\"} 200000\n");
}

TEST(SlotStats, ANodeWithoutLogicalSlotsHasNoCountersAndDropsNone) {
  OneNode one;
  MustDecode(kSlotStats, Answer(kSlotStats, {}), one.facts());
  EXPECT_EQ(one.Page(kSlotStats), "pgfleet_series_dropped{kind=\"slot_stats\"} 0\n");
}

TEST(SlotStats, WhatTheCapCutIsCounted) {
  Row row = kDecoder;
  row[0] = "205";
  OneNode one;
  MustDecode(kSlotStats, Answer(kSlotStats, {row, row}), one.facts());
  EXPECT_EQ(one.facts().slot_stats->dropped, 203);
}

TEST(SlotStats, ACounterThatIsMissingIsRefusedNotZero) {
  for (std::size_t column = 0; column < kSlotStats.columns; ++column) {
    Row row = kDecoder;
    row[column] = kNull;
    EXPECT_EQ(Refusal(kSlotStats, Answer(kSlotStats, {row})), model::FailureReason::kBadValue)
        << column;
  }
}

TEST(SlotStats, ServersBefore14AreNotAsked) {
  EXPECT_EQ(pg::SqlFor(kSlotStats.sql, 130023), "");
  EXPECT_NE(pg::SqlFor(kSlotStats.sql, 140000), "");
}

}  // namespace
}  // namespace pgfleet::collectors
