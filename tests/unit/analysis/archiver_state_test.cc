#include "analysis/archiver_state.h"

#include <gtest/gtest.h>

#include <functional>

#include "cluster_builder.h"

namespace pgfleet::analysis {
namespace {

using namespace std::chrono_literals;
using model::ArchiverFacts;
using model::ArchiverState;
using model::Lsn;

constexpr std::int64_t kSegment = 1 << 20;
constexpr Lsn At(std::int64_t segments, std::int64_t bytes = 0) {
  return {static_cast<std::uint64_t>(segments * kSegment + bytes)};
}

// One archiver that is asked again and again.
class Asked {
 public:
  ArchiverFacts& facts() { return facts_; }
  ArchiverSurroundings& surroundings() { return surroundings_; }
  ArchiverMemory& memory() { return memory_; }

  model::ArchiverFinding Tick(std::chrono::seconds later = 10s) {
    surroundings_.now += later;
    TakeIn(std::make_shared<const ArchiverFacts>(facts_), surroundings_, memory_);
    return Judge(facts_, surroundings_, memory_);
  }

 private:
  ArchiverFacts facts_{.mode = "on",
                       .configured = true,
                       .archived = 2,
                       .last_archived = 900,
                       .last_failed = {},
                       .last_archived_wal = "000000010000000000000002",
                       .segment_bytes = kSegment,
                       .wal_lsn = At(3, 96),
                       .recovered_to = {},
                       .timeout = 0,
                       .processes = 1};
  ArchiverSurroundings surroundings_{.timeline = 1, .branched = {}, .ready = {}, .now = {}};
  ArchiverMemory memory_;
};

TEST(ArchiverState, FollowsFromWhatTheServerSays) {
  const auto state = [](const std::function<void(ArchiverFacts&)>& change) {
    Asked asked;
    change(asked.facts());
    return asked.Tick().state;
  };
  EXPECT_EQ(state([](auto&) {}), ArchiverState::kIdle);
  EXPECT_EQ(state([](auto& f) { f.mode = "off"; }), ArchiverState::kDisabled);
  EXPECT_EQ(state([](auto& f) { f.in_recovery = true; }), ArchiverState::kNotApplicable);
  EXPECT_EQ(state([](auto& f) { f.configured = false; }), ArchiverState::kUnconfigured);
  EXPECT_EQ(state([](auto& f) { f.wal_lsn = At(4); }), ArchiverState::kOk);
  EXPECT_EQ(state([](auto& f) { f.last_failed = 901; }), ArchiverState::kFailing);
  EXPECT_EQ(state([](auto& f) { f.last_failed = 899; }), ArchiverState::kIdle);
}

TEST(ArchiverState, ABacklogOnWhichNothingMovesForAMinuteIsAHungCommand) {
  Asked asked;
  asked.Tick();
  asked.facts().wal_lsn = At(5);
  EXPECT_EQ(asked.Tick().state, ArchiverState::kOk);
  EXPECT_EQ(asked.Tick(50s).state, ArchiverState::kOk);
  EXPECT_EQ(asked.Tick().state, ArchiverState::kStalled);
  EXPECT_EQ(asked.Tick().backlog, 2);
  asked.facts().archived = 3;  // slow, but it works
  asked.facts().last_archived_wal = "000000010000000000000003";
  EXPECT_EQ(asked.Tick().state, ArchiverState::kOk);
}

TEST(ArchiverState, AnIdleHourRaisesNothing) {
  Asked asked;
  for (int second = 0; second < 3600; second += 10) {
    const auto finding = asked.Tick();
    ASSERT_EQ(finding.state, ArchiverState::kIdle);
    ASSERT_EQ(finding.backlog, 0);
  }
}

TEST(ArchiverState, IsDeadAfterTwoLooksAndAliveAfterTwo) {
  Asked asked;
  asked.facts().processes = 0;
  EXPECT_EQ(asked.Tick().state, ArchiverState::kIdle) << "it may have just been started anew";
  EXPECT_EQ(asked.Tick().state, ArchiverState::kDead);
  asked.facts().processes = 1;
  EXPECT_EQ(asked.Tick().state, ArchiverState::kDead) << "one that dies at every start";
  EXPECT_EQ(asked.Tick().state, ArchiverState::kIdle);
  asked.facts().processes.reset();
  EXPECT_EQ(asked.Tick().state, ArchiverState::kIdle) << "hidden is not absent";
}

TEST(ArchiverState, TheSameAnswerCountsOnce) {
  Asked asked;
  asked.facts().processes = 0;
  const auto answer = std::make_shared<const ArchiverFacts>(asked.facts());
  for (int look = 0; look < 5; ++look) TakeIn(answer, asked.surroundings(), asked.memory());
  EXPECT_FALSE(asked.memory().dead);
}

TEST(ArchiverState, ACrashThatWipesTheStatisticsWipesNoMemory) {
  Asked asked;
  asked.Tick();
  asked.facts().archived = 0;
  asked.facts().last_archived.reset();
  asked.facts().last_archived_wal = "";
  asked.facts().wal_lsn = At(5);
  const auto finding = asked.Tick();
  EXPECT_EQ(finding.state, ArchiverState::kOk) << "and not never";
  EXPECT_EQ(finding.last_archived, 900);
  EXPECT_EQ(finding.archived_end, At(3));
  EXPECT_EQ(finding.backlog, 2);
}

TEST(ArchiverState, NeverIsSaidOnlyOfSegmentsThatWait) {
  Asked asked;
  asked.facts().archived = 0;
  asked.facts().last_archived.reset();
  asked.facts().last_archived_wal = "";
  EXPECT_FALSE(asked.Tick().state) << "nobody knows what waits";
  asked.surroundings().ready = 0;
  EXPECT_EQ(asked.Tick().state, ArchiverState::kIdle);
  asked.surroundings().ready = 3;
  EXPECT_EQ(asked.Tick().state, ArchiverState::kNever);
  EXPECT_FALSE(asked.Tick().archived_end);
  asked.surroundings().ready.reset();
  asked.facts().wal_lsn = At(6);  // by what has come since the first look
  EXPECT_EQ(asked.Tick().backlog, 3);
}

TEST(ArchiverState, APromotedNodeBeginsWithTheSegmentOfItsPromotion) {
  Asked asked;
  asked.surroundings().timeline = 2;
  asked.surroundings().branched = At(9, 1000);
  asked.facts().wal_lsn = At(11, 5);
  asked.facts().last_archived_wal = "000000010000000000000002";  // of an earlier life
  EXPECT_EQ(asked.Tick().backlog, 2);
  EXPECT_EQ(asked.Tick().archived_end, At(9));
  asked.facts().last_archived_wal = "00000002.history";
  EXPECT_EQ(asked.Tick().backlog, 2);
  asked.facts().last_archived_wal = "00000002000000000000000A";
  EXPECT_EQ(asked.Tick().backlog, 0);
}

TEST(ArchiverState, WithAlwaysAStandbyHasABacklogOfItsOwn) {
  Asked asked;
  asked.facts().mode = "always";
  asked.facts().in_recovery = true;
  asked.facts().wal_lsn = At(7, 500);
  EXPECT_EQ(asked.Tick().backlog, 4);
  EXPECT_EQ(asked.Tick().state, ArchiverState::kOk);
}

// --- what a failover leaves out ---

std::shared_ptr<ArchiverFacts> ArchivedUpTo(const std::string& file, Lsn wal) {
  Asked asked;
  auto facts = std::make_shared<ArchiverFacts>(asked.facts());
  facts->last_archived_wal = file;
  facts->wal_lsn = wal;
  return facts;
}

// pg1 leads and has archived three segments; pg2 follows it.
class GapWorld {
 public:
  World& world() { return world_; }
  const model::ClusterSnapshot& Tick() { return world_.Tick(); }
  std::int64_t Segments() { return Tick().findings.archive_gap.value().segments; }

