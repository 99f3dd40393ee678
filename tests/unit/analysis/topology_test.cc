#include <gtest/gtest.h>

#include "analysis/lag.h"
#include "cluster_builder.h"

namespace pgfleet::analysis {
namespace {

using model::PrimaryState;
using model::StandbyState;

TEST(Topology, ElectsTheOnlyPrimary) {
  World world({"pg1", "pg2"});
  world.IsPrimary(0, 1000);
  world.IsStandby(1, 1000);
  const auto& cluster = world.Tick();
  EXPECT_EQ(cluster.findings.primary, 0U);
  EXPECT_EQ(cluster.findings.primary_state, PrimaryState::kOne);
  EXPECT_TRUE(cluster.analysis[1].expected);
  EXPECT_TRUE(cluster.analysis[1].connected);
  EXPECT_EQ(cluster.analysis[1].state, StandbyState::kCaughtUp);
  EXPECT_FALSE(cluster.findings.split_brain);
}

TEST(Topology, TwoPrimariesAreASplitBrainAtTheSecondPulse) {
  World world({"pg1", "pg2"});
  world.IsPrimary(0, 1000);
  world.IsStandby(1, 1000);
  world.Tick();
  world.IsPrimary(1, 1100, 2);
  EXPECT_FALSE(world.Tick().findings.split_brain);
  const auto& cluster = world.Tick();
  EXPECT_TRUE(cluster.findings.split_brain);
  EXPECT_EQ(cluster.findings.primary_state, PrimaryState::kSeveral);
  EXPECT_EQ(cluster.findings.primary, 1U);
  EXPECT_EQ(cluster.analysis[0].diverged, true);
  world.IsDown(0);
  EXPECT_FALSE(world.Tick().findings.split_brain);
}

// The new primary has answered, the old one is still known from its last pulse.
TEST(Topology, ASwitchoverIsNoSplitBrain) {
  World world({"pg1", "pg2"});
  world.IsPrimary(0, 1000);
  world.IsStandby(1, 1000);
  world.Tick();
  world.IsPrimary(1, 1100, 2);
  world.Ask(1);
  for (int look = 0; look < 5; ++look) EXPECT_FALSE(world.Look().findings.split_brain);
  world.IsDown(0);
  const auto& cluster = world.Tick();
  EXPECT_FALSE(cluster.findings.split_brain);
  EXPECT_EQ(cluster.findings.failovers, 1);
  EXPECT_EQ(cluster.findings.last_failover->from, "pg1");
  EXPECT_EQ(cluster.findings.last_failover->to, "pg2");
  EXPECT_EQ(cluster.findings.last_failover->lost_bytes, 0);
}

TEST(Topology, AFailoverLosesWhatTheNewPrimaryHadNotReceived) {
  World world({"pg1", "pg2"});
  world.IsPrimary(0, 5000);
  world.IsStandby(1, 3000, false);
  world.Tick();
  world.IsDown(0);
  world.Tick();
  world.IsPrimary(1, 3100, 2);
  EXPECT_EQ(world.Tick().findings.last_failover->lost_bytes, 2000);
}

TEST(Topology, APrimaryThatOnlyWeCannotReachIsNotNone) {
  World world({"pg1", "pg2"});
  world.IsDown(0);
  world.IsStandby(1, 1000, true);
  EXPECT_EQ(world.Tick().findings.primary_state, PrimaryState::kUnreachable);
  world.IsStandby(1, 1000, false);
  EXPECT_EQ(world.Tick().findings.primary_state, PrimaryState::kNone);
  world.IsDown(1);
  EXPECT_EQ(world.Tick().findings.primary_state, PrimaryState::kUnknown);
}

TEST(Topology, NothingIsSaidOfThePrimaryBeforeEveryNodeWasTried) {
  World world({"pg1", "pg2"});
  world.IsStandby(1, 1000, false);
  EXPECT_EQ(world.Tick().findings.primary_state, PrimaryState::kUnknown);
}

TEST(Topology, AnotherSystemIsForeignAndLeadsNothing) {
  World world({"pg1", "pg2", "pg3"});
  world.IsPrimary(0, 1000);
  world.IsStandby(1, 1000);
  world.IsPrimary(2, 9000, 7);
  world.Says(2).system_identifier = "2";
  world.Tick();
  const auto& cluster = world.Tick();
  EXPECT_EQ(cluster.analysis[2].foreign, true);
  EXPECT_EQ(cluster.analysis[0].foreign, false);
  EXPECT_EQ(cluster.findings.primary, 0U);
  EXPECT_FALSE(cluster.findings.split_brain);
}

TEST(Topology, AnOldPrimaryBeyondTheForkHasDiverged) {
  World world({"pg1", "pg2"});
  world.IsPrimary(0, 5000);
  world.IsStandby(1, 3000, false);
  world.Tick();
  world.IsDown(0);
  world.IsPrimary(1, 3100, 2);
  world.Tick();
  world.IsStandby(0, 5000, false, 1);
  EXPECT_EQ(world.Tick().analysis[0].diverged, true);
  world.IsStandby(0, 3100, true, 2);
  EXPECT_EQ(world.Tick().analysis[0].diverged, false);
}

TEST(Topology, AStandbyThatHasNotGonePastTheForkHasNotDiverged) {
  World world({"pg1", "pg2", "pg3"});
  world.IsPrimary(0, 5000);
  world.IsStandby(1, 4000);
  world.IsStandby(2, 3000);
  world.Tick();
  world.IsDown(0);
  world.IsPrimary(1, 4100, 2);
  world.IsStandby(2, 3000, false);
  const auto& cluster = world.Tick();
  EXPECT_EQ(cluster.analysis[2].diverged, false);
  ASSERT_TRUE(cluster.analysis[2].lag.seconds);
}

// The replaced primary still runs, and the new one misses a pulse: that is no failover back.
TEST(Topology, APrimaryThatIsSilentForAMomentStaysThePrimary) {
  World world({"pg1", "pg2"});
  world.IsPrimary(0, 5000);
  world.IsStandby(1, 5000);
  world.Tick();
  world.IsPrimary(1, 5100, 2);
  world.Tick();
  world.IsDown(1);
  EXPECT_FALSE(world.Tick().findings.primary);
  world.IsPrimary(1, 5200, 2);
  const auto& cluster = world.Tick();
  EXPECT_EQ(cluster.findings.primary, 1U);
  EXPECT_EQ(cluster.findings.failovers, 1);
}

TEST(Topology, WhoHasDivergedStaysSoWhenTheTimelineChangesAgain) {
  World world({"pg1", "pg2", "pg3"});
  world.IsPrimary(0, 5000);
  world.IsStandby(1, 3000);
  world.IsStandby(2, 3000);
  world.Tick();
  world.IsStandby(0, 5000, false);
  world.IsPrimary(1, 3100, 2);
  world.IsStandby(2, 3100, true, 2);
  EXPECT_EQ(world.Tick().analysis[0].diverged, true);
  world.IsStandby(2, 9000, true, 2);
  world.Says(1).wal_lsn = model::Lsn{9000};
  world.Tick();
  world.IsDown(1);
  world.IsPrimary(2, 9100, 3);
  EXPECT_EQ(world.Tick().analysis[0].diverged, true);
  EXPECT_FALSE(world.cluster().analysis[0].lag.seconds);
}

TEST(Topology, APrimaryThatWentThroughARecoveryUnseenKeepsItsClock) {
  World world({"pg1", "pg2"});
  world.IsPrimary(0, 1000);
  world.IsStandby(1, 1000, false);
  world.Tick();
  world.Says(0).wal_lsn = model::Lsn{2000};
  for (int second = 0; second < 10; ++second) world.Tick();
  world.IsPrimary(0, 2100, 2);
  EXPECT_NEAR(*world.Tick().analysis[1].lag.seconds, 10, 1.1);
}

// A platform that shows nobody its WAL.
TEST(Topology, AStandbyThatShowsNoWalIsNotCalledBroken) {
  World world({"pg1", "pg2"});
  world.IsPrimary(0, 1000);
  world.IsStandby(1, 1000, false);
  world.Says(1).receive_lsn.reset();
  world.Says(1).replay_lsn.reset();
  world.Tick();
  const auto& cluster = world.Tick();
  EXPECT_FALSE(cluster.analysis[1].orphan);
  EXPECT_FALSE(cluster.analysis[1].state);
  world.IsDown(0);
  EXPECT_EQ(world.Tick().findings.primary_state, PrimaryState::kUnknown);
}

TEST(Topology, AnUpgradedPrimaryIsNotForeignWhileTheOthersAreDown) {
  World world({"pg1", "pg2"});
  world.IsPrimary(0, 1000);
  world.IsStandby(1, 1000);
  world.Tick();
  world.IsDown(1);
  world.IsPrimary(0, 900);
  world.Says(0).system_identifier = "2";
  const auto& cluster = world.Tick();
  EXPECT_EQ(cluster.analysis[0].foreign, false);
  EXPECT_EQ(cluster.findings.primary, 0U);
}

TEST(Topology, AStandbyAheadOfItsPrimaryHasDiverged) {
  World world({"pg1", "pg2"});
  world.IsPrimary(0, 1000);
  world.IsStandby(1, 2000);
  world.Tick();
  EXPECT_EQ(world.Tick().analysis[1].diverged, true);
  EXPECT_FALSE(world.cluster().analysis[1].lag.seconds);
}

// The standby was asked a moment after its primary.
TEST(Topology, AStandbyThatIsAheadForOnePulseHasNotDiverged) {
  World world({"pg1", "pg2"});
  for (std::uint64_t lsn = 1000; lsn < 10'000; lsn += 1000) {
    world.IsPrimary(0, lsn);
    world.IsStandby(1, lsn + 500);
    const auto& cluster = world.Tick();
    EXPECT_EQ(cluster.analysis[1].diverged, false);
    EXPECT_EQ(cluster.analysis[1].lag.bytes, 0);
  }
}

TEST(Topology, CaughtUpHoldsOnlyWhileTheReferenceIsFresh) {
  World world({"pg1", "pg2"});
  world.IsPrimary(0, 1000);
  world.IsStandby(1, 1000);
  world.Tick();
  EXPECT_TRUE(IsKnown(world.cluster(), 1, world.now()));
  world.IsDown(0);
  for (int second = 0; second < 6; ++second) world.Tick();
  EXPECT_FALSE(IsKnown(world.cluster(), 1, world.now()));
  EXPECT_GT(world.cluster().analysis[1].counted.unknown, 0);
}

TEST(Topology, WhatAStandbyLacksItLacksAlsoWithoutItsPrimary) {
  World world({"pg1", "pg2"});
  world.IsPrimary(0, 1000);
  world.IsStandby(1, 1000, false);
  world.Tick();
  world.IsPrimary(0, 5000);
  world.Tick();
  world.IsDown(0);
  for (int second = 0; second < 10; ++second) world.Tick();
  EXPECT_TRUE(IsKnown(world.cluster(), 1, world.now()));
  EXPECT_NEAR(*world.cluster().analysis[1].lag.seconds, 11, 1.1);
}

// Records of the bgwriter, seconds after the last commit.
TEST(Topology, HousekeepingOfAnIdlePrimaryIsNoLag) {
  World world({"pg1", "pg2"});
  world.IsPrimary(0, 100'000);
  world.Says(0).activity = 7;
  world.IsStandby(1, 100'000, false);
  for (int second = 0; second < 3; ++second) world.Tick();
  world.Says(0).wal_lsn = model::Lsn{100'100};
  for (int second = 0; second < 10; ++second) world.Tick();
  EXPECT_EQ(world.cluster().analysis[1].lag.seconds, 0);
  EXPECT_EQ(world.cluster().analysis[1].lag.bytes, 100);
}

// synchronous_commit = off: the commit is seen before its WAL is on disk.
TEST(Topology, ACommitThatIsWrittenLateIsNoHousekeeping) {
  World world({"pg1", "pg2"});
  world.IsPrimary(0, 100'000);
  world.Says(0).activity = 7;
  world.IsStandby(1, 100'000, false);
  for (int second = 0; second < 5; ++second) world.Tick();
  world.Says(0).activity = 8;
  world.Tick();
  world.Says(0).wal_lsn = model::Lsn{100'100};
  for (int second = 0; second < 10; ++second) world.Tick();
  EXPECT_GT(world.cluster().analysis[1].lag.seconds, 8);
}

TEST(Topology, AStandbyClusterHasALeaderInRecovery) {
  World world({"pg1", "pg2"});
  world.cluster().declared.kind = model::ClusterKind::kStandbyCluster;
  world.node(0).declared.role = model::NodeRole::kPrimary;
  world.IsStandby(0, 1000);
  world.IsStandby(1, 900);
  world.Tick();
  const auto& cluster = world.Tick();
  EXPECT_EQ(cluster.findings.primary_state, PrimaryState::kOne);
  EXPECT_EQ(cluster.analysis[1].lag.bytes, 100);
  EXPECT_FALSE(cluster.analysis[0].expected);
}

TEST(Topology, TheBestSurvivingCopyDecidesWhatALossWouldCost) {
  World world({"pg1", "pg2", "pg3"});
  world.IsPrimary(0, 5000);
  world.IsStandby(1, 3000, false);
  world.IsStandby(2, 4500, false);
  world.Tick();
  EXPECT_EQ(world.Tick().findings.rpo_bytes, 500);
  world.IsDown(2);
  EXPECT_EQ(world.Tick().findings.rpo_bytes, 2000);
  world.IsDown(1);
  EXPECT_FALSE(world.Tick().findings.rpo_bytes);
}

TEST(Topology, SecondsOverTheObjectiveAreCounted) {
  World world({"pg1", "pg2"});
  world.cluster().declared.objectives.lag_seconds = 5;
  world.IsPrimary(0, 1000);
  world.IsStandby(1, 1000, false);
  world.Tick();
  world.IsPrimary(0, 2000);
  for (int second = 0; second < 20; ++second) world.Tick();
  const auto& counted = world.cluster().analysis[1].counted;
  EXPECT_NEAR(counted.observed, 20, 0.5);
  EXPECT_NEAR(counted.over_objective, 15, 1.5);
  EXPECT_EQ(counted.unknown, 0);
}

// pg1 feeds pg2, and pg2 pg3; both have less than pg1, as much as each other.
TEST(Topology, ACascadedStandbysParametersAreComparedWithThePrimarys) {
  World world({"pg1", "pg2", "pg3"});
  world.node(2).declared.upstream = "pg2";
  const auto all = [&](double primary) {
    for (std::size_t i = 0; i < 3; ++i) {
      auto settings = std::make_shared<model::SettingsFacts>();
      settings->all = {{.name = "max_connections",
                        .value = model::ServerSetting::Value::kNumber,
                        .number = i == 0 ? primary : 25}};
      world.node(i).facts.settings = settings;
      for (auto& collector : world.node(i).collectors)
        collector.last_success = model::Moment{world.now(), {}};
    }
  };
  const auto low = [&](std::size_t i) { return world.cluster().analysis[i].parameters_too_low; };
  world.IsPrimary(0, 1000);
  world.IsStandby(1, 1000);
  world.IsStandby(2, 1000);
  all(40);
  world.Tick();
  EXPECT_EQ(low(1), std::vector<std::string>{"max_connections"});
  EXPECT_EQ(low(2), std::vector<std::string>{"max_connections"});
  all(25);
  world.Tick();
  EXPECT_TRUE(low(1).empty() && low(2).empty());
}

}  // namespace
}  // namespace pgfleet::analysis
