// What the other tests of this folder rely on.
#include <gmock/gmock.h>

#include <algorithm>
#include <future>

#include "support/cluster.h"
#include "support/delay_proxy.h"
#include "truth/witness.h"

namespace pgfleet::test {
namespace {

constexpr int kMajor = 15;
constexpr Milliseconds kDelay{250};

std::string Through(const DelayProxy& proxy) {
  return "host=" + proxy.directory().string() + " port=5432 user=postgres dbname=postgres";
}

class ToolsProxy : public testing::Test {
 protected:
  Cluster cluster_{kMajor, Alone()};
};

TEST_F(ToolsProxy, HoldsEveryByteBackEachWayAndLimitsNothingElse) {
  const DelayProxy proxy(cluster_.primary().socket_directory(), kDelay);
  Connection session(Through(proxy));
  double shortest = 1000;
  for (int i = 0; i < 5; ++i) {
    const auto start = Clock::now();
    EXPECT_EQ(session.Value("SELECT 1"), "1");
    shortest = std::min(shortest, SecondsSince(start));
  }
  EXPECT_GE(shortest, 0.5);
  EXPECT_LE(shortest, 0.6);
  const auto start = Clock::now();
  EXPECT_EQ(session.Value("SELECT repeat('x', 20 << 20)").size(), 20U << 20);
  EXPECT_LE(SecondsSince(start), 5);
}

TEST_F(ToolsProxy, ThatIsCutPassesNothingUntilItIsHealed) {
  DelayProxy proxy(cluster_.primary().socket_directory());
  Connection session(Through(proxy));
  proxy.Cut();
  std::future<std::string> answer =
      std::async(std::launch::async, [&] { return session.Value("SELECT 1"); });
  EXPECT_EQ(answer.wait_for(Milliseconds(500)), std::future_status::timeout);
  proxy.Heal();
  EXPECT_EQ(answer.get(), "1");
}

TEST_F(ToolsProxy, ThatRefusesEndsSessionsAndTakesNoneUntilItIsHealed) {
  DelayProxy proxy(cluster_.primary().socket_directory());
  Connection session(Through(proxy));
  proxy.Refuse();
  EXPECT_FALSE(session.Query("SELECT 1").ok());
  EXPECT_FALSE(Accepts(Through(proxy)));
  proxy.Heal();
  EXPECT_TRUE(Accepts(Through(proxy)));
}

TEST(ToolsWitness, KnowsTheAgeThatTheRowsThemselvesTell) {
  Cluster cluster(kMajor);
  RowWriter writer(cluster.primary());
  cluster.WaitUntilCaughtUp();
  Witness witness(writer, cluster.standby(), &cluster.primary());
  witness.WaitUntilCaughtUp();
  cluster.standby().Execute("SELECT pg_wal_replay_pause()");
  witness.WaitUntilBehind(2);
  const std::string shown = cluster.standby().Value("SELECT coalesce(max(n), 0) FROM written");
  const Interval before = witness.Truth();
  const double by_rows = std::stod(
      cluster.primary().Value("SELECT extract(epoch FROM clock_timestamp() - committed_at)"
                              " FROM written WHERE n = " +
                              shown + " + 1"));
  const Interval after = witness.Truth();
  EXPECT_GE(by_rows, before.low);
  EXPECT_LE(by_rows, after.high + 0.1) << "it is inserted a little before it is committed";
  EXPECT_LE(before.high - before.low, 0.1);
  writer.Pause();
  cluster.standby().Execute("SELECT pg_wal_replay_resume()");
  witness.WaitUntilCaughtUp();
  EXPECT_EQ(cluster.standby().Value("SELECT max(n) FROM written"),
            cluster.primary().Value("SELECT max(n) FROM written"));
  EXPECT_EQ(witness.Truth().high, 0);
}

}  // namespace
}  // namespace pgfleet::test