  void Answers(std::size_t i, std::shared_ptr<const ArchiverFacts> facts) {
    world_.node(i).facts.archiver = std::move(facts);
    WasAsked(i, "archiver");
  }
  // That the collector has just succeeded.
  void WasAsked(std::size_t i, std::string_view collector) {
    const auto catalog = collectors::Catalog();
    const auto at = std::ranges::find(catalog, collector, &collectors::Collector::name);
    auto& status = world_.node(i).collectors.at(static_cast<std::size_t>(at - catalog.begin()));
    status.attempted = status.success = true;
    status.last_success = model::Moment{.monotonic = world_.now(), .wall = {}};
  }
  void Begins(Lsn wal = At(7, 50)) { Begins(ArchivedUpTo(kThree, wal), wal); }
  void Begins(std::shared_ptr<const ArchiverFacts> facts, Lsn wal = At(7, 50)) {
    world_.IsPrimary(0, wal.value);
    world_.IsStandby(1, wal.value);
    Answers(0, std::move(facts));
    Tick();
  }
  void TakesOver(std::shared_ptr<const ArchiverFacts> facts = ArchivedUpTo("", At(7, 300))) {
    world_.IsDown(0);
    world_.IsPrimary(1, facts->wal_lsn->value, 2);
    Answers(1, std::move(facts));
  }

  static constexpr auto kThree = "000000010000000000000003";

