#include "fleet/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "collectors/catalog.h"
#include "collectors/grants.h"
#include "support/cluster.h"
#include "support/majors.h"
#include "support/postgres_server.h"
#include "support/wait.h"

namespace pgfleet::test {
namespace {

using namespace std::chrono_literals;
using model::DownReason;
using testing::ElementsAre;

constexpr const char* kOurSessions =
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgfleet_exporter'";
constexpr const char* kOurPids =
    "SELECT string_agg(pid::text, ',' ORDER BY pid) FROM pg_stat_activity "
    "WHERE application_name = 'pgfleet_exporter'";

// All that it may know is known.
bool IsWell(const model::CollectorStatus& collector) {
  return collector.success || !collector.enabled || !collector.supported;
}

config::Lanes QuickLanes() { return {{{200ms, 1s, 5s}, {300ms, 1s, 5s}, {500ms, 2s, 5s}}}; }

config::NodeConfig NodeAt(const std::string& name, const PostgresServer& server) {
  return {name,
          {{"host", server.socket_directory()},
           {"port", std::to_string(PostgresServer::port())},
           {"user", "mon"},
           {"dbname", "postgres"}}};
}

config::NodeConfig NodeNowhere(const std::string& name) {
  return {name, {{"host", "/nowhere"}, {"user", "mon"}, {"dbname", "postgres"}}};
}

config::Config OneCluster(std::vector<config::NodeConfig> nodes) {
  return {.clusters = {{.name = "orders", .lanes = QuickLanes(), .nodes = std::move(nodes)}}};
}

bool Settled(const fleet::Fleet& fleet) {
  return WaitUntil([&] { return fleet.Ready() && fleet.Settled(); });
}

const model::NodeSnapshot& Node(const model::SnapshotPtr& cluster, std::size_t i) {
  return cluster->nodes.at(i);
}

class FleetTest : public testing::Test {
 protected:
  FleetTest() : server_(Majors().back(), {}) {
    server_.Start();
    server_.Execute(collectors::GrantsSql(server_.major(), "mon"));
  }
  model::SnapshotPtr Cluster() const { return fleet_.Snapshots().at(0); }
  bool Becomes(bool up, std::chrono::milliseconds patience) const {
    return WaitUntil([&] { return Node(Cluster(), 0).up == up; }, patience);
  }

