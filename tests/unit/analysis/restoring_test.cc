// Whether an archive brings a standby its WAL.
#include <gtest/gtest.h>

#include "cluster_builder.h"

namespace pgfleet::analysis {
namespace {

using model::StandbyState;

constexpr std::uint64_t kSegment = 1 << 24;

// A primary, and a standby without a receiver.
class Restoring : public testing::Test {
 protected:
  Restoring() {
    world_.IsPrimary(0, 10 * kSegment);
    Stands(10 * kSegment);
  }
  void Stands(std::uint64_t lsn) { world_.IsStandby(1, lsn, /*streams=*/false); }
  // What the slower lanes have said; before 12 nobody says whether there is a restore_command.
  void Says(const model::RecoveryFacts& recovery) {
    world_.node(1).facts.recovery = std::make_shared<model::RecoveryFacts>(recovery);
    world_.node(1).facts.archiver = std::make_shared<model::ArchiverFacts>(
        model::ArchiverFacts{.segment_bytes = static_cast<std::int64_t>(kSegment)});
  }
  void Waits(bool for_sessions) {
    world_.node(1).facts.startup_process = std::make_shared<model::StartupProcessFacts>(
        model::StartupProcessFacts{.in_recovery = true, .conflict_wait = for_sessions});
  }
  const model::NodeAnalysis& After(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      for (auto& collector : world_.node(1).collectors)
        collector.last_success = model::Moment{world_.now(), {}};
      world_.Tick();
    }
    return world_.cluster().analysis[1];
  }

  World world_{{"pg1", "pg2"}};
};

TEST_F(Restoring, WhoNeverAskedAnUpstreamLivesOnItsArchive) {
  for (const std::optional<bool> command : {std::optional<bool>(true), std::optional<bool>()}) {
    Says({.in_recovery = true, .has_restore_command = command, .asked_to_stream = false});
    EXPECT_EQ(After(3).state, StandbyState::kArchiveRecovery);
    EXPECT_EQ(After(1).orphan, false);
  }
}

TEST_F(Restoring, WithoutACommandThereIsNoArchive) {
  Says({.in_recovery = true, .has_restore_command = false, .asked_to_stream = false});
  EXPECT_EQ(After(3).state, StandbyState::kDisconnected);
  EXPECT_EQ(After(1).orphan, true);
}

// A restore_command that is set and brings nothing counted as an archive that serves.
TEST_F(Restoring, ACommandAloneBringsNothingToWhoAsksAnUpstreamInVain) {
  Says({.in_recovery = true, .has_restore_command = true, .asked_to_stream = true});
  EXPECT_EQ(After(3).state, StandbyState::kDisconnected);
  EXPECT_EQ(After(1).orphan, true);
}

TEST_F(Restoring, WhoComesFurtherWithoutAReceiverIsServedUntilOneStreams) {
  Says({.in_recovery = true, .asked_to_stream = true});
  After(3);
  Stands(11 * kSegment);
  world_.IsPrimary(0, 11 * kSegment);
  EXPECT_EQ(After(1).state, StandbyState::kArchiveRecovery);
  EXPECT_EQ(After(60).orphan, false);
  world_.IsStandby(1, 11 * kSegment);
  EXPECT_EQ(After(1).restores, std::nullopt);
  Stands(11 * kSegment);
  EXPECT_EQ(After(3).orphan, true);
}

TEST_F(Restoring, ASegmentThatDoesNotComeForHalfAMinuteIsNotThere) {
  Says({.in_recovery = true, .has_restore_command = true, .asked_to_stream = false});
  world_.IsPrimary(0, 11 * kSegment);
  EXPECT_EQ(After(28).orphan, false);
  EXPECT_EQ(After(1).state, StandbyState::kArchiveRecovery);
  EXPECT_EQ(After(4).state, StandbyState::kDisconnected);
  EXPECT_EQ(After(1).orphan, true);
  Stands(11 * kSegment);
  EXPECT_EQ(After(2).state, StandbyState::kArchiveRecovery);
}

TEST_F(Restoring, AnIdlePrimaryHasNothingForItsArchive) {
  Says({.in_recovery = true, .has_restore_command = true, .asked_to_stream = false});
  world_.IsPrimary(0, 11 * kSegment - 1);
  EXPECT_EQ(After(120).state, StandbyState::kArchiveRecovery);
}

TEST_F(Restoring, WhatHoldsReplayUpIsNotTheArchive) {
  world_.IsPrimary(0, 20 * kSegment);
  Says({.in_recovery = true, .replay_paused = true, .asked_to_stream = false});
  EXPECT_EQ(After(60).state, StandbyState::kPaused);
  EXPECT_EQ(After(1).orphan, false);
  Says({.in_recovery = true, .apply_delay = 3600, .asked_to_stream = false});
  EXPECT_EQ(After(60).state, StandbyState::kArchiveRecovery);
  Says({.in_recovery = true, .asked_to_stream = false});
  Waits(true);
  EXPECT_EQ(After(60).state, StandbyState::kArchiveRecovery);
  Waits(false);
  EXPECT_EQ(After(60).state, StandbyState::kDisconnected);
}

TEST_F(Restoring, WhatIsReplayedIsCountedAndAServerMadeAnewIsNoReplay) {
  EXPECT_EQ(After(1).replayed_bytes, 0);
  Stands(10 * kSegment + 500);
  EXPECT_EQ(After(2).replayed_bytes, 500);
  world_.IsDown(1);
  EXPECT_EQ(After(1).replayed_bytes, std::nullopt);
  Stands(11 * kSegment);
  EXPECT_EQ(After(1).replayed_bytes, 500);
  Stands(11 * kSegment + 7);
  EXPECT_EQ(After(1).replayed_bytes, 507);
}

}  // namespace
}  // namespace pgfleet::analysis
