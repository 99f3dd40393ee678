#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// in recovery, hidden, synchronous_standby_names, waiting, oldest wait, connected
Row Primary(const std::string& names, const std::string& connected = "0") {
  return {"f", "f", names, "0", kNull, connected};
}

std::string PageOf(const Row& row) {
  OneNode one;
  MustDecode(kSyncWaits, Answer(kSyncWaits, {row}), one.facts());
  return one.Page(kSyncWaits);
}

TEST(SyncWaits, AWaitingCommitIsCountedAndTimed) {
  EXPECT_EQ(PageOf({"f", "f", "ANY 2 (a, b)", "3", "4.07", "1"}),
            "pgfleet_sync_waiting_backends 3\n"
            "pgfleet_sync_oldest_wait_seconds 4.07\n"
            "pgfleet_sync_required 2\n"
            "pgfleet_sync_connected 1\n"
            "pgfleet_sync_met 0\n");
}

TEST(SyncWaits, ARequirementOfNoneIsAlwaysMet) {
  EXPECT_EQ(PageOf(Primary("")),
            "pgfleet_sync_waiting_backends 0\n"
            "pgfleet_sync_required 0\n"
            "pgfleet_sync_connected 0\n"
            "pgfleet_sync_met 1\n");
}

TEST(SyncWaits, ARequirementIsMetByAsManyAsItAsksFor) {
  EXPECT_THAT(PageOf(Primary("2 (a, b, c)", "2")), testing::HasSubstr("pgfleet_sync_met 1\n"));
  EXPECT_THAT(PageOf(Primary("2 (a, b, c)", "1")), testing::HasSubstr("pgfleet_sync_met 0\n"));
}

TEST(SyncWaits, ASettingThatIsNotUnderstoodLeavesTheRequirementUnknown) {
  const std::string page = PageOf(Primary("MOST (a)", "1"));
  EXPECT_THAT(page, testing::HasSubstr("pgfleet_sync_connected 1\n"));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("required")));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("met")));
}

TEST(SyncWaits, NoCommitWaitsOnAStandby) {
  EXPECT_EQ(PageOf({"t", "f", "a", "0", kNull, "0"}), "");
}

TEST(SyncWaits, HiddenWaitsAreAMatterOfPermissionWhereThereCanBeAny) {
  EXPECT_EQ(Refusal(kSyncWaits, Answer(kSyncWaits, {{"f", "t", "", "0", kNull, "0"}})),
            model::FailureReason::kPermission);
  EXPECT_EQ(Refusal(kSyncWaits, Answer(kSyncWaits, {{"t", "t", "", "0", kNull, "0"}})),
            std::nullopt);
}

}  // namespace
}  // namespace pgfleet::collectors
