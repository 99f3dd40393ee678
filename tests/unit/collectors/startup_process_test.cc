#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// in recovery, may see, pid, wait event type, wait event, whether waits for snapshots have a name

std::string PageOf(const Row& row) {
  OneNode one;
  MustDecode(kStartupProcess, Answer(kStartupProcess, {row}), one.facts());
  return one.Page(kStartupProcess);
}

TEST(StartupProcess, AStandbyThatWaitsForWalHasNoConflict) {
  EXPECT_EQ(PageOf({"t", "t", "7", "Activity", "RecoveryWalStream", "t"}),
            "pgfleet_standby_startup_wait{wait_event_type=\"Activity\","
            "wait_event=\"RecoveryWalStream\"} 1\n"
            "pgfleet_standby_conflict_wait 0\n");
}

TEST(StartupProcess, EveryKindOfConflictIsOne) {
  for (const auto& [type, event] :
       std::vector<std::pair<std::string, std::string>>{{"Lock", "relation"},
                                                        {"BufferPin", "BufferPin"},
                                                        {"IPC", "RecoveryConflictSnapshot"},
                                                        {"IPC", "RecoveryConflictTablespace"}})
    EXPECT_THAT(PageOf({"t", "t", "7", type, event, "t"}),
                testing::EndsWith("pgfleet_standby_conflict_wait 1\n"))
        << event;
}

TEST(StartupProcess, AProcessThatWorksWaitsForNothing) {
  EXPECT_EQ(PageOf({"t", "t", "7", kNull, kNull, "t"}), "pgfleet_standby_conflict_wait 0\n");
}

// 12 and older wait for sessions with old snapshots under no name.
TEST(StartupProcess, WhereSnapshotsHaveNoNameNoNameSaysNothing) {
  EXPECT_EQ(PageOf({"t", "t", "7", kNull, kNull, "f"}), "");
  EXPECT_THAT(PageOf({"t", "t", "7", "Activity", "RecoveryWalAll", "f"}),
              testing::EndsWith("pgfleet_standby_conflict_wait 0\n"));
  EXPECT_THAT(PageOf({"t", "t", "7", "Lock", "relation", "f"}),
              testing::EndsWith("pgfleet_standby_conflict_wait 1\n"));
}

TEST(StartupProcess, APrimaryHasNone) {
  EXPECT_EQ(PageOf({"f", "t", kNull, kNull, kNull, "t"}), "");
  EXPECT_EQ(PageOf({"f", "f", kNull, kNull, kNull, "t"}), "");
}

TEST(StartupProcess, ARoleThatMayNotSeeItIsToldSo) {
  EXPECT_EQ(
      Refusal(kStartupProcess, Answer(kStartupProcess, {{"t", "f", kNull, kNull, kNull, "t"}})),
      model::FailureReason::kPermission);
  EXPECT_EQ(
      Refusal(kStartupProcess, Answer(kStartupProcess, {{"t", "t", kNull, kNull, kNull, "t"}})),
      model::FailureReason::kUnsupported);
}

}  // namespace
}  // namespace pgfleet::collectors
