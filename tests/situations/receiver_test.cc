// WAL receivers that stand still or come and go.
#include <gmock/gmock.h>

#include "support/watch.h"

namespace pgfleet::test {
namespace {

constexpr double kMebibyte = 1 << 20;
constexpr std::array kLagSeconds = {"pgfleet_walsender_write_lag_seconds",
                                    "pgfleet_walsender_flush_lag_seconds",
                                    "pgfleet_walsender_replay_lag_seconds"};

class Receiver : public testing::TestWithParam<int> {
 protected:
  static LabelMap Sender() { return On("pg1", {{"standby", "pg2"}}); }
  static double LagBytes(const Page& page) {
    return page.Value("pgfleet_walsender_lag_bytes", Sender()).value_or(-1);
  }
  static double MessageAge(const Page& page) {
    return page.Value("pgfleet_walreceiver_message_age_seconds", On("pg2")).value_or(-1);
  }
};
INSTANTIATE_TEST_SUITE_P(Server, Receiver, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

Page WaitForLag(const ExporterProcess& exporter, double bytes) {
  return exporter.WaitForPage([&](const Page& page) {
    const auto lag = page.Value("pgfleet_walsender_lag_bytes", On("pg1", {{"standby", "pg2"}}));
    return bytes == 0 ? lag == 0 : lag >= bytes;
  });
}

TEST_P(Receiver, ThatIsFrozenIsNeverShownWithoutLag) {
  Cluster cluster(GetParam());
  const ExporterProcess exporter(Watching(Declared(cluster), GetParam()));
  WriteWal(cluster.primary(), 1);
  const Page before = WaitForLag(exporter, 0);
  for (const char* name : kLagSeconds) EXPECT_TRUE(before.Has(name, Sender())) << name;
  {
    const Frozen receiver(ReceiverOf(cluster.standby()));
    WriteWal(cluster.primary(), 2);
    const Page early = WaitForLag(exporter, 2 * kMebibyte);
    WriteWal(cluster.primary(), 2);
    WaitForLag(exporter, 4 * kMebibyte);
    ForEachPage(exporter, Milliseconds(1000), [](const Page& page) {
      for (const char* name : kLagSeconds)
        EXPECT_NE(page.Value(name, Sender()), 0) << name << " of a receiver that does nothing";
    });
    ForEachPage(exporter, Milliseconds(1000), [](const Page& page) {
      EXPECT_GE(LagBytes(page), 4 * kMebibyte);
      for (const char* name : kLagSeconds)
        EXPECT_FALSE(page.Has(name, Sender())) << name << " is what was measured before";
    });
    const Page late = exporter.Metrics();
    EXPECT_GE(MessageAge(late), MessageAge(early) + 1.5);
    EXPECT_GE(Number(cluster.primary(),
                     "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), replay_lsn)"
                     " FROM pg_stat_replication"),
              4 * kMebibyte);
    EXPECT_EQ(cluster.primary().Value("SELECT state FROM pg_stat_replication"), "streaming")
        << "the server itself sees nothing wrong";
  }
  const Page after = WaitForLag(exporter, 0);
  for (const char* name : kLagSeconds) EXPECT_TRUE(after.Has(name, Sender())) << name;
}

// The WAL that the standby still needs is gone: each new receiver dies of the same error.
class LostStandby {
 public:
  explicit LostStandby(int major)
      : cluster_(major,
                 {.primary_conf = {major >= 13 ? "wal_keep_size = 0" : "wal_keep_segments = 0"},
                  .standbys = {{.name = "pg2",
                                .slot = false,
                                .conf = {"wal_retrieve_retry_interval = 250ms"}}}}) {}

  Cluster& cluster() { return cluster_; }
  void LoseWal() {
    cluster_.standby().Stop(SIGINT);
    for (int i = 0; i < 3; ++i) {
      WriteWal(cluster_.primary(), 1);
      cluster_.primary().Execute("SELECT pg_switch_wal()");
    }
    cluster_.primary().Execute("CHECKPOINT");
    cluster_.standby().Start();
  }
  // Receivers that ended for this reason, as the standby's log tells.
  std::size_t Deaths() {
    const std::string log = ReadFile(cluster_.standby().socket_directory() / "log");
    const std::string_view reason = "has already been removed";
    std::size_t count = 0;
    for (auto at = log.find(reason); at != std::string::npos; at = log.find(reason, at + 1))
      ++count;
    return count;
  }

 private:
  Cluster cluster_;
};

// It lives for less than a millisecond each time, so that a poll hardly ever meets one: what tells
// is that there is none.
TEST_P(Receiver, ThatDiesAtOnceAgainAndAgainIsNotUp) {
  LostStandby lost(GetParam());
  const ExporterProcess exporter(Watching(Declared(lost.cluster()), GetParam()));
  WaitForValue(exporter, "pgfleet_walreceiver_up", On("pg2"), 1);
  lost.LoseWal();
  exporter.WaitForPage([](const Page& page) {
    return page.Value("pgfleet_up", On("pg2")) == 1 &&
           page.Value("pgfleet_walreceiver_up", On("pg2")) == 0;
  });
  const std::size_t before = lost.Deaths();
  int pages = 0;
  int pages_up = 0;
  ForEachPage(exporter, Milliseconds(1500), [&](const Page& page) {
    ++pages;
    pages_up += page.Value("pgfleet_walreceiver_up", On("pg2")) == 1 ? 1 : 0;
    EXPECT_EQ(page.Value("pgfleet_up", On("pg2")), 1) << "the standby itself is well";
    EXPECT_NE(page.Value("pgfleet_walsender_lag_bytes", Sender()), 0);
    for (const char* name : kLagSeconds) EXPECT_FALSE(page.Has(name, Sender())) << name;
  });
  EXPECT_LT(pages_up, pages);
  EXPECT_GE(lost.Deaths(), before + 2);
  EXPECT_LE(exporter.Metrics().Value("pgfleet_walreceiver_restarts_total", On("pg2")),
            static_cast<double>(lost.Deaths()));
}

// Each of these streams, so that every poll finds the receiver up: what tells is the count.
TEST_P(Receiver, ThatIsReplacedAgainAndAgainIsCounted) {
  Cluster cluster(GetParam());
  const ExporterProcess exporter(Watching(Declared(cluster), GetParam()));
  const Page before = WaitForValue(exporter, "pgfleet_walreceiver_up", On("pg2"), 1);
  EXPECT_EQ(before.Value("pgfleet_walreceiver_restarts_total", On("pg2")), 0);
  for (int round = 1; round <= 3; ++round) {
    const pid_t old = ReceiverOf(cluster.standby());
    cluster.primary().Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_replication");
    ASSERT_TRUE(WaitUntil([&] { return ReceiverOf(cluster.standby()) != old; }));
    // At least: one that finds the slot still in use dies too, and may be seen.
    exporter.WaitForPage([&](const Page& page) {
      return page.Value("pgfleet_walreceiver_restarts_total", On("pg2")) >= round &&
             page.Value("pgfleet_walreceiver_up", On("pg2")) == 1;
    });
  }
}

}  // namespace
}  // namespace pgfleet::test
