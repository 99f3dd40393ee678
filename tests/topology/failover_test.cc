// A change of the primary: planned, and not.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "topology/facts.h"
#include "topology/remake.h"

namespace pgfleet::test {
namespace {

// What the page said, looked at all the time.
class Chronicle {
 public:
  struct Moment {
    Clock::time_point at;
    std::string primary_state;
    std::string wrong;  // a split brain, diverged or foreign nodes
    double failovers = -1;
  };

  explicit Chronicle(const ExporterProcess& exporter)
      : exporter_(exporter), thread_([this] { Watch(); }) {}
  ~Chronicle() { Close(); }
  Chronicle(const Chronicle&) = delete;
  Chronicle& operator=(const Chronicle&) = delete;

  const std::vector<Moment>& Close() {
    closing_ = true;
    if (thread_.joinable()) thread_.join();
    for (const auto& [asked, page] : pages_) moments_.push_back(Look(Page(page), asked));
    pages_.clear();
    return moments_;
  }

 private:
  // Reading a page takes longer than getting it: that waits for the end.
  void Watch() {
    while (!closing_) {
      const auto asked = Clock::now();
      pages_.emplace_back(asked, exporter_.Get("/metrics").body);
      std::this_thread::sleep_for(Milliseconds(50));
    }
  }
  static Moment Look(const Page& page, Clock::time_point asked) {
    Moment moment{.at = asked,
                  .primary_state = page.State("pgfleet_cluster_primary_state", "state", {}),
                  .wrong = "",
                  .failovers = page.Value("pgfleet_cluster_failovers_total").value_or(-1)};
    for (const char* name :
         {"pgfleet_cluster_split_brain", "pgfleet_node_diverged", "pgfleet_node_foreign"})
      for (const Sample& sample : page.All(name))
        if (sample.value != 0)
          moment.wrong += sample.name + " " +
                          (sample.labels.contains("pg_node") ? sample.labels.at("pg_node") : "");
    return moment;
  }

  const ExporterProcess& exporter_;
  std::atomic<bool> closing_ = false;
  std::vector<std::pair<Clock::time_point, std::string>>
      pages_;  // of the thread until it is joined
  std::vector<Moment> moments_;
  std::thread thread_;
};

Facts FailedOver(double times) {
  return {Is("pgfleet_cluster_failovers_total", times),
          PrimaryIs("one"),
          {.name = "pgfleet_cluster_primary_info", .labels = {{"primary", "pg2"}}, .value = 1},
          {.name = "pgfleet_cluster_failover_info",
           .labels = {{"from", "pg1"}, {"to", "pg2"}, {"timeline", "2"}},
           .value = 1},
          Is("pgfleet_cluster_timeline", 2)};
}

class Switchover : public testing::TestWithParam<int> {
 protected:
  void Switch() {
    cluster_.WaitUntilCaughtUp();
    stopping_ = Clock::now();
    cluster_.primary().Stop(SIGINT);
    ExpectNamed(exporter_, Clock::now(), {PrimaryIs("none")});
    cluster_.standby().Promote();
    promoted_ = Clock::now();
    ExpectNamed(exporter_, promoted_, FailedOver(1));
    cluster_.primary().Follow(cluster_.standby(), "");
    cluster_.primary().Start();
    WaitUntilStreaming(cluster_.standby(), cluster_.primary(), "pg1");
    Facts after = Sound({"pg1", "pg2"});
    after.push_back(IsOn("pg1", "pgfleet_standby_connected", 1));
    after.push_back(StandbyIs("pg1", "caught_up"));
    ExpectCleared(exporter_, after);
    ForEachPage(exporter_, Milliseconds(3000), [](const Page&) {});
  }
  void ExpectRight(const std::vector<Chronicle::Moment>& moments) const {
    double failovers = 0;
    const auto heard = promoted_ + std::chrono::milliseconds(2500);
    for (const auto& moment : moments) {
      EXPECT_EQ(moment.wrong, "");
      EXPECT_NE(moment.primary_state, "several");
      if (moment.primary_state == "none") {
        EXPECT_GT(moment.at, stopping_) << "there was one";
        EXPECT_LT(moment.at, heard) << "there is one";
      }
      EXPECT_GE(moment.failovers, failovers) << "a counter";
      failovers = moment.failovers;
    }
    EXPECT_EQ(failovers, 1);
    EXPECT_GT(moments.size(), 50U) << "the test itself";
  }

