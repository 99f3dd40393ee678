#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

TEST(Recovery, AStandbySaysWhatItHoldsBack) {
  OneNode one;
  MustDecode(kRecovery, Answer(kRecovery, {{"t", "t", "3600", "0/3000060", "0/3000000"}}),
             one.facts());
  EXPECT_EQ(one.Page(kRecovery),
            "pgfleet_standby_replay_paused 1\n"
            "pgfleet_standby_apply_backlog_bytes 96\n"
            "pgfleet_standby_apply_delay_seconds 3600\n");
}

TEST(Recovery, AnApplyDelayThatIsNotKnownIsAbsent) {
  OneNode one;
  MustDecode(kRecovery, Answer(kRecovery, {{"t", "f", kNull, kNull, kNull}}), one.facts());
  EXPECT_EQ(one.Page(kRecovery), "pgfleet_standby_replay_paused 0\n");
}

TEST(Recovery, APrimaryHasNothingToSay) {
  OneNode one;
  MustDecode(kRecovery, Answer(kRecovery, {{"f", kNull, "0", kNull, kNull}}), one.facts());
  EXPECT_EQ(one.Page(kRecovery), "");
}

}  // namespace
}  // namespace pgfleet::collectors
