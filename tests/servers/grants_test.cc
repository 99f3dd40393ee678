// The SQL of `pgfleet_exporter grants` on real servers: what the role can read with it, and could
// not before.
#include "collectors/grants.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "support/majors.h"
#include "support/postgres_server.h"

namespace pgfleet::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kHostileRole = R"(Mon'i"tor\ $pgfleet$ {role})";

// What one block promises: a statement that the role may run with it and not without.
struct Promise {
  int from, to;
  const char* sql;
};
constexpr Promise kPromises[] = {
    {10, 99, "SELECT name FROM pg_ls_waldir()"},
    {10, 99, "SELECT pg_catalog.current_setting('data_directory')"},
    {12, 99, "SELECT name FROM pg_ls_archive_statusdir()"},
    {9, 99, "SELECT seqno, name, applied, error FROM pg_file_settings"},
    {10, 99, "SELECT line_number, error FROM pg_hba_file_rules"},
    {15, 99, "SELECT line_number, error FROM pg_ident_file_mappings"},
    {14, 99, "SELECT external_id, remote_lsn FROM pg_replication_origin_status"},
    {9, 9, "SELECT pid, state, sent_location FROM pgfleet.stat_replication()"},
    {9, 9, "SELECT pid, status, received_lsn FROM pgfleet.stat_wal_receiver()"},
    {9, 9, "SELECT pid, state, backend_xmin FROM pgfleet.stat_activity()"},
    {9, 9, "SELECT name, size, modification FROM pgfleet.ls_waldir()"},
    {9, 11, "SELECT name, size, modification FROM pgfleet.ls_archive_statusdir()"},
    {9, 13, "SELECT external_id, remote_lsn FROM pgfleet.replication_origin_status()"},
    {9, 99, "SELECT role, method FROM pgfleet.password_methods()"},
};

// Grants change the server: each test has its own, with the role of that name and nothing granted.
class GrantsOn : public testing::TestWithParam<int> {
 protected:
  GrantsOn() : server_(GetParam(), {}) { server_.Start(); }

  // As an administrator runs it; throws with psql's output when psql says that it failed.
  std::string Psql(const std::string& sql) {
    const TempDir directory;
    const auto file = directory.path() / "grants.sql";
    WriteFile(file, "\\set ON_ERROR_STOP on\n" + sql);
    return test::Run({.argv = {ClientProgram("psql"), "-X", "-q", "-h", server_.socket_directory(),
                               "-U", "postgres", "-d", "postgres", "-f", file}});
  }
  std::string Apply(const std::string& role = "pgfleet") {
    return Psql(collectors::GrantsSql(GetParam(), role));
  }
  std::string State(const std::string& sql, const std::string& role = "pgfleet") {
    return server_.Connect(role).QueryExtended(sql).sqlstate;
  }

