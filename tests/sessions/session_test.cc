#include "pg/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "sessions/loop.h"
#include "support/majors.h"
#include "support/postgres_server.h"

namespace pgfleet::test {
namespace {

using namespace std::chrono_literals;
using model::DownReason;
using model::FailureReason;

pg::Target TargetOf(const PostgresServer& server, pg::Keywords more = {}) {
  more.emplace("host", server.socket_directory());
  more.emplace("port", std::to_string(PostgresServer::port()));
  more.emplace("user", "mon");
  more.emplace("dbname", "postgres");
  return *pg::MakeTarget(more);
}

// One server of the newest default major, and a session to it.
class SessionTest : public testing::Test {
 protected:
  SessionTest() : server_(Majors().back(), {}) { server_.Start(); }

  std::expected<void, pg::Failure> Open(pg::Keywords more = {},
                                        std::chrono::milliseconds patience = 5s) {
    return RunOn(io_, session_.Open(TargetOf(server_, std::move(more)), "",
                                    std::chrono::steady_clock::now() + patience));
  }
  pg::RunResult Run(std::vector<pg::Statement> statements,
                    std::chrono::milliseconds deadline = 5s) {
    return RunOn(io_, session_.Run(statements, deadline * 9 / 10,
                                   std::chrono::steady_clock::now() + deadline));
  }
  std::string Setting(const std::string& name) {
    const std::string sql = "SELECT pg_catalog.current_setting('" + name + "')";
    const auto result = Run({{name, sql}});
    return result.outcomes.at(0).rows->string(0, 0);
  }