 private:
  World world_{{"pg1", "pg2"}};
};

TEST(ArchiveGap, IsWhatNobodyHasArchivedBelowTheFork) {
  GapWorld gap;
  gap.Begins();
  EXPECT_FALSE(gap.Tick().findings.archive_gap);
  gap.world().IsDown(0);
  gap.Tick();
  gap.TakesOver();
  EXPECT_EQ(gap.Segments(), 3) << "4, 5 and 6; 7 goes on in the new one";
  EXPECT_EQ(gap.Tick().findings.archive_gap->bytes, 3.0 * kSegment);
}

// The first that a new primary archives, and for a while the last.
TEST(ArchiveGap, IsNotClosedByThePieceThatTheNewPrimaryStores) {
  GapWorld gap;
  gap.Begins();
  gap.TakesOver(ArchivedUpTo("000000010000000000000007.partial", At(7, 300)));
  EXPECT_EQ(gap.Segments(), 3);
  EXPECT_EQ(gap.Segments(), 3);
}

TEST(ArchiveGap, EndsWhereTheOldPrimaryShowsThatItArchivedMore) {
  GapWorld gap;
  gap.Begins();
  gap.TakesOver();
  EXPECT_EQ(gap.Segments(), 3);
  gap.world().IsStandby(0, At(7, 300).value, true, 2);
  auto stale = ArchivedUpTo("000000010000000000000006", At(7, 300));
  stale->in_recovery = true;
  gap.Answers(0, stale);
  EXPECT_EQ(gap.Segments(), 0);
}

// Seen once a second, the standby was last seen one segment before the end.
TEST(ArchiveGap, CountsExactlyWhereTheNewPrimaryKnowsItsFork) {
  GapWorld gap;
  gap.Begins(At(6, 50));
  auto facts = ArchivedUpTo("", At(8, 300));
  facts->recovered_to = At(8, 100);
  gap.TakesOver(facts);
  EXPECT_EQ(gap.Segments(), 4);
  EXPECT_EQ(gap.world().memory().fork->least, At(8, 100));
  EXPECT_EQ(gap.world().memory().fork->most, At(8, 100));
}

// PostgreSQL before 15 forgets what it archived when it comes back as a standby.
TEST(ArchiveGap, AnOrderlyShutdownArchivesWhatIsLeft) {
  GapWorld gap;
  gap.Begins();
  gap.world().IsDown(0);
  gap.world().node(0).dismissed = true;
  gap.Tick();
  gap.TakesOver();
  EXPECT_EQ(gap.Segments(), 0);
}

TEST(ArchiveGap, AnOrderlyShutdownOfOneThatFailedArchivesNothing) {
  GapWorld gap;
  auto failing = ArchivedUpTo(GapWorld::kThree, At(7, 50));
  failing->last_failed = 901;
  gap.Begins(failing);
  gap.world().node(0).dismissed = true;
  gap.TakesOver();
  EXPECT_EQ(gap.Segments(), 3);
}

TEST(ArchiveGap, ThereIsNoneWithAlways) {
  GapWorld gap;
  gap.Begins();
  auto facts = ArchivedUpTo("000000010000000000000004", At(7, 300));
  facts->mode = "always";
  gap.TakesOver(facts);
  EXPECT_EQ(gap.Segments(), 0);
}

// --- what would be lost if only the archive were left ---

TEST(ArchiveLoss, IsNoneOnlyWhileThePrimaryAnswers) {
  GapWorld gap;
  World& world = gap.world();
  world.IsPrimary(0, At(4).value);
  gap.Answers(0, ArchivedUpTo("000000010000000000000003", At(4)));
  world.Tick();
  EXPECT_EQ(world.Tick().findings.archive_rpo_seconds, 0);
  EXPECT_EQ(world.cluster().findings.archive_rpo_bytes, 0);
  world.IsDown(0);
  EXPECT_FALSE(world.Tick().findings.archive_rpo_seconds) << "who knows what it commits";
  EXPECT_FALSE(world.cluster().findings.archive_rpo_bytes);
}

// A commit in the same moment as a switch of segments: before it, or after it and not archived.
class ADoubtfulSwitch : public testing::Test {
 protected:
  // A server that has been up for so long, and that nothing is committed on for a minute.
  std::optional<double> Told(int version, double uptime) {
    auto facts = ArchivedUpTo(GapWorld::kThree, At(4, 200));
    facts->timeout = 5;
    auto& world = gap_.world();
    auto& pulse = world.Says(0);
    pulse.activity = 1;
    world.IsPrimary(0, At(3, 100).value);
    gap_.Answers(0, facts);
    gap_.Tick();
    pulse.activity = 2;
    world.IsPrimary(0, At(4, 200).value);
    auto settings = std::make_shared<model::SettingsFacts>();
    settings->all = {{.name = "checkpoint_timeout",
                      .value = model::ServerSetting::Value::kNumber,
                      .number = 300}};
    for (int second = 0; second < 60; ++second) {
      pulse.server_clock = 10000 + second;
      world.node(0).facts.settings = settings;
      world.node(0).facts.identity = std::make_shared<const model::IdentityFacts>(
          model::IdentityFacts{.version_number = version, .started = 10059 - uptime});
      for (const auto* collector : {"archiver", "identity", "settings"})
        gap_.WasAsked(0, collector);
      gap_.Tick();
    }
    return world.cluster().findings.archive_rpo_seconds;
  }

 private:
  GapWorld gap_;
};

TEST_F(ADoubtfulSwitch, IsCertainWhereArchiveTimeoutWouldHaveSwitchedAgain) {
  EXPECT_EQ(Told(140000, 60), 0);
}
TEST_F(ADoubtfulSwitch, IsDoubtfulWhileTheProcessThatSwitchesMaySleep) {
  EXPECT_EQ(Told(180000, 60), std::nullopt);
}
TEST_F(ADoubtfulSwitch, IsCertainOnceThatProcessMustHaveWoken) { EXPECT_EQ(Told(180000, 400), 0); }

}  // namespace
}  // namespace pgfleet::analysis
