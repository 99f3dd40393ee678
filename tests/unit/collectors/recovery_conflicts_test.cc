#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// in recovery, tablespace, lock, snapshot, buffer pin, deadlock, logical slot

TEST(RecoveryConflicts, EveryKindIsCounted) {
  OneNode one;
  MustDecode(kRecoveryConflicts, Answer(kRecoveryConflicts, {{"t", "1", "2", "3", "4", "5", "6"}}),
             one.facts());
  EXPECT_EQ(one.Page(kRecoveryConflicts),
            "pgfleet_standby_conflicts_total{conflict=\"tablespace\"} 1\n"
            "pgfleet_standby_conflicts_total{conflict=\"lock\"} 2\n"
            "pgfleet_standby_conflicts_total{conflict=\"snapshot\"} 3\n"
            "pgfleet_standby_conflicts_total{conflict=\"bufferpin\"} 4\n"
            "pgfleet_standby_conflicts_total{conflict=\"deadlock\"} 5\n"
            "pgfleet_standby_conflicts_total{conflict=\"active_logicalslot\"} 6\n");
}

TEST(RecoveryConflicts, AKindThatTheServerDoesNotKnowIsAbsent) {
  OneNode one;
  MustDecode(kRecoveryConflicts,
             Answer(kRecoveryConflicts, {{"t", "0", "0", "0", "0", "0", kNull}}), one.facts());
  EXPECT_THAT(one.Page(kRecoveryConflicts), testing::Not(testing::HasSubstr("logicalslot")));
}

TEST(RecoveryConflicts, APrimaryHasNone) {
  OneNode one;
  MustDecode(kRecoveryConflicts, Answer(kRecoveryConflicts, {{"f", "0", "0", "0", "0", "0", "0"}}),
             one.facts());
  EXPECT_EQ(one.Page(kRecoveryConflicts), "");
}

}  // namespace
}  // namespace pgfleet::collectors