  PostgresServer server_;
  asio::io_context io_;
  pg::Session session_{io_.get_executor()};
};

TEST_F(SessionTest, IsReadOnlyAndFindsNothingByAccident) {
  ASSERT_TRUE(Open());
  EXPECT_EQ(Setting("application_name"), "pgfleet_exporter");
  EXPECT_EQ(Setting("search_path"), "");
  EXPECT_EQ(Setting("default_transaction_read_only"), "on");
  EXPECT_EQ(Setting("lock_timeout"), "500ms");
  EXPECT_EQ(Setting("idle_in_transaction_session_timeout"), "10s");
  EXPECT_EQ(Setting("statement_timeout"), "4500ms");
}

TEST_F(SessionTest, LeavesTheServersOwnValuesInResetVal) {
  ASSERT_TRUE(Open());
  const auto result = Run({{"reset",
                            "SELECT reset_val FROM pg_catalog.pg_settings "
                            "WHERE name IN ('statement_timeout', 'default_transaction_read_only') "
                            "ORDER BY name"}});
  EXPECT_EQ(result.outcomes[0].rows->string(0, 0), "off");
  EXPECT_EQ(result.outcomes[0].rows->string(1, 0), "0");
}

TEST_F(SessionTest, AFailingStatementCostsOnlyItself) {
  ASSERT_TRUE(Open());
  for (int round = 0; round < 3; ++round) {
    const auto result = Run({{"one", "SELECT 1"},
                             {"denied", "SELECT rolpassword FROM pg_catalog.pg_authid"},
                             {"gone", "SELECT 1 FROM pg_catalog.no_such_view"},
                             {"two", "SELECT 2, NULL"}});
    ASSERT_FALSE(result.failure) << result.failure->message;
    ASSERT_EQ(result.outcomes.size(), 4U);
    EXPECT_EQ(result.outcomes[0].rows->integer(0, 0), 1);
    EXPECT_EQ(result.outcomes[1].rows.error().reason, FailureReason::kPermission);
    EXPECT_EQ(result.outcomes[1].rows.error().sqlstate, "42501");
    EXPECT_EQ(result.outcomes[2].rows.error().reason, FailureReason::kMissing);
    EXPECT_EQ(result.outcomes[3].rows->integer(0, 0), 2);
    EXPECT_TRUE(result.outcomes[3].rows->null(0, 1));
  }
}

TEST_F(SessionTest, PreparesEachStatementOnce) {
  ASSERT_TRUE(Open());
  for (int round = 0; round < 3; ++round) Run({{"one", "SELECT 1"}});
  const auto result =
      Run({{"count", "SELECT count(*) FROM pg_catalog.pg_prepared_statements WHERE name = 'one'"}});
  EXPECT_EQ(result.outcomes[0].rows->integer(0, 0), 1);
}

// A role with a connection limit was refused its next session while the server still ended this.
TEST_F(SessionTest, ASessionThatWasLeftDoesNotCountAnyMore) {
  server_.Execute("ALTER ROLE mon CONNECTION LIMIT 1");
  for (int round = 0; round < 50; ++round) {
    const auto opened = Open();
    ASSERT_TRUE(opened) << round << ": " << opened.error().message;
    const auto began = std::chrono::steady_clock::now();
    RunOn(io_, session_.Leave(began + 5s));
    ASSERT_LT(std::chrono::steady_clock::now() - began, 4s) << "it waited for nothing";
    EXPECT_FALSE(session_.is_open());
  }
}

TEST_F(SessionTest, AFrozenServerIsLeftAtTheDeadline) {
  ASSERT_TRUE(Open());
  server_.Freeze();
  const auto began = std::chrono::steady_clock::now();
  RunOn(io_, session_.Leave(began + 500ms));
  const auto took = std::chrono::steady_clock::now() - began;
  server_.Thaw();
  EXPECT_GE(took, 400ms);
  EXPECT_LT(took, 5s);
}

TEST_F(SessionTest, NothingIsLeftWithoutASession) {
  RunOn(io_, session_.Leave(std::chrono::steady_clock::now() + 5s));
  EXPECT_FALSE(session_.is_open());
}

TEST_F(SessionTest, IsNotEndedByTheServersLimitForIdleSessions) {
  server_.AddConf({"idle_session_timeout = 200ms"});
  server_.Reload();
  ASSERT_TRUE(Open());
  std::this_thread::sleep_for(600ms);
  EXPECT_FALSE(Run({{"one", "SELECT 1"}}).failure);
}

TEST_F(SessionTest, AStatementThatIsTooSlowIsEndedByTheServer) {
  ASSERT_TRUE(Open());
  const auto result =
      Run({{"slow", "SELECT pg_catalog.pg_sleep(30)"}, {"next", "SELECT 1"}}, 500ms);
  ASSERT_FALSE(result.failure);
  EXPECT_EQ(result.outcomes[0].rows.error().reason, FailureReason::kTimeout);
  EXPECT_TRUE(result.outcomes[1].rows);
}

TEST_F(SessionTest, AFrozenServerEndsAtTheDeadline) {
  ASSERT_TRUE(Open());
  server_.Freeze();
  const auto began = std::chrono::steady_clock::now();
  const auto result = Run({{"one", "SELECT 1"}, {"two", "SELECT 2"}}, 700ms);
  const auto took = std::chrono::steady_clock::now() - began;
  server_.Thaw();
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(result.failure->reason, DownReason::kTimeout);
  EXPECT_EQ(result.outcomes.size(), 2U);
  EXPECT_EQ(result.outcomes[1].rows.error().reason, FailureReason::kTimeout);
  EXPECT_GE(took, 700ms);
  EXPECT_LT(took, 1500ms);
  EXPECT_FALSE(session_.is_open());
}

TEST_F(SessionTest, AFrozenServerLetsNoConnectHang) {
  server_.Freeze();
  const auto opened = Open({}, 500ms);
  server_.Thaw();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, DownReason::kTimeout);
}

TEST_F(SessionTest, ATerminatedBackendIsALostSession) {
  ASSERT_TRUE(Open());
  server_.Execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE application_name = 'pgfleet_exporter'");
  const auto result = Run({{"one", "SELECT 1"}});
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(result.failure->reason, DownReason::kLost);
  ASSERT_TRUE(Open()) << "a session opens again after it was lost";
  EXPECT_FALSE(Run({{"one", "SELECT 1"}}).failure);
}

TEST_F(SessionTest, AnOrderlyShutdownIsToldFromTheDeathOfThePostmaster) {
  ASSERT_TRUE(Open());
  server_.Stop(SIGINT);
  EXPECT_EQ(Run({{"one", "SELECT 1"}}).failure->sqlstate, "57P01");

  server_.Start();
  ASSERT_TRUE(Open());
  kill(server_.pid(), SIGKILL);  // its backends see it and go by themselves
  std::this_thread::sleep_for(500ms);
  const auto result = Run({{"one", "SELECT 1"}});
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(result.failure->sqlstate, "57P02") << result.failure->message;
  EXPECT_EQ(result.failure->reason, DownReason::kLost);
}

TEST_F(SessionTest, EachFaultyLoginHasItsReason) {
  EXPECT_EQ(Open({{"dbname", "nope"}}).error().reason, DownReason::kNoDatabase);
  EXPECT_EQ(Open({{"user", "nobody_knows"}}).error().reason, DownReason::kAuth);
  EXPECT_EQ(Open({{"host", "/nowhere"}}).error().reason, DownReason::kRefused);
  EXPECT_EQ(Open({{"host", "127.0.0.1"}, {"port", "1"}}).error().reason, DownReason::kRefused);
}

TEST_F(SessionTest, AStoppedServerRefuses) {
  server_.Stop();
  const auto opened = Open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, DownReason::kRefused);
  EXPECT_EQ(opened.error().phase, "connect");
}

TEST_F(SessionTest, NamesOfASqlAsciiDatabaseArriveAsTheyAre) {
  server_.Execute(
      "CREATE DATABASE raw ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
  ASSERT_TRUE(Open({{"dbname", "raw"}}));
  const auto result = Run({{"bytes", "SELECT E'a\\xff\\xfeb'"}});
  ASSERT_TRUE(result.outcomes[0].rows) << result.outcomes[0].rows.error().message;
  EXPECT_EQ(result.outcomes[0].rows->string(0, 0),
            "a\xff\xfe"
            "b");
}

// The whole answer may come in one read; then the statement fails and the session lives on.
TEST_F(SessionTest, AnAnswerThatIsTooLargeIsNotTaken) {
  ASSERT_TRUE(Open());
  const auto result = Run({{"huge", "SELECT pg_catalog.repeat('x', 40000000)"}});
  ASSERT_FALSE(result.outcomes[0].rows);
  EXPECT_EQ(result.outcomes[0].rows.error().reason, FailureReason::kLimit);
  if (result.failure) {
    EXPECT_EQ(result.failure->reason, DownReason::kLimit);
  }
}

}  // namespace
}  // namespace pgfleet::test
