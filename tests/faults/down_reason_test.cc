#include <gmock/gmock.h>

#include "faults/timing.h"
#include "support/exporter_config.h"
#include "support/exporter_process.h"
#include "support/fake_server.h"

namespace pgfleet::test {
namespace {

// A healthy server beside the node that is ill: whatever happens to the one must not touch the
// other.
class DownReason : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    healthy_ = std::make_unique<PostgresServer>(kFaultMajor, ServerOptions{.name = "well"});
    healthy_->Start();
  }
  static void TearDownTestSuite() { healthy_.reset(); }

  // The reason that the page gives for `ill`; "" when it is not down.
  static std::string ReasonOf(const DeclaredNode& ill) {
    const ExporterProcess exporter({.config = ConfigText({Declared(*healthy_), ill}),
                                    .flags = {"--log.level=debug"},
                                    .env = {{"SECRET", "s3cr3t-and-wrong"}}});
    EXPECT_LT(exporter.seconds_to_listen(), 1.0 * kSlowness);
    const Page page = exporter.WaitForPage([](const Page& p) {
      return p.Value("pgfleet_up", {{"pg_node", "ill"}}) == 0 &&
             p.Value("pgfleet_up", {{"pg_node", "well"}}) == 1;
    });
    EXPECT_EQ(page.State("pgfleet_down_reason", "reason", {{"pg_node", "well"}}), "");
    EXPECT_FALSE(page.Has("pgfleet_node_role", {{"pg_node", "ill"}})) << "unknown is absent";
    EXPECT_THAT(exporter.Log() + exporter.Get("/metrics").body,
                testing::Not(testing::HasSubstr("s3cr3t")));
    return page.State("pgfleet_down_reason", "reason", {{"pg_node", "ill"}});
  }

  static DeclaredNode OnLoopback(int port) {
    return {.name = "ill", .host = "127.0.0.1", .port = port};
  }

  static DeclaredNode Ill(const PostgresServer& server, const std::string& connection = "") {
    DeclaredNode node = Declared(server);
    node.name = "ill";
    node.connection = connection;
    return node;
  }

  static std::unique_ptr<PostgresServer> healthy_;
};
std::unique_ptr<PostgresServer> DownReason::healthy_;

TEST_F(DownReason, AServerThatIsNotThereIsRefused) {
  const PostgresServer never_started(kFaultMajor, {.name = "ill"});
  EXPECT_EQ(ReasonOf(Ill(never_started)), "refused");
}

TEST_F(DownReason, AClosedPortIsRefused) {
  int port = 0;
  {
    const Listener closed = ListenLoopback(1);
    port = closed.port;
  }
  EXPECT_EQ(ReasonOf(OnLoopback(port)), "refused");
}

TEST_F(DownReason, AnAddressThatSwallowsConnectionsIsATimeout) {
  const BlackHole hole;
  EXPECT_EQ(ReasonOf(OnLoopback(hole.port())), "timeout");
}

TEST_F(DownReason, AServerThatNeverSaysAWordIsATimeout) {
  const FakeServer silent(Behaviour::kSilent);
  EXPECT_EQ(ReasonOf(OnLoopback(silent.port())), "timeout");
}

TEST_F(DownReason, ANameThatDoesNotResolveIsDns) {
  EXPECT_EQ(ReasonOf({.name = "ill", .host = "no-such-host.invalid"}), "dns");
}

TEST_F(DownReason, AWrongPasswordIsAuth) {
  PostgresServer server(kFaultMajor, {.name = "ill"});
  server.Start();
  server.Execute("ALTER ROLE mon PASSWORD 'right'");
  server.SetHba("local all postgres trust\nlocal all all scram-sha-256\n");
  server.Reload();
  ASSERT_TRUE(WaitUntil([&] { return !Accepts(server.Conninfo("mon")); }));
  EXPECT_EQ(ReasonOf(Ill(server, R"(password: "${SECRET}")")), "auth");
}

TEST_F(DownReason, ARoleThatIsNotLetInIsAuth) {
  PostgresServer server(kFaultMajor, {.name = "ill"});
  server.SetHba("local all postgres trust\n");
  server.Start();
  EXPECT_EQ(ReasonOf(Ill(server)), "auth");
}

TEST_F(DownReason, AMissingDatabaseIsNamedSo) {
  EXPECT_EQ(ReasonOf(Ill(*healthy_, "dbname: nowhere")), "no_database");
}

TEST_F(DownReason, AStandbyThatAcceptsNobodyYetIsStarting) {
  PostgresServer standby(kFaultMajor, {.name = "ill", .conf = {"hot_standby = off"}});
  standby.Follow(*healthy_, "");
  standby.StartWithoutSessions();
  EXPECT_EQ(ReasonOf(Ill(standby)), "starting");
}

TEST_F(DownReason, AServerThatWaitsForItsLastSessionIsShuttingDown) {
  PostgresServer server(kFaultMajor, {.name = "ill"});
  server.Start();
  const Connection last = server.Connect();
  server.Signal(SIGTERM);
  EXPECT_EQ(ReasonOf(Ill(server)), "shutting_down");
}

TEST_F(DownReason, AFullServerIsNamedSo) {
  PostgresServer server(
      kFaultMajor,
      {.name = "ill", .conf = {"max_connections = 5", "superuser_reserved_connections = 3"}});
  server.Start();
  const Connection first = server.Connect("plain");
  const Connection second = server.Connect("plain");
  EXPECT_EQ(ReasonOf(Ill(server)), "too_many_connections");
}

TEST_F(DownReason, AServerWithoutTlsWhereItIsAskedForIsTls) {
  const FakeServer server(Behaviour::kStartupError, "28000");
  DeclaredNode ill = OnLoopback(server.port());
  ill.connection = "sslmode: require";
  EXPECT_EQ(ReasonOf(ill), "tls");
}

TEST_F(DownReason, WhatIsNotPostgresqlIsProtocol) {
  const FakeServer server(Behaviour::kGarbage);
  EXPECT_EQ(ReasonOf(OnLoopback(server.port())), "protocol");
}

}  // namespace
}  // namespace pgfleet::test
