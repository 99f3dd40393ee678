#include <gmock/gmock.h>

#include <csignal>

#include "patroni/page_watch.h"
#include "patroni/patroni_cluster.h"
#include "patroni/role_history.h"
#include "patroni/verdict.h"
#include "patroni/writer.h"
#include "support/exporter_config.h"
#include "support/exporter_process.h"

namespace pgfleet::test {
namespace {

using testing::DoubleNear;
using testing::IsEmpty;
using testing::Optional;

constexpr Milliseconds kFailoverPatience{60000};
constexpr Milliseconds kCalm{3000};
// A dead node is tried again at least every 10 s.
constexpr Milliseconds kSettling{30000};

ExporterOptions Watching(const PatroniCluster& cluster) {
  std::vector<DeclaredNode> nodes;
  for (const auto& node : cluster.nodes())
    nodes.push_back({.name = node->name(), .host = node->address(), .port = PatroniNode::port()});
  return {.config = ConfigText(nodes, {.lanes = "pulse: 500ms, status: 500ms, inventory: 2s"})};
}

// Holds the processes that send WAL to the standbys, until they are killed.
void FreezeSenders(const PatroniNode& leader) {
  const Answer senders =
      Connection(leader.Conninfo()).Execute("SELECT pid FROM pg_stat_replication");
  for (const auto& row : senders.rows) kill(static_cast<pid_t>(std::stol(row[0].value())), SIGSTOP);
}

// Where the newest timeline of this node left the one before.
double ForkPoint(const PatroniNode& node) {
  return std::stod(node.Value(
      "SELECT max(split_part(line, E'\\t', 2)::pg_lsn) - '0/0' FROM regexp_split_to_table("
      "pg_read_file('pg_wal/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || "
      "'.history'), E'\\n') line WHERE line LIKE E'%\\t%'"));
}

double Timeline(const PatroniNode& leader) {
  return std::stod(leader.Value(
      "SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int"));
}

// A Patroni cluster under a small load, its roles asked by SQL all the time, and the exporter's
// pages.
class Patroni : public testing::Test {
 protected:
  void SetUp() override {
    const std::string leader = *cluster_.Leader();
    cluster_.node(leader).Value(
        "CREATE ROLE mon LOGIN IN ROLE pg_monitor; CREATE TABLE written (row bigserial, filler "
        "text); SELECT 1");
    writer_ = std::make_unique<Writer>(cluster_);
    roles_ = std::make_unique<RoleWatch>(cluster_);
    exporter_ = std::make_unique<ExporterProcess>(Watching(cluster_));
    ExpectSettled(leader);
    pages_ = std::make_unique<PageWatch>(*exporter_);
  }

  void TearDown() override {
    if (HasFailure()) GTEST_LOG_(INFO) << cluster_.Logs() << exporter_->Log();
  }

  // Rows that no standby receives any more, known to the exporter when this returns. Where they
  // end.
  double WriteWhatNobodyGets(const PatroniNode& leader) {
    writer_.reset();
    FreezeSenders(leader);
    Connection session(leader.Conninfo());
    session.Execute(
        "INSERT INTO written (filler) SELECT repeat('x', 1000) FROM generate_series(1, 1000)");
    const double end = std::stod(session.Value("SELECT pg_current_wal_lsn() - '0/0'"));
    exporter_->WaitForPage([&](const Page& page) {
      return page.Value("pgfleet_node_wal_lsn_bytes", {{"pg_node", leader.name()}}) >= end;
    });
    return end;
  }

  // Soon all is well, and stays so.
  void ExpectSettled(const std::string& leader) {
    const Settled expected{.leader = leader, .nodes = {"pg1", "pg2", "pg3"}};
    Faults faults;
    const auto well = [&] {
      faults = FaultsOf(exporter_->Metrics(), expected);
      return faults.empty();
    };
    WaitUntil(well, kSettling, Milliseconds(100));
    ASSERT_THAT(faults, IsEmpty());
    const auto end = Clock::now() + kCalm;
    while (Clock::now() < end && well()) std::this_thread::sleep_for(Milliseconds(50));
    EXPECT_THAT(faults, IsEmpty());
  }