  PostgresServer server_;
  fleet::Fleet fleet_;
};

TEST_F(FleetTest, KnowsEveryFactOfANodeThatItMayRead) {
  fleet_.Apply(OneCluster({NodeAt("pg1", server_)}));
  ASSERT_TRUE(Settled(fleet_));
  const auto cluster = Cluster();
  EXPECT_TRUE(Node(cluster, 0).up);
  for (std::size_t i = 0; i < collectors::Catalog().size(); ++i)
    EXPECT_TRUE(IsWell(Node(cluster, 0).collectors[i])) << collectors::Catalog()[i]->name;
}

using Polls = std::vector<model::TraceBook::Poll>;

Polls PollsOf(const model::NodeSnapshot& node, model::Lane lane) {
  Polls polls = node.trace->Polls();
  std::erase_if(polls, [&](const auto& poll) { return poll->lane != lane; });
  return polls;
}

std::vector<std::string_view> Names(const model::PollTrace& poll) {
  std::vector<std::string_view> names;
  for (const auto& step : poll.steps) names.push_back(step.name);
  return names;
}

TEST_F(FleetTest, TracesTheWayToTheServerAndEachStatement) {
  fleet_.Apply(OneCluster({NodeAt("pg1", server_)}));
  ASSERT_TRUE(Settled(fleet_));
  const Polls pulses = PollsOf(Node(Cluster(), 0), model::Lane::kPulse);
  const auto& first = *pulses.back();
  EXPECT_THAT(Names(first), ElementsAre("connect", "authenticate", "prepare_session", "pulse"));
  for (const auto& step : first.steps) {
    EXPECT_GT(step.duration, 0ns) << step.name;
    EXPECT_LT(step.duration, 2s) << step.name;
  }
  EXPECT_EQ(first.steps.back().rows, 1U);
  EXPECT_GT(first.steps.back().bytes, 20U);
  ASSERT_TRUE(WaitUntil([&] {
    const Polls now = PollsOf(Node(Cluster(), 0), model::Lane::kPulse);
    return Names(*now.front()) == std::vector<std::string_view>{"pulse"};
  })) << "a session that is open needs no way to it";
}

TEST_F(FleetTest, TracesWhyAPollFailed) {
  fleet_.Apply(OneCluster({NodeNowhere("dead"), NodeAt("pg1", server_)}));
  ASSERT_TRUE(Settled(fleet_));
  const auto step = PollsOf(Node(Cluster(), 0), model::Lane::kPulse).front()->steps.back();
  ASSERT_TRUE(step.failure);
  EXPECT_EQ(step.name, "connect");
  EXPECT_EQ(step.failure->reason, "refused");
  EXPECT_THAT(step.failure->message, testing::HasSubstr("/nowhere"));
  server_.Freeze();
  ASSERT_TRUE(WaitUntil([&] {
    const Polls now = PollsOf(Node(Cluster(), 1), model::Lane::kPulse);
    const auto& last = now.front()->steps.back();
    return last.failure && last.failure->reason == "timeout";
  }));
  Polls pulses = PollsOf(Node(Cluster(), 1), model::Lane::kPulse);
  std::erase_if(pulses, [](const auto& poll) { return !poll->failed(); });
  EXPECT_GT(pulses.back()->duration(), 900ms) << "the deadline of a second was waited for";
  server_.Thaw();
}

TEST_F(FleetTest, HoldsTwoSessionsPerNode) {
  fleet_.Apply(OneCluster({NodeAt("pg1", server_)}));
  ASSERT_TRUE(Settled(fleet_));
  EXPECT_EQ(server_.Value(kOurSessions), "2");
}

TEST_F(FleetTest, ADeadNodeTakesNothingFromTheOthers) {
  fleet_.Apply(OneCluster({NodeNowhere("dead"), NodeAt("pg1", server_)}));
  ASSERT_TRUE(Settled(fleet_));
  const auto cluster = Cluster();
  EXPECT_FALSE(Node(cluster, 0).up);
  EXPECT_EQ(Node(cluster, 0).down_reason, DownReason::kRefused);
  EXPECT_TRUE(Node(cluster, 1).up);
}

TEST_F(FleetTest, AFrozenNodeIsDownWithinIntervalAndDeadlineAndComesBack) {
  fleet_.Apply(OneCluster({NodeAt("pg1", server_)}));
  ASSERT_TRUE(Settled(fleet_));
  server_.Freeze();
  const bool noticed = Becomes(false, 1900ms);
  const auto reason = Node(Cluster(), 0).down_reason;
  const bool facts_gone = Node(Cluster(), 0).facts.pulse == nullptr;
  server_.Thaw();
  EXPECT_TRUE(noticed);
  EXPECT_EQ(reason, DownReason::kTimeout);
  EXPECT_TRUE(facts_gone);
  EXPECT_TRUE(Becomes(true, 10s));
  EXPECT_TRUE(WaitUntil([&] { return std::stoi(server_.Value(kOurSessions)) <= 2; }, 2s));
}

TEST_F(FleetTest, ALockOnACatalogCostsTheCollectorAndNotTheNode) {
  fleet_.Apply(OneCluster({NodeAt("pg1", server_)}));
  ASSERT_TRUE(Settled(fleet_));
  auto holder = server_.Connect();
  holder.Execute("BEGIN");
  holder.Execute("LOCK TABLE pg_auth_members IN ACCESS EXCLUSIVE MODE");
  const auto roles = [&](const auto& status) {
    const auto cluster = Cluster();
    for (std::size_t i = 0; i < collectors::Catalog().size(); ++i)
      if (collectors::Catalog()[i]->name == "roles") return status(Node(cluster, 0).collectors[i]);
    return false;
  };
  EXPECT_TRUE(WaitUntil([&] { return roles([](const auto& s) { return !s.success; }); }));
  EXPECT_TRUE(roles([](const auto& s) { return s.failure == model::FailureReason::kTimeout; }));
  EXPECT_TRUE(Node(Cluster(), 0).up);
  holder.Execute("ROLLBACK");
  EXPECT_TRUE(WaitUntil([&] { return roles([](const auto& s) { return s.success; }); }));
}

TEST_F(FleetTest, AReloadKeepsTheConnectionsOfNodesThatStayAsTheyWere) {
  fleet_.Apply(OneCluster({NodeAt("pg1", server_)}));
  ASSERT_TRUE(Settled(fleet_));
  const std::string before = server_.Value(kOurPids);
  fleet_.Apply(OneCluster({NodeNowhere("dead"), NodeAt("pg1", server_)}));
  ASSERT_TRUE(Settled(fleet_));
  EXPECT_TRUE(Node(Cluster(), 1).up);
  EXPECT_EQ(server_.Value(kOurPids), before);
}

// Otherwise every reload would make lag a lower bound.
TEST_F(FleetTest, AReloadKeepsTheWalClock) {
  test::Cluster pair(Majors().back());
  auto config = OneCluster({NodeAt("pg1", pair.primary()), NodeAt("pg2", pair.standby())});
  fleet_.Apply(config);
  ASSERT_TRUE(Settled(fleet_));
  pair.standby().Execute("SELECT pg_wal_replay_pause()");
  pair.primary().Execute("CREATE TABLE written ()");
  const auto is_behind = [&] {
    const auto lag = Cluster()->analysis.at(1).lag;
    return lag.seconds > 1.5 && lag.uncertainty && !lag.lower_bound;
  };
  ASSERT_TRUE(WaitUntil(is_behind));
  config.clusters[0].declared.maintenance = true;
  fleet_.Apply(config);
  ASSERT_TRUE(WaitUntil([&] { return Cluster()->declared.maintenance; }));
  EXPECT_TRUE(is_behind());
}

TEST_F(FleetTest, AReloadLeavesTheNodesThatAreGone) {
  PostgresServer other(Majors().front(), {});
  other.Start();
  fleet_.Apply(OneCluster({NodeAt("pg1", server_), NodeAt("pg2", other)}));
  ASSERT_TRUE(Settled(fleet_));
  fleet_.Apply(OneCluster({NodeAt("pg1", server_)}));
  EXPECT_EQ(Cluster()->nodes.size(), 1U);
  EXPECT_TRUE(WaitUntil([&] { return other.Value(kOurSessions) == "0"; }, 5s));
}

// Its collectors had been tried before it went away, and said neither success nor failure.
TEST_F(FleetTest, ANodeThatIsBackIsNotSettledBeforeItIsAskedAgain) {
  fleet_.Apply(OneCluster({NodeAt("pg1", server_)}));
  ASSERT_TRUE(Settled(fleet_));
  server_.Freeze();
  const bool noticed = Becomes(false, 10s);
  server_.Thaw();
  ASSERT_TRUE(noticed);
  ASSERT_TRUE(Becomes(true, 10s));
  ASSERT_TRUE(Settled(fleet_));
  EXPECT_TRUE(std::ranges::all_of(Node(Cluster(), 0).collectors, IsWell));
}

// A survey whose login was refused lost a whole interval of the slow lane each time, and its
// collectors said nothing.
TEST_F(FleetTest, ANodeThatTakesOneSessionOnlySaysSoAndIsAskedAgain) {
  server_.Execute("ALTER ROLE mon CONNECTION LIMIT 1");
  fleet_.Apply(OneCluster({NodeAt("pg1", server_)}));
  ASSERT_TRUE(Settled(fleet_));
  const auto cluster = Cluster();
  EXPECT_TRUE(Node(cluster, 0).up);
  for (std::size_t i = 1; i < collectors::Catalog().size(); ++i) {
    if (!Node(cluster, 0).collectors[i].enabled) continue;
    EXPECT_EQ(Node(cluster, 0).collectors[i].failure, model::FailureReason::kLimit);
    EXPECT_FALSE(Node(cluster, 0).collectors[i].duration);
  }
  server_.Execute("ALTER ROLE mon CONNECTION LIMIT 5");
  EXPECT_TRUE(
      WaitUntil([&] { return std::ranges::all_of(Node(Cluster(), 0).collectors, IsWell); }, 12s));
}

// The new task of a changed node opened its sessions before the old one had closed its own.
TEST_F(FleetTest, AReloadThatChangesANodeNeverHoldsMoreThanTwoSessions) {
  server_.Execute("ALTER ROLE mon CONNECTION LIMIT 2");
  fleet_.Apply(OneCluster({NodeAt("pg1", server_)}));
  ASSERT_TRUE(Settled(fleet_));
  auto changed = NodeAt("pg1", server_);
  changed.connection["keepalives"] = "1";
  fleet_.Apply(OneCluster({changed}));
  EXPECT_TRUE(WaitUntil(
      [&] {
        const auto cluster = Cluster();
        return std::ranges::all_of(Node(cluster, 0).collectors, IsWell);
      },
      5s));
}

TEST_F(FleetTest, IsNotReadyBeforeItKnowsWhatToWatch) {
  EXPECT_FALSE(fleet_.Ready());
  fleet_.Apply(OneCluster({NodeNowhere("dead")}));
  EXPECT_TRUE(WaitUntil([&] { return fleet_.Ready(); }, 2s));
}

TEST_F(FleetTest, EndsAtOnceWhateverANodeDoes) {
  fleet_.Apply(OneCluster({NodeAt("pg1", server_)}));
  ASSERT_TRUE(Settled(fleet_));
  server_.Freeze();
  const auto began = Clock::now();
  fleet_.Stop();
  const double took = SecondsSince(began);
  server_.Thaw();
  EXPECT_LT(took, 1.0);
}

TEST_F(FleetTest, AServerThatRestartsIsSeenAgain) {
  fleet_.Apply(OneCluster({NodeAt("pg1", server_)}));
  ASSERT_TRUE(Settled(fleet_));
  server_.Stop();
  EXPECT_TRUE(Becomes(false, 5s));
  server_.Start();
  EXPECT_TRUE(Becomes(true, 12s));
}

}  // namespace
}  // namespace pgfleet::test