  Cluster cluster_{GetParam()};
  ExporterProcess exporter_{Overlooking(Declared(cluster_), GetParam())};
  Clock::time_point stopping_, promoted_;
};
INSTANTIATE_TEST_SUITE_P(Server, Switchover, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(Switchover, IsOneFailoverThatLosesNothingAndRaisesNoAlarm) {
  WriteWal(cluster_.primary(), 1);
  Facts before = Sound({"pg1", "pg2"});
  before.push_back(Is("pgfleet_cluster_failovers_total", 0));
  before.push_back(Is("pgfleet_cluster_timeline", 1));
  const Page page = ExpectCleared(exporter_, before);
  EXPECT_FALSE(page.Has("pgfleet_cluster_failover_info"));
  Chronicle chronicle(exporter_);
  Switch();
  ExpectRight(chronicle.Close());
  const Page after = exporter_.Metrics();
  EXPECT_EQ(Denied(after, FailedOver(1)), "");
  EXPECT_EQ(after.Value("pgfleet_cluster_failover_lost_bytes"), 0);
  EXPECT_NEAR(after.Value("pgfleet_cluster_last_failover_timestamp_seconds").value_or(0),
              Number(cluster_.standby(), "SELECT extract(epoch FROM now())"), 30);
}

class Failover : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, Failover, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(Failover, LosesWhatTheNewPrimaryNeverGot) {
  Cluster cluster(GetParam());
  PostgresServer& old = cluster.primary();
  const ExporterProcess exporter(Overlooking(Declared(cluster), GetParam()));
  Facts before = Sound({"pg1", "pg2"});
  before.push_back(Is("pgfleet_cluster_failovers_total", 0));
  ExpectCleared(exporter, before);
  double missing = 0;
  {
    CutOff cut(old, cluster.standby());
    WriteWal(old, 3);
    const double written = Number(old, "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')");
    exporter.WaitForPage([&](const Page& page) {
      return page.Value("pgfleet_node_wal_lsn_bytes", On("pg1")) >= written;
    });
    missing = cut.Missing();
    cut.KillPrimary();
  }
  EXPECT_GE(missing, 3 * 1048576.0) << "the test itself";
  cluster.standby().Promote();
  const Page page = ExpectNamed(exporter, Clock::now(), FailedOver(1));
  const double lost = page.Value("pgfleet_cluster_failover_lost_bytes").value_or(-1);
  EXPECT_LE(lost, missing);
  EXPECT_GE(lost, missing - 1024) << "all of it was seen before the end";
  WriteWal(cluster.standby(), 4);  // what is written since changes nothing of it
  ForEachPage(exporter, Milliseconds(2500), [&](const Page& later) {
    EXPECT_EQ(Denied(later, FailedOver(1)), "");
    EXPECT_EQ(later.Value("pgfleet_cluster_failover_lost_bytes"), lost);
  });
}

// Twice in a row, and back.
TEST_P(Failover, IsCountedEachTime) {
  Cluster cluster(GetParam());
  PostgresServer* primary = &cluster.primary();
  PostgresServer* standby = &cluster.standby();
  const ExporterProcess exporter(Overlooking(Declared(cluster), GetParam()));
  ExpectCleared(exporter, Sound({"pg1", "pg2"}));
  for (int round = 1; round <= 2; ++round) {
    const std::string written = primary->Value("SELECT pg_current_wal_lsn()");
    ASSERT_TRUE(WaitUntil([&] {
      return standby->Value("SELECT pg_last_wal_replay_lsn() >= " + Quoted(written)) == "t";
    }));
    primary->Stop(SIGINT);
    standby->Promote();
    ExpectNamed(exporter, Clock::now(),
                {{.name = "pgfleet_cluster_failover_info",
                  .labels = {{"from", primary->name()},
                             {"to", standby->name()},
                             {"timeline", std::to_string(round + 1)}},
                  .value = 1},
                 Is("pgfleet_cluster_failovers_total", round),
                 Is("pgfleet_cluster_failover_lost_bytes", 0)});
    RemakeAsStandby(*standby, *primary);
    ExpectCleared(exporter, Sound({"pg1", "pg2"}));
    std::swap(primary, standby);
  }
}

}  // namespace
}  // namespace pgfleet::test