  PostgresServer server_;
};
INSTANTIATE_TEST_SUITE_P(Server, GrantsOn, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

TEST_P(GrantsOn, EachPromiseIsKeptWithThemAndWasNotBefore) {
  server_.Execute("CREATE ROLE pgfleet LOGIN");
  for (const Promise& promise : kPromises) EXPECT_NE(State(promise.sql), "") << promise.sql;
  Apply();
  for (const Promise& promise : kPromises) {
    const bool is_of_this_major = promise.from <= GetParam() && GetParam() <= promise.to;
    EXPECT_EQ(State(promise.sql).empty(), is_of_this_major) << promise.sql;
  }
}

TEST_P(GrantsOn, TheyCanBeGivenTwiceAndChangeNothingThen) {
  EXPECT_EQ(Apply(), "");
  const std::string all =
      "SELECT string_agg(f, ';' ORDER BY f) FROM (SELECT oid::regprocedure || "
      "coalesce(proacl::text,"
      " '') || proconfig::text FROM pg_proc WHERE pronamespace = 'pgfleet'::regnamespace) AS p(f)";
  const std::string functions = server_.Value(all);
  EXPECT_EQ(Apply(), "") << "nothing to complain of";
  EXPECT_EQ(server_.Value(all), functions);
  EXPECT_EQ(State("SELECT role FROM pgfleet.password_methods()"), "");
}

TEST_P(GrantsOn, TheRoleCanDoNothingElse) {
  server_.Execute("CREATE ROLE pgfleet CREATEDB CREATEROLE BYPASSRLS REPLICATION");
  server_.Execute("ALTER ROLE pgfleet SET work_mem = '5MB'");
  server_.Execute("ALTER ROLE pgfleet IN DATABASE template1 SET work_mem = '6MB'");
  server_.Execute("CREATE TABLE secrets AS SELECT 1 AS secret");
  Apply();
  EXPECT_EQ(server_.Value("SELECT concat_ws(' ', rolsuper, rolcreaterole, rolcreatedb, "
                          "rolreplication, rolbypassrls, rolcanlogin, rolconnlimit) "
                          "FROM pg_roles WHERE rolname = 'pgfleet'"),
            "f f f f f t 5");
  EXPECT_EQ(server_.Value("SELECT count(*) FROM pg_db_role_setting"), "0");
  EXPECT_EQ(server_.Value("SELECT count(*) FROM pg_authid WHERE rolname = 'pgfleet' AND "
                          "rolpassword IS NOT NULL"),
            "0");
  for (const char* sql : {"SELECT rolpassword FROM pg_authid", "SELECT secret FROM secrets",
                          "SELECT pg_read_file('postgresql.conf')", "SELECT pg_switch_wal()",
                          "CREATE FUNCTION pgfleet.f() RETURNS int LANGUAGE sql AS 'SELECT 1'"})
    EXPECT_EQ(State(WalName(GetParam(), sql)), "42501") << sql;
}

TEST_P(GrantsOn, TheHelpersAreForNobodyElse) {
  Apply();
  EXPECT_EQ(State("SELECT role FROM pgfleet.password_methods()", "plain"), "42501");
  server_.Execute("GRANT USAGE ON SCHEMA pgfleet TO plain");
  Connection plain = server_.Connect("plain");
  const Answer helpers = server_.Execute(
      "SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'pgfleet'::regnamespace");
  EXPECT_GE(helpers.rows.size(), 1U);
  for (const auto& row : helpers.rows)
    EXPECT_EQ(plain.Query("SELECT count(*) FROM " + *row[0]).sqlstate, "42501") << *row[0];
}

TEST_P(GrantsOn, AnIntrudersOperatorsAndTablesAreNotUsed) {
  server_.Execute(
      "CREATE FUNCTION public.trap(name, text) RETURNS boolean LANGUAGE plpgsql AS "
      "'BEGIN RAISE EXCEPTION ''trapped''; END'");
  server_.Execute(
      "CREATE OPERATOR public.= (PROCEDURE = public.trap, LEFTARG = name, "
      "RIGHTARG = text)");
  EXPECT_EQ(Apply(), "");
  Connection session = server_.Connect("pgfleet");
  session.Execute("CREATE TEMP TABLE pg_authid (rolname name, rolpassword text)");
  EXPECT_GE(std::stoi(session.Value("SELECT count(*) FROM pgfleet.password_methods()")), 4);
}

TEST_P(GrantsOn, AnyNameOfARoleIsQuoted) {
  ASSERT_TRUE(collectors::IsRoleName(kHostileRole));
  EXPECT_EQ(Apply(kHostileRole), "");
  EXPECT_EQ(Apply(kHostileRole), "");
  EXPECT_EQ(server_.Value("SELECT count(*) FROM pg_roles WHERE rolname = E" +
                          Quoted(R"(Mon'i"tor\\ $pgfleet$ {role})")),
            "1");
  EXPECT_EQ(server_.Value("SELECT has_function_privilege(oid, 'pgfleet.password_methods()', "
                          "'EXECUTE') FROM pg_roles WHERE rolname LIKE 'Mon%'"),
            "t");
}

// What psql says when it fails; "" when it does not.
template <typename Do>
std::string FaultOf(Do run) {
  try {
    run();
    return "";
  } catch (const std::exception& fault) {
    return fault.what();
  }
}

TEST_P(GrantsOn, ASchemaOfSomebodyElseIsRefusedAndNothingIsChanged) {
  server_.Execute("CREATE SCHEMA pgfleet AUTHORIZATION plain");
  EXPECT_THAT(FaultOf([this] { Apply(); }), HasSubstr("belongs to a role that is no superuser"));
  EXPECT_EQ(server_.Value("SELECT count(*) FROM pg_roles WHERE rolname = 'pgfleet'"), "0");
}

TEST_P(GrantsOn, ASuperuserKeepsItsRights) {
  EXPECT_THAT(FaultOf([this] { Apply("postgres"); }), HasSubstr("is a superuser"));
  EXPECT_EQ(server_.Value("SELECT rolsuper FROM pg_roles WHERE rolname = 'postgres'"), "t");
}

TEST_P(GrantsOn, TheSqlOfAnotherMajorIsRefused) {
  const int other = GetParam() == 12 ? 11 : 12;
  EXPECT_THAT(FaultOf([&] { Psql(collectors::GrantsSql(other, "pgfleet")); }),
              HasSubstr("this SQL is for PostgreSQL " + std::to_string(other)));
}

TEST_P(GrantsOn, HelpersOfAnUpgradeAreDropped) {
  server_.Execute("CREATE SCHEMA pgfleet");
  server_.Execute("CREATE FUNCTION pgfleet.ls_waldir() RETURNS int LANGUAGE sql AS 'SELECT 1'");
  EXPECT_EQ(Apply(), "");
  EXPECT_EQ(server_.Value("SELECT count(*) FROM pg_proc WHERE proname = 'ls_waldir' AND "
                          "pronamespace = 'pgfleet'::regnamespace"),
            GetParam() == 9 ? "1" : "0");
}

TEST_P(GrantsOn, TheHelpersSeeWhatTheServersOwnViewsHold) {
  server_.Execute("CREATE ROLE hashed PASSWORD 'canary-9183'");
  Apply();
  Connection session = server_.Connect("pgfleet");
  const std::string own = server_.Value(
      "SELECT split_part(translate(rolpassword, '$', '-'), ':', 1) FROM pg_authid "
      "WHERE rolname = 'hashed'");
  const std::string method =
      session.Value("SELECT method FROM pgfleet.password_methods() WHERE role = 'hashed'");
  EXPECT_EQ(method, own.starts_with("md5") ? "md5" : "scram-sha-256");
  EXPECT_EQ(session.Value("SELECT method FROM pgfleet.password_methods() WHERE role = 'plain'"),
            "none");
}

}  // namespace
}  // namespace pgfleet::test
