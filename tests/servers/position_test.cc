// Pulse, identity and recovery: what a node says of itself, against the server's own functions.
#include <gmock/gmock.h>

#include <chrono>

#include "servers/world.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

using model::Lsn;

class Position : public testing::TestWithParam<int> {
 protected:
  Cluster& pair() const { return SharedPair(GetParam()); }
  PostgresServer& primary() const { return pair().primary(); }
  PostgresServer& standby() const { return pair().standby(); }
};
INSTANTIATE_TEST_SUITE_P(Server, Position, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

Lsn LsnOf(const PostgresServer& server, const std::string& expression) {
  return Lsn::Parse(server.Value("SELECT " + expression)).value();
}

double NumberOf(const PostgresServer& server, const std::string& expression) {
  return std::stod(server.Value("SELECT " + expression));
}

TEST_P(Position, ThePulseOfAPrimaryLiesBetweenTwoOwnReadings) {
  const Lsn before = LsnOf(primary(), "pg_current_wal_flush_lsn()");
  const double clock_before = NumberOf(primary(), "extract(epoch from clock_timestamp())");
  const auto pulse = FactsOf("pulse", primary()).pulse;
  const Lsn after = LsnOf(primary(), "pg_current_wal_flush_lsn()");
  const double clock_after = NumberOf(primary(), "extract(epoch from clock_timestamp())");
  EXPECT_FALSE(pulse->in_recovery);
  ASSERT_TRUE(pulse->wal_lsn);
  EXPECT_LE(before, *pulse->wal_lsn);
  EXPECT_LE(*pulse->wal_lsn, after);
  EXPECT_GE(pulse->server_clock, clock_before - 1e-5);
  EXPECT_LE(pulse->server_clock, clock_after + 1e-5);
  EXPECT_FALSE(pulse->receive_lsn);
  EXPECT_FALSE(pulse->replay_lsn);
}

TEST_P(Position, ThePulseOfAStandbyTellsWhereItReceivesAndReplays) {
  const Lsn written = LsnOf(primary(), "pg_current_wal_flush_lsn()");
  pair().WaitUntilCaughtUp();
  const auto pulse = FactsOf("pulse", standby()).pulse;
  EXPECT_TRUE(pulse->in_recovery);
  EXPECT_FALSE(pulse->wal_lsn);
  ASSERT_TRUE(pulse->receive_lsn && pulse->replay_lsn);
  EXPECT_GE(*pulse->replay_lsn, written);
  EXPECT_GE(*pulse->receive_lsn, *pulse->replay_lsn);
  EXPECT_LE(*pulse->replay_lsn, LsnOf(standby(), "pg_last_wal_replay_lsn()"));
  ASSERT_TRUE(pulse->last_replayed_transaction);
  EXPECT_NEAR(*pulse->last_replayed_transaction,
              NumberOf(standby(), "extract(epoch from pg_last_xact_replay_timestamp())"), 60);
}

TEST_P(Position, BothNodesTellOneSystemIdentifierAndTimeline) {
  const std::string identifier =
      primary().Value("SELECT system_identifier FROM pg_control_system()");
  for (const PostgresServer* server : {&primary(), &standby()}) {
    const auto pulse = FactsOf("pulse", *server).pulse;
    EXPECT_EQ(pulse->system_identifier, identifier);
    EXPECT_EQ(pulse->timeline, 1);
  }
}

TEST_P(Position, TheTimelineFollowsAPromotionAtOnce) {
  Cluster cluster(GetParam(), Pair());
  cluster.standby().Promote();
  const auto pulse = FactsOf("pulse", cluster.standby()).pulse;
  EXPECT_FALSE(pulse->in_recovery);
  EXPECT_EQ(pulse->timeline, 2);
}

TEST_P(Position, TheIdentityIsWhatTheServerShows) {
  const auto identity = FactsOf("identity", standby()).identity;
  EXPECT_EQ(std::to_string(identity->version_number), standby().Value("SHOW server_version_num"));
  EXPECT_EQ(identity->version, standby().Value("SHOW server_version"));
  EXPECT_NEAR(identity->started,
              NumberOf(standby(), "extract(epoch from pg_postmaster_start_time())"), 1e-3);
  EXPECT_NEAR(identity->config_loaded,
              NumberOf(standby(), "extract(epoch from pg_conf_load_time())"), 1e-3);
  EXPECT_EQ(FactsOf("read_only", standby()).read_only->by_default, false)
      << "the exporter's own SET must not be seen";
}

TEST_P(Position, AFencedPrimaryShowsAsReadOnly) {
  Cluster cluster(GetParam(), {.primary_conf = {"default_transaction_read_only = on"}});
  EXPECT_EQ(FactsOf("read_only", cluster.primary()).read_only->by_default, true);
}

TEST_P(Position, APausedReplayIsTold) {
  EXPECT_EQ(FactsOf("recovery", standby()).recovery->replay_paused, false);
  standby().Execute("SELECT pg_wal_replay_pause()");
  if (GetParam() >= 14) {
    ASSERT_TRUE(WaitUntil(
        [this] { return standby().Value("SELECT pg_get_wal_replay_pause_state()") == "paused"; }));
  }
  const auto paused = FactsOf("recovery", standby()).recovery;
  standby().Execute("SELECT pg_wal_replay_resume()");
  EXPECT_EQ(paused->replay_paused, true);
  EXPECT_TRUE(paused->in_recovery);
  ASSERT_TRUE(paused->receive && paused->replay);
  EXPECT_GE(*paused->receive, *paused->replay);
}

TEST_P(Position, APrimaryHasNoReplay) {
  const auto recovery = FactsOf("recovery", primary()).recovery;
  EXPECT_FALSE(recovery->in_recovery);
  EXPECT_FALSE(recovery->replay_paused.has_value());
  EXPECT_FALSE(recovery->replay.has_value());
}

TEST_P(Position, TheApplyDelayIsToldWhereItIsASetting) {
  if (GetParam() >= 12)
    EXPECT_EQ(
        FactsOf("recovery", standby()).recovery->apply_delay,
        NumberOf(standby(),
                 "extract(epoch from current_setting('recovery_min_apply_delay')::interval)"));
  else
    EXPECT_FALSE(FactsOf("recovery", standby()).recovery->apply_delay.has_value());
}

}  // namespace
}  // namespace pgfleet::test
