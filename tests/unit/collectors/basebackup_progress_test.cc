#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// running, visible, streamed, expected, phase, pid of one that waits for the archive, clock

std::string PageOf(const Row& row) {
  OneNode one;
  MustDecode(kBasebackupProgress, Answer(kBasebackupProgress, {row}), one.facts());
  return one.Page(kBasebackupProgress);
}

std::string PhaseOf(const std::string& phase) {
  const std::string page = PageOf({"1", "1", "0", kNull, phase, kNull, "1000"});
  std::string found;
  for (const char* state : {"initializing", "waiting_checkpoint", "estimating", "streaming",
                            "waiting_archive", "transferring_wal"})
    if (page.find(std::string("phase=\"") + state + "\"} 1\n") != std::string::npos) found += state;
  return found;
}

TEST(BasebackupProgress, ARunningBackupShowsItsBytes) {
  EXPECT_TRUE(PageOf({"1", "1", "1024", "4096", "streaming database files", kNull, "1000"})
                  .starts_with("pgfleet_basebackup_running 1\n"
                               "pgfleet_basebackup_streamed_bytes 1024\n"
                               "pgfleet_basebackup_expected_bytes 4096\n"
                               "pgfleet_basebackup_phase{phase=\"initializing\"} 0\n"));
}

TEST(BasebackupProgress, PhasesAreToldByShortNames) {
  EXPECT_EQ(PhaseOf("initializing"), "initializing");
  EXPECT_EQ(PhaseOf("waiting for checkpoint to finish"), "waiting_checkpoint");
  EXPECT_EQ(PhaseOf("estimating backup size"), "estimating");
  EXPECT_EQ(PhaseOf("streaming database files"), "streaming");
  EXPECT_EQ(PhaseOf("waiting for wal archiving to finish"), "waiting_archive");
  EXPECT_EQ(PhaseOf("transferring wal files"), "transferring_wal");
}

TEST(BasebackupProgress, APhaseThatIsNotKnownIsNotGuessed) {
  EXPECT_THAT(PageOf({"1", "1", "0", kNull, "polishing", kNull, "1000"}),
              testing::Not(testing::HasSubstr("pgfleet_basebackup_phase")));
}

TEST(BasebackupProgress, WithoutAnEstimateNothingIsExpected) {
  EXPECT_THAT(PageOf({"2", "2", "5", kNull, "initializing", kNull, "1000"}),
              testing::Not(testing::HasSubstr("expected")));
}

TEST(BasebackupProgress, WhenNoneRunsNoPhaseIsOnAndNoBytesAreTold) {
  EXPECT_EQ(PageOf({"0", "0", kNull, kNull, kNull, kNull, "1000"}),
            "pgfleet_basebackup_running 0\n"
            "pgfleet_basebackup_phase{phase=\"initializing\"} 0\n"
            "pgfleet_basebackup_phase{phase=\"waiting_checkpoint\"} 0\n"
            "pgfleet_basebackup_phase{phase=\"estimating\"} 0\n"
            "pgfleet_basebackup_phase{phase=\"streaming\"} 0\n"
            "pgfleet_basebackup_phase{phase=\"waiting_archive\"} 0\n"
            "pgfleet_basebackup_phase{phase=\"transferring_wal\"} 0\n");
}

// The view tells the phase and not since when.
TEST(BasebackupProgress, TheWaitForTheArchiverIsCountedFromWhenItWasSeenToBegin) {
  OneNode one;
  const auto ask = [&](const std::optional<std::string>& waiting, const std::string& clock) {
    const Row row = {"2", "2", "5", kNull, "streaming database files", waiting, clock};
    MustDecode(kBasebackupProgress, Answer(kBasebackupProgress, {row}), one.facts());
    return one.Page(kBasebackupProgress);
  };
  constexpr const char* kName = "pgfleet_basebackup_waiting_archive_seconds";
  EXPECT_THAT(ask(kNull, "1000"), testing::Not(testing::HasSubstr(kName)));
  EXPECT_THAT(ask("71", "1010"), testing::EndsWith(kName + std::string(" 0\n")));
  EXPECT_THAT(ask("71", "1030"), testing::EndsWith(kName + std::string(" 20\n")));
  EXPECT_THAT(ask("72", "1040"), testing::EndsWith(kName + std::string(" 0\n")))
      << "another backup";
  EXPECT_THAT(ask(kNull, "1050"), testing::Not(testing::HasSubstr(kName)));
}

TEST(BasebackupProgress, ABackupOfWhichOnlyThePidIsVisibleIsAMatterOfPermission) {
  EXPECT_EQ(
      Refusal(kBasebackupProgress,
              Answer(kBasebackupProgress, {{"1", "0", kNull, kNull, kNull, kNull, "1000"}})),
      model::FailureReason::kPermission);
}

}  // namespace
}  // namespace pgfleet::collectors
