#include <gtest/gtest.h>

#include "collectors/slots_sql.h"
#include "page.h"

namespace pgfleet::collectors {
namespace {

using C = SlotColumn;
const Row kNoSlot = {"0/5000000", "1000", "10",  "0",   "0",   kNull, kNull, kNull,
                     kNull,       kNull,  kNull, kNull, kNull, kNull, kNull, kNull,
                     kNull,       "f",    kNull, kNull, kNull, kNull};
const Row kPhysical = {"0/5000000", "1000", "10",  "3",        "1",         "pg2",
                       "physical",  kNull,  kNull, "t",        "0/4FFFFF0", kNull,
                       "7",         kNull,  "f",   "reserved", "1048576",   "f",
                       kNull,       kNull,  kNull, kNull};

constexpr const char* kTotals = "pgfleet_slots_used 3\npgfleet_slots_limit 10\n";

std::string PageOf(const Row& row) {
  OneNode one;
  MustDecode(kSlots, Answer(kSlots, {row}), one.facts());
  return one.Page(kSlots);
}

TEST(Slots, AnActivePhysicalSlot) {
  EXPECT_EQ(PageOf(kPhysical),
            "pgfleet_series_dropped{kind=\"slot\"} 0\n"
            "pgfleet_slot_info{slot=\"pg2\",slot_kind=\"physical\",temporary=\"false\"} 1\n"
            "pgfleet_slot_active{slot=\"pg2\"} 1\n"
            "pgfleet_slot_retained_wal_bytes{slot=\"pg2\"} 16\n"
            "pgfleet_slot_wal_status{slot=\"pg2\",status=\"reserved\"} 1\n"
            "pgfleet_slot_wal_status{slot=\"pg2\",status=\"extended\"} 0\n"
            "pgfleet_slot_wal_status{slot=\"pg2\",status=\"unreserved\"} 0\n"
            "pgfleet_slot_wal_status{slot=\"pg2\",status=\"lost\"} 0\n"
            "pgfleet_slot_safe_wal_bytes{slot=\"pg2\"} 1048576\n"
            "pgfleet_slot_invalid{slot=\"pg2\"} 0\n"
            "pgfleet_slot_xmin_age_transactions{slot=\"pg2\"} 7\n" +
                std::string(kTotals));
}

// A lost slot still shows its catalog_xmin, which holds nothing back any more, and retains nothing.
TEST(Slots, ALostSlotIsInvalidAndPinsNothing) {
  Row row = kPhysical;
  row[C::kKind] = "logical";
  row[C::kActive] = "f";
  row[C::kRestart] = kNull;
  row[C::kConfirmed] = "0/4000000";
  row[C::kCatalogXminAge] = "99";
  row[C::kWalStatus] = "lost";
  row[C::kSafeBytes] = kNull;
  row[C::kInvalid] = "t";
  row[C::kInvalidReason] = "wal_removed";
  const std::string page = PageOf(row);
  EXPECT_THAT(page, testing::HasSubstr("pgfleet_slot_invalid{slot=\"pg2\"} 1\n"));
  EXPECT_THAT(page, testing::HasSubstr(
                        "pgfleet_slot_invalid_reason{slot=\"pg2\",reason=\"wal_removed\"} 1\n"));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("xmin_age")));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("retained")));
  EXPECT_THAT(page, testing::HasSubstr("confirmed_lag_bytes{slot=\"pg2\"} 16777216\n"));
}

// The server goes on showing restart_lsn of a slot that it invalidated for its rows, but keeps no
// WAL for it.
TEST(Slots, AnInvalidSlotRetainsNothingWhateverPositionItShows) {
  Row row = kPhysical;
  row[C::kActive] = "f";
  row[C::kInvalid] = "t";
  row[C::kInvalidReason] = "rows_removed";
  EXPECT_THAT(PageOf(row), testing::Not(testing::HasSubstr("retained")));
}

TEST(Slots, ASlotThatNeverReservedWalHasNoStatus) {
  Row row = kPhysical;
  row[C::kActive] = "f";
  row[C::kRestart] = row[C::kWalStatus] = row[C::kSafeBytes] = row[C::kXminAge] = kNull;
  EXPECT_EQ(PageOf(row),
            "pgfleet_series_dropped{kind=\"slot\"} 0\n"
            "pgfleet_slot_info{slot=\"pg2\",slot_kind=\"physical\",temporary=\"false\"} 1\n"
            "pgfleet_slot_active{slot=\"pg2\"} 0\n"
            "pgfleet_slot_invalid{slot=\"pg2\"} 0\n" +
                std::string(kTotals));
}

TEST(Slots, InactivityIsKnownFrom17OnAndNotWhileInUse) {
  Row row = kPhysical;
  row[C::kInactiveSince] = "940";
  EXPECT_THAT(PageOf(row), testing::Not(testing::HasSubstr("inactive_seconds")));
  row[C::kActive] = "f";
  EXPECT_THAT(PageOf(row), testing::HasSubstr("pgfleet_slot_inactive_seconds{slot=\"pg2\"} 60\n"));
}

// 9.6 to 16 do not tell since when.
TEST(Slots, BeforeSeventeenInactivityCountsFromTheLastTimeItWasSeenInUse) {
  OneNode one;
  Row idle = kPhysical;
  idle[C::kActive] = "f";
  MustDecode(kSlots, Answer(kSlots, {idle}), one.facts());
  EXPECT_THAT(one.Page(kSlots), testing::Not(testing::HasSubstr("pgfleet_slot_inactive_seconds")));
  MustDecode(kSlots, Answer(kSlots, {kPhysical}), one.facts());
  idle[C::kClock] = "1060";
  MustDecode(kSlots, Answer(kSlots, {idle}), one.facts());
  EXPECT_THAT(one.Page(kSlots),
              testing::HasSubstr("pgfleet_slot_inactive_seconds{slot=\"pg2\"} 60\n"));
}

TEST(Slots, NoneIsAKnownNumber) {
  EXPECT_EQ(PageOf(kNoSlot),
            "pgfleet_series_dropped{kind=\"slot\"} 0\n"
            "pgfleet_slots_used 0\npgfleet_slots_limit 10\n");
}

TEST(Slots, WhatIsCutOffIsCounted) {
  Row row = kPhysical;
  row[C::kShown] = "204";
  EXPECT_THAT(PageOf(row), testing::HasSubstr("pgfleet_series_dropped{kind=\"slot\"} 203\n"));
}

}  // namespace
}  // namespace pgfleet::collectors
