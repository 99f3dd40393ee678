#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// instances, replicas, name, writer, lag in ms, replay latency in us
const Row kWriter = {"3", "2", "inst-1", "t", kNull, kNull};
const Row kNear = {"3", "2", "inst-2", "f", "20", "8750"};
const Row kFar = {"3", "2", "inst-3", "f", "1500.5", "2000000"};

std::string PageOf(std::initializer_list<Row> rows) {
  OneNode one;
  MustDecode(kAurora, Answer(kAurora, rows), one.facts());
  return one.Page(kAurora);
}

TEST(Aurora, EachReaderHasItsLagInSeconds) {
  EXPECT_EQ(PageOf({kWriter, kNear, kFar}),
            "pgfleet_series_dropped{kind=\"aurora_instance\"} 0\n"
            "pgfleet_aurora_replica_lag_seconds{server=\"inst-2\"} 0.02\n"
            "pgfleet_aurora_replica_lag_seconds{server=\"inst-3\"} 1.5005\n"
            "pgfleet_aurora_replica_replay_latency_seconds{server=\"inst-2\"} 0.00875\n"
            "pgfleet_aurora_replica_replay_latency_seconds{server=\"inst-3\"} 2\n"
            "pgfleet_aurora_replicas 2\n");
}

// Some versions say 0 of the writer, which would look like a reader without lag.
TEST(Aurora, TheWriterHasNoLagWhateverItSays) {
  const std::string page = PageOf({{"1", "0", "inst-1", "t", "0", "0"}});
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("inst-1")));
  EXPECT_THAT(page, testing::HasSubstr("pgfleet_aurora_replicas 0\n"));
}

TEST(Aurora, AReaderThatDoesNotSayItsLagHasNone) {
  const std::string page = PageOf({{"1", "1", "inst-2", "f", kNull, kNull}});
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("inst-2")));
  EXPECT_THAT(page, testing::HasSubstr("pgfleet_aurora_replicas 1\n"));
}

TEST(Aurora, WhatTheCapCutsIsCounted) {
  EXPECT_THAT(PageOf({{"203", "202", "inst-2", "f", "20", "1"}}),
              testing::HasSubstr("pgfleet_series_dropped{kind=\"aurora_instance\"} 202\n"));
}

TEST(Aurora, ALagThatIsNoNumberIsRefused) {
  EXPECT_EQ(Refusal(kAurora, Answer(kAurora, {{"1", "1", "inst-2", "f", "soon", "1"}})),
            model::FailureReason::kBadValue);
}

model::NodeFacts WithPulse(const model::PulseFacts& pulse) {
  model::NodeFacts facts;
  facts.pulse = std::make_shared<model::PulseFacts>(pulse);
  return facts;
}

TEST(Aurora, OnlyAServerThatHidesItsWalIsAsked) {
  EXPECT_FALSE(kAurora.exists_on({})) << "nothing is known yet";
  EXPECT_TRUE(kAurora.exists_on(WithPulse({.in_recovery = false, .server_clock = 1})));
  EXPECT_TRUE(kAurora.exists_on(WithPulse({.in_recovery = true, .server_clock = 1})));
  EXPECT_FALSE(kAurora.exists_on(WithPulse({.system_identifier = "7", .server_clock = 1})));
  EXPECT_FALSE(kAurora.exists_on(WithPulse({.wal_lsn = model::Lsn{1}, .server_clock = 1})));
}

}  // namespace
}  // namespace pgfleet::collectors
