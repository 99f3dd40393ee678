// Replication origins that a test advances by hand: the position that must come back is known.
#include <gtest/gtest.h>

#include "servers/world.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

class Origins : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    server_.Start();
    Connection session = server_.Connect();
    Advance(session, "upstream");
    Advance(session, "another");
    if (GetParam() < 12) Advance(session, "pg_16390_16385");  // reserved since
  }

  static void Advance(Connection& session, const std::string& name) {
    session.Execute("SELECT pg_replication_origin_create(" + Quoted(name) + ")");
    session.Execute("SELECT pg_replication_origin_advance(" + Quoted(name) + ", '16/B374D848')");
  }

  static void ExpectBothOrigins(const CollectorRun& run) {
    ASSERT_TRUE(run.decoded) << run.answer.message;
    const auto& origins = run.facts.replication_origins->origins;
    ASSERT_EQ(origins.size(), 2U) << "that of a worker that copies a table has no series";
    EXPECT_EQ(origins[0].name, "another");
    EXPECT_EQ(origins[1].name, "upstream");
    EXPECT_EQ(origins[1].remote, model::Lsn{0x16B374D848});
    EXPECT_FALSE(origins[1].local) << "nothing was replayed here";
  }

  const collectors::Collector& collector_ = CollectorNamed("replication_origins");
  PostgresServer server_{GetParam(), {.name = "subscriber"}};
};
INSTANTIATE_TEST_SUITE_P(Server, Origins, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

TEST_P(Origins, TheSuperuserSeesTheirPositions) {
  ExpectBothOrigins(RunCollector(collector_, server_, "postgres"));
}

TEST_P(Origins, AMonitoringRoleSeesNoneWithoutAGrant) {
  EXPECT_EQ(RunCollector(collector_, server_, "mon").answer.sqlstate, "42501");
}

TEST_P(Origins, AGrantOpensThemFrom14On) {
  if (GetParam() < 10) return;  // the function checks for itself, whoever it was granted to
  server_.Execute("GRANT SELECT ON pg_replication_origin_status TO mon");
  server_.Execute("GRANT EXECUTE ON FUNCTION pg_show_replication_origin_status() TO mon");
  const CollectorRun run = RunCollector(collector_, server_, "mon");
  if (GetParam() >= 14)
    ExpectBothOrigins(run);
  else
    EXPECT_EQ(run.answer.sqlstate, "42501");
}

TEST_P(Origins, TheHelperOpensThemBefore14) {
  collectors::Collector helped = collector_;
  helped.sql = collector_.fallback;
  if (GetParam() >= 14) {
    EXPECT_EQ(pg::SqlFor(helped.sql, GetParam() * 10000), "");
    return;
  }
  Connection session = server_.Connect();
  session.Execute("CREATE SCHEMA pgfleet");
  session.Execute("GRANT USAGE ON SCHEMA pgfleet TO mon");
  session.Execute(
      "CREATE FUNCTION pgfleet.replication_origin_status()"
      " RETURNS SETOF pg_catalog.pg_replication_origin_status LANGUAGE sql SECURITY DEFINER"
      " AS 'SELECT * FROM pg_catalog.pg_replication_origin_status'");
  ExpectBothOrigins(RunCollector(helped, server_, "mon"));
}

}  // namespace
}  // namespace pgfleet::test
