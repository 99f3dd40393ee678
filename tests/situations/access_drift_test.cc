// The roles that users really have (readonly and readwrite granted to people and applications, a
// role for replication, a superuser for pgAgent), declared; and then one thing after another that
// nobody declared.
#include <gmock/gmock.h>

#include "situations/drift.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

constexpr auto kRoles = R"(
CREATE ROLE readonly;
CREATE ROLE readwrite;
CREATE ROLE app LOGIN PASSWORD 'canary-app';
CREATE ROLE reporting LOGIN PASSWORD 'canary-reporting';
CREATE ROLE batch LOGIN NOINHERIT;
CREATE ROLE replica LOGIN REPLICATION PASSWORD 'canary-replica' VALID UNTIL '2099-01-01';
CREATE ROLE agent LOGIN SUPERUSER;
GRANT readonly TO reporting;
GRANT readwrite TO app, batch;
)";

// `mon` and `plain` are the test servers' own; `pgfleet` is the monitoring role.
constexpr auto kDeclared = R"(    roles:
      postgres: {superuser: true, createrole: true, createdb: true, replication: true, bypassrls: true, login: true}
      readonly: {members: [reporting]}
      readwrite: {members: [app, batch]}
      app: {login: true}
      reporting: {login: true}
      batch: {login: true, inherit: false}
      replica: {login: true, replication: true, expiry: required}
      agent: {superuser: true, login: true}
    roles_ignore: [mon, plain, pgfleet]
)";

class AccessDrift : public testing::TestWithParam<int> {
 protected:
  AccessDrift() { cluster_.primary().Execute(kRoles); }
  void Do(const std::string& sql) { cluster_.primary().Execute(sql); }

  Cluster cluster_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Server, AccessDrift, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

struct Case {
  const char* description;
  const char* done;
  const char* undone;
  Names names;
};

TEST_P(AccessDrift, NamesWhatNobodyDeclaredAndNothingElse) {
  ExporterProcess exporter(Comparing(cluster_, kDeclared));
  WaitForAccess(exporter, {});
  const Case kCases[] = {
      {"a reporting user gets readwrite",
       "GRANT readwrite TO reporting",
       "REVOKE readwrite FROM reporting",
       {"unexpected_membership reporting readwrite"}},
      {"a role loses NOINHERIT",
       "ALTER ROLE batch INHERIT",
       "ALTER ROLE batch NOINHERIT",
       {"attribute batch inherit"}},
      {"a new superuser",
       "CREATE ROLE mallory SUPERUSER",
       "DROP ROLE mallory",
       {"unexpected_role mallory "}},
      {"the replica's password ends",
       "ALTER ROLE replica VALID UNTIL '2001-01-01'",
       "ALTER ROLE replica VALID UNTIL '2099-01-01'",
       {"password_expired replica "}},
      {"a membership is gone",
       "REVOKE readonly FROM reporting",
       "GRANT readonly TO reporting",
       {"missing_membership reporting readonly"}},
      {"a role gets REPLICATION",
       "ALTER ROLE app REPLICATION",
       "ALTER ROLE app NOREPLICATION",
       {"attribute app replication"}},
      {"ALTER ROLE SET",
       "ALTER ROLE app SET work_mem = '1GB'",
       "ALTER ROLE app RESET work_mem",
       {"unexpected_setting app work_mem"}},
      {"a role of PostgreSQL gets a member",
       "GRANT pg_signal_backend TO reporting",
       "REVOKE pg_signal_backend FROM reporting",
       {"unexpected_membership reporting pg_signal_backend"}},
  };
  for (const auto& [description, done, undone, names] : kCases) {
    SCOPED_TRACE(description);
    Do(done);
    WaitForAccess(exporter, names);
    Do(undone);
    WaitForAccess(exporter, {});
  }
}

TEST_P(AccessDrift, ShowsWhoIsPrivilegedAndHow) {
  Do("CREATE ROLE deputy LOGIN NOINHERIT; GRANT agent TO deputy");
  Do("CREATE ROLE keeper CREATEROLE");
  ExporterProcess exporter(Comparing(cluster_));
  const Page page = exporter.WaitForPage(
      [](const Page& p) { return p.Has("pgfleet_role_privileged", {{"role", "deputy"}}); });
  const auto via = [&](const std::string& role, const std::string& privilege) {
    const auto found =
        page.All("pgfleet_role_privileged", {{"role", role}, {"privilege", privilege}});
    return found.size() == 1 ? found.front().labels.at("via") : std::to_string(found.size());
  };
  EXPECT_EQ(via("agent", "superuser"), "held");
  EXPECT_EQ(via("deputy", "superuser"), "set");
  EXPECT_EQ(via("replica", "replication"), "held");
  EXPECT_EQ(via("keeper", "createrole"), "held");
  EXPECT_EQ(via("app", "superuser"), "0");
}

TEST_P(AccessDrift, CountsChangesAcrossRestartsOfTheExporter) {
  const TempDir state;
  auto options = Comparing(cluster_);
  options.flags = {"--state-dir=" + state.path().string()};
  const std::string total = "pgfleet_access_changes_total";
  {
    ExporterProcess exporter(options);
    WaitForValue(exporter, total, {}, 0);
    Do("GRANT readwrite TO reporting");
    WaitForValue(exporter, total, {}, 1);
  }
  Do("ALTER ROLE app SET work_mem = '1GB'");
  ExporterProcess exporter(options);
  WaitForValue(exporter, total, {}, 2);
  EXPECT_TRUE(exporter.Metrics().Has("pgfleet_access_last_change_timestamp_seconds"));
}

}  // namespace
}  // namespace pgfleet::test
