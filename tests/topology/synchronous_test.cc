// Whether commits find the standbys that they wait for, beside a commit that does or does not.
#include <gmock/gmock.h>

#include <future>

#include "topology/facts.h"

namespace pgfleet::test {
namespace {

// One row in a session of its own. What still waits at the end is let go.
class Commit {
 public:
  explicit Commit(const PostgresServer& server)
      : server_(server),
        session_(server.Connect()),
        backend_(session_.Value("SELECT pg_backend_pid()")),
        done_(std::async(std::launch::async,
                         [this] { session_.Query("INSERT INTO t VALUES (1)"); })) {}
  ~Commit() {
    while (!Returned(Milliseconds(50)))
      server_.Execute("SELECT pg_cancel_backend(" + backend_ + ")");
  }
  Commit(const Commit&) = delete;
  Commit& operator=(const Commit&) = delete;

  bool Returned(Milliseconds patience) const {
    return done_.wait_for(patience) == std::future_status::ready;
  }
  // The server says that this is what the session does.
  bool Waits() const {
    return server_.Value(
               "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
               " AND pid = " +
               backend_) == "1";
  }

 private:
  const PostgresServer& server_;
  Connection session_;
  std::string backend_;
  std::future<void> done_;
};

struct Requirement {
  std::string names;
  double required;
  double connected;
};

class Synchronous : public testing::TestWithParam<int> {
 protected:
  Synchronous() { cluster_.primary().Execute("CREATE TABLE t (x int)"); }

  PostgresServer& primary() { return cluster_.primary(); }
  void Require(const std::string& names) {
    primary().Execute("ALTER SYSTEM SET synchronous_standby_names = " + Quoted(names));
    primary().Execute("SELECT pg_reload_conf()");
    ASSERT_TRUE(WaitUntil([&] {
      return primary().Value("SHOW synchronous_standby_names") == names;
    })) << names;
  }
  void Leave(const std::string& standby) {
    cluster_.node(standby).Stop(SIGINT);
    ASSERT_TRUE(WaitUntil([&] {
      return primary().Value("SELECT count(*) FROM pg_stat_replication WHERE application_name = " +
                             Quoted(standby)) == "0";
    }));
  }
  void Return(const std::string& standby) {
    cluster_.node(standby).Start();
    WaitUntilStreaming(primary(), cluster_.node(standby), standby);
  }
  // The server marks its senders anew some time after it was told.
  void WaitUntilMarked(const Requirement& requirement) {
    ASSERT_TRUE(WaitUntil([&] {
      return Number(primary(),
                    "SELECT count(*) FROM pg_stat_replication"
                    " WHERE sync_state IN ('sync', 'quorum')") == requirement.connected;
    })) << requirement.names;
  }
  Facts Said(const Requirement& requirement) const {
    const bool met = requirement.connected >= requirement.required;
    return {IsOn("pg1", "pgfleet_sync_required", requirement.required),
            IsOn("pg1", "pgfleet_sync_connected", requirement.connected),
            IsOn("pg1", "pgfleet_sync_met", met ? 1 : 0)};
  }
  void ExpectCommitReturns() {
    const Commit commit(primary());
    EXPECT_TRUE(commit.Returned(Milliseconds(10000)));
  }
  void ExpectCommitHangs() {
    const auto begun = Clock::now();
    const Commit commit(primary());
    ASSERT_TRUE(WaitUntil([&] { return commit.Waits(); }));
    ExpectNamed(exporter_, Clock::now(), {IsOn("pg1", "pgfleet_sync_waiting_backends", 1)});
    const Page page = exporter_.WaitForPage([](const Page& each) {
      return each.Value("pgfleet_sync_oldest_wait_seconds", On("pg1")).value_or(0) >= 1.5;
    });
    EXPECT_LE(page.Value("pgfleet_sync_oldest_wait_seconds", On("pg1")), SecondsSince(begun) + 0.2);
    EXPECT_FALSE(commit.Returned(Milliseconds(0)));
  }
  // What the page says, and what becomes of a commit.
  void Expect(const Requirement& requirement) {
    SCOPED_TRACE(requirement.names);
    WaitUntilMarked(requirement);
    ExpectNamed(exporter_, Clock::now(), Said(requirement));
    if (requirement.connected >= requirement.required)
      ExpectCommitReturns();
    else
      ExpectCommitHangs();
  }
  void RequireAndExpect(const Requirement& requirement) {
    Require(requirement.names);
    Expect(requirement);
  }
  void ExpectNobodyWaits() {
    const Page page = ExpectCleared(exporter_, {IsOn("pg1", "pgfleet_sync_waiting_backends", 0)});
    EXPECT_FALSE(page.Has("pgfleet_sync_oldest_wait_seconds"));
  }

  Cluster cluster_{GetParam(), {.standbys = {{.name = "a"}, {.name = "b"}, {.name = "c"}}}};
  ExporterProcess exporter_{Overlooking(Declared(cluster_), GetParam())};
};
INSTANTIATE_TEST_SUITE_P(Server, Synchronous, testing::ValuesIn(MajorsFrom(10)),
                         testing::PrintToStringParamName());
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Synchronous);

TEST_P(Synchronous, QuorumIsMetUntilTooManyLeave) {
  const std::string names = "ANY 2 (a, b, c)";
  RequireAndExpect({names, 2, 3});
  Leave("a");
  Expect({names, 2, 2});
  Leave("b");
  Expect({names, 2, 1});  // the one that stays still counts as quorum
  Return("b");
  Expect({names, 2, 2});
  ExpectNobodyWaits();
}

TEST_P(Synchronous, PriorityPassesToTheNextUntilNobodyListedIsLeft) {
  const std::string names = "FIRST 1 (a, b)";
  RequireAndExpect({names, 1, 1});
  Leave("a");
  Expect({names, 1, 1});
  Leave("b");
  Expect({names, 1, 0});  // c streams, and is not listed
  Return("a");
  Expect({names, 1, 1});
  ExpectNobodyWaits();
}

TEST_P(Synchronous, NamesAreReadAsTheServerReadsThem) {
  RequireAndExpect({"*", 1, 1});
  RequireAndExpect({"2 (*)", 2, 2});
  RequireAndExpect({"any 1 (*)", 1, 3});
  RequireAndExpect({R"(FIRST 2 ("a", "B"))", 2, 2});
  RequireAndExpect({R"("any", a)", 1, 1});
  RequireAndExpect({R"("x (2), ""y""")", 1, 0});
  RequireAndExpect({"a, b, c", 1, 1});
  RequireAndExpect({"ANY 3 (a, b, nobody)", 3, 2});
  RequireAndExpect({"", 0, 0});
  ExpectNobodyWaits();
}

TEST_P(Synchronous, RequirementThatIsDroppedIsBelowTheObjective) {
  RequireAndExpect({"FIRST 1 (a)", 1, 1});
  const ExporterProcess exporter(
      Overlooking(Declared(cluster_), GetParam(), {"expect: {synchronous: 1}"}));
  ExpectCleared(exporter,
                {IsOn("pg1", "pgfleet_sync_required", 1), Is("pgfleet_objective_synchronous", 1)});
  Require("");
  ExpectNamed(exporter, Clock::now(),
              {IsOn("pg1", "pgfleet_sync_required", 0), IsOn("pg1", "pgfleet_sync_met", 1),
               Is("pgfleet_objective_synchronous", 1)});
  ExpectCommitReturns();
}

}  // namespace
}  // namespace pgfleet::test
