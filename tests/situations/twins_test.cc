// Two standbys that nobody gave a name of their own.
#include <gmock/gmock.h>

#include "support/watch.h"

namespace pgfleet::test {
namespace {

using testing::SizeIs;

constexpr double kMebibyte = 1 << 20;

// Both call themselves "twin" and use no slot; on sockets they have no address either.
class Twins : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    primary_.Start();
    for (PostgresServer* twin : {&first_, &second_}) {
      twin->Follow(primary_, "");
      twin->Start();
      WaitForSenders(twin == &first_ ? "1" : "2");
    }
  }
  void WaitForSenders(const std::string& count) {
    Connection session = primary_.Connect();
    ASSERT_TRUE(WaitUntil([&] {
      return session.Value("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") ==
             count;
    })) << primary_.LogTail();
  }
  // What the primary says of its oldest (0) or its newer (1) sender.
  double ServersLag(int index) {
    return Number(primary_,
                  "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), replay_lsn)"
                  " FROM pg_stat_replication ORDER BY backend_start LIMIT 1 OFFSET " +
                      std::to_string(index));
  }
  std::vector<DeclaredNode> Nodes() const {
    std::vector<DeclaredNode> nodes = {Declared(primary_), Declared(first_), Declared(second_)};
    nodes[1].name = "pg2";
    nodes[2].name = "pg3";
    return nodes;
  }
  static std::optional<double> Lag(const Page& page, const std::string& label) {
    return page.Value("pgfleet_walsender_lag_bytes", On("pg1", {{"standby", label}}));
  }

  PostgresServer primary_{GetParam(), {.name = "pg1"}};
  PostgresServer first_{GetParam(), {.name = "twin"}};
  PostgresServer second_{GetParam(), {.name = "twin"}};
};
INSTANTIATE_TEST_SUITE_P(Server, Twins, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(Twins, AreTwoSendersEachWithItsOwnValues) {
  const ExporterProcess exporter(Watching(Nodes(), GetParam()));
  exporter.WaitForPage(
      [](const Page& page) { return Lag(page, "twin") == 0 && Lag(page, "twin#2") == 0; });
  second_.Execute("SELECT pg_wal_replay_pause()");
  WriteWal(primary_, 2);
  Page page = exporter.WaitForPage([](const Page& each) {
    return Lag(each, "twin") == 0 && Lag(each, "twin#2") >= 2 * kMebibyte;
  });
  EXPECT_EQ(ServersLag(0), 0);
  EXPECT_EQ(ServersLag(1), Lag(page, "twin#2"));
  for (const char* name : {"pgfleet_walsender_lag_bytes", "pgfleet_walsender_sent_lag_bytes",
                           "pgfleet_walsender_replay_lag_bytes"})
    EXPECT_THAT(page.All(name), SizeIs(2)) << name;
  EXPECT_THAT(page.All("pgfleet_walsender_state", {{"state", "streaming"}}), SizeIs(2));
  first_.Execute("SELECT pg_wal_replay_pause()");
  second_.Execute("SELECT pg_wal_replay_resume()");
  WriteWal(primary_, 2);
  page = exporter.WaitForPage([](const Page& each) {
    return Lag(each, "twin") >= 2 * kMebibyte && Lag(each, "twin#2") == 0;
  });
  EXPECT_EQ(ServersLag(0), Lag(page, "twin"));
  EXPECT_EQ(ServersLag(1), 0);
  first_.Stop(SIGINT);
  WaitForSenders("1");
  exporter.WaitForPage(
      [](const Page& each) { return each.All("pgfleet_walsender_lag_bytes").size() == 1; });
}

}  // namespace
}  // namespace pgfleet::test
