#include <gmock/gmock.h>
#include <sys/wait.h>

#include <fstream>

#include "support/fake_server.h"
#include "support/http_client.h"
#include "support/majors.h"
#include "support/page.h"
#include "support/postgres_server.h"

namespace pgfleet::test {
namespace {

TEST(Harness, AMissingServerIsAFailureThatNamesTheRemedy) {
  try {
    ServerProgram(7, "postgres");
    FAIL() << "there is no PostgreSQL 7";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("make setup"));
  }
}

TEST(Harness, NamesOfWalAreThoseOfTheServer) {
  const std::string sql =
      "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), sent_lsn), pg_ls_dir('pg_wal'), restart_lsn";
  EXPECT_EQ(WalName(10, sql), sql);
  EXPECT_EQ(WalName(9, sql),
            "SELECT pg_xlog_location_diff(pg_current_xlog_location(), sent_location), "
            "pg_ls_dir('pg_xlog'), restart_lsn");
}

TEST(Harness, ACommandThatFailsTellsItsOutput) {
  try {
    test::Run({.argv = {"/bin/sh", "-c", "echo broken; exit 3"}});
    FAIL() << "the command failed";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("exit status 3"));
    EXPECT_THAT(error.what(), testing::HasSubstr("broken"));
  }
}

TEST(Harness, ABlackHoleNeverCompletesAConnection) {
  const BlackHole hole;
  EXPECT_FALSE(Accepts("host=127.0.0.1 user=u dbname=d connect_timeout=2 port=" +
                       std::to_string(hole.port())));
}

TEST(PageParser, ReadsLabelsEscapesAndTypes) {
  const Page page(
      "# HELP a_b what it is\n# TYPE a_b gauge\n"
      "a_b{x=\"q\\\"b\\\\n\\n\",y=\"\"} 1.5e3\na_c 2\n");
  EXPECT_EQ(page.Value("a_b", {{"x", "q\"b\\n\n"}}), 1500);
  EXPECT_EQ(page.Value("a_c"), 2);
  EXPECT_EQ(page.types().at("a_b"), "gauge");
  EXPECT_FALSE(page.Value("a_d").has_value());
}

TEST(PageParser, RefusesWhatPrometheusWouldRefuse) {
  for (const std::string bad :
       {"a{x=\"1\"} NaN\n", "a{x=\"1\",x=\"2\"} 1\n", "a 1\na 1\n", "a{x=\"\xff\"} 1\n", "a 1",
        "a{x=\"open} 1\n", "1a 1\n", "a{x=\"\\q\"} 1\n", "a\n", "a one\n"})
    EXPECT_THROW(Page{bad}, std::runtime_error) << bad;
}

TEST(PageParser, TellsTheStateOfAStateSet) {
  const Page page("s{n=\"1\",state=\"up\"} 0\ns{n=\"1\",state=\"down\"} 1\n");
  EXPECT_EQ(page.State("s", "state", {{"n", "1"}}), "down");
  EXPECT_EQ(page.State("s", "state", {{"n", "2"}}), "");
}

std::string ConninfoOf(const FakeServer& server) {
  return "host=127.0.0.1 user=u dbname=d password=secret sslmode=disable connect_timeout=5 port=" +
         std::to_string(server.port());
}

TEST(FakeServerTest, AStartupErrorReachesTheClient) {
  const FakeServer server(Behaviour::kStartupError, "57P03");
  EXPECT_THROW(Connection{ConninfoOf(server)}, std::runtime_error);
  EXPECT_EQ(server.connections(), 1);
}

TEST(FakeServerTest, AClientThatTrustsItGivesItsPasswordAway) {
  const FakeServer server(Behaviour::kAskCleartext);
  Connection session(ConninfoOf(server));
  EXPECT_TRUE(server.got_password());
}

TEST(FakeServerTest, AnErrorMayLackItsSqlstate) {
  const FakeServer server(Behaviour::kNoSqlstate);
  EXPECT_EQ(Connection(ConninfoOf(server)).Query("SELECT 1").sqlstate, "none");
}

TEST(FakeServerTest, AHalfRowIsAnError) {
  const FakeServer server(Behaviour::kHalfRow);
  EXPECT_FALSE(Connection(ConninfoOf(server)).Query("SELECT 1").ok());
}

TEST(FakeServerTest, RowsComeWithoutEnd) {
  const FakeServer server(Behaviour::kEndlessRows);
  const Socket socket = ConnectLoopback(server.port());
  socket.SendAll(std::string("\0\0\0\x08\0\x03\0\0", 8));
  socket.SendAll(std::string("Q\0\0\0\x05x", 5) + '\0');
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(socket.Receive(1 << 16));
  socket.Shutdown();
}

}  // namespace
}  // namespace pgfleet::test