  // The newest failover.
  void ExpectCounted(double failovers, const LabelMap& from_to, double lost_bytes) {
    const Page page = exporter_->Metrics();
    const double timeline = Timeline(cluster_.node(from_to.at("to")));
    LabelMap info = from_to;
    info["timeline"] = std::to_string(static_cast<int>(timeline));
    EXPECT_EQ(page.Value("pgfleet_cluster_failovers_total"), failovers);
    EXPECT_EQ(page.Value("pgfleet_cluster_timeline"), timeline);
    EXPECT_EQ(page.All("pgfleet_cluster_failover_info").size(), 1);
    EXPECT_EQ(page.Value("pgfleet_cluster_failover_info", info), 1);
    // The nodes are asked some milliseconds apart, and a server writes some bytes of its own.
    EXPECT_THAT(page.Value("pgfleet_cluster_failover_lost_bytes"),
                Optional(DoubleNear(lost_bytes, 10000)));
  }

  // Of everything since the beginning.
  void ExpectTruePages(const std::vector<std::string>& never) {
    WaitForLaterAnswers();
    const std::vector<Shot> shots = pages_->Shots();
    const RoleHistory truth = roles_->History();
    ASSERT_EQ(truth.TwoPrimaries(), "");
    EXPECT_THAT(FaultsOverTime(shots, truth), IsEmpty());
    EXPECT_THAT(TimelinesThatFell(shots), IsEmpty());
    EXPECT_THAT(EverRaised(shots, never), IsEmpty());
  }

  std::string Other(const std::string& leader) const { return leader == "pg1" ? "pg2" : "pg1"; }

  PatroniCluster cluster_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<RoleWatch> roles_;
  std::unique_ptr<ExporterProcess> exporter_;
  std::unique_ptr<PageWatch> pages_;

 private:
  // What is true while a page is made is known when each node was asked afterwards.
  void WaitForLaterAnswers() const {
    const auto now = Clock::now();
    WaitUntil([&] { return roles_->History().KnownUntil(now); });
  }
};

TEST_F(Patroni, SwitchoversAreOneFailoverEachAndNoAlarm) {
  const std::string first = *cluster_.Leader();
  const std::string second = Other(first);
  int failovers = 0;
  for (const auto& [from, to] : {std::pair(first, second), std::pair(second, first)}) {
    cluster_.Switchover(from, to);
    cluster_.WaitUntilHealthy(to);
    ExpectSettled(to);
    ExpectCounted(++failovers, {{"from", from}, {"to", to}}, 0);
  }
  ExpectTruePages({"pgfleet_node_diverged", "pgfleet_node_foreign"});
}

TEST_F(Patroni, KilledLeaderIsOneFailoverAndNoAlarmOnceItIsBack) {
  const std::string old = *cluster_.Leader();
  const double written = WriteWhatNobodyGets(cluster_.node(old));
  cluster_.node(old).Kill();
  exporter_->WaitForPage([](const Page& page) {
    return page.State("pgfleet_cluster_primary_state", "state", {}) == "none";
  });
  ASSERT_TRUE(WaitUntil([&] { return cluster_.Leader().has_value(); }, kFailoverPatience));
  const std::string leader = *cluster_.Leader();
  ASSERT_NE(leader, old);
  const double lost = written - ForkPoint(cluster_.node(leader));
  ASSERT_GT(lost, 1000000);
  cluster_.node(old).Start();
  cluster_.WaitUntilHealthy(leader);
  ExpectSettled(leader);
  ExpectCounted(1, {{"from", old}, {"to", leader}}, lost);
  ExpectTruePages({"pgfleet_node_foreign"});
}

}  // namespace
}  // namespace pgfleet::test
