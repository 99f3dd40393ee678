// Roles as an owner declares them: one change, one finding.
#include <gmock/gmock.h>

#include "server_access.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

using model::DesiredMember;
using model::DesiredRole;
using testing::ElementsAre;
using testing::IsEmpty;

DesiredMember Member(const std::string& name) {
  return {.name = name, .admin = false, .inherit = {}, .set = {}};
}

constexpr const char* kMadeSql =
    "CREATE ROLE loc_readonly;"
    "CREATE ROLE loc_readwrite;"
    "CREATE ROLE app LOGIN;"
    "CREATE ROLE batch LOGIN NOINHERIT CONNECTION LIMIT 4;"
    "CREATE ROLE reporting_user1 LOGIN;"
    "CREATE ROLE reporting_user2 LOGIN;"
    "CREATE ROLE replica LOGIN REPLICATION PASSWORD 'x' VALID UNTIL '2999-01-01Z';"
    "CREATE ROLE pgagent LOGIN SUPERUSER;"
    "GRANT loc_readwrite TO app, batch;"
    "GRANT loc_readonly TO reporting_user1, reporting_user2, app;"
    "ALTER ROLE batch SET statement_timeout = 0";

std::vector<DesiredRole> OwnersRoles() {
  return {{.name = "app", .login = true},
          {.name = "batch",
           .inherit = false,
           .login = true,
           .connection_limit = 4,
           .settings = {"statement_timeout"}},
          {.name = "loc_readonly",
           .members = {Member("app"), Member("reporting_user1"), Member("reporting_user2")}},
          {.name = "loc_readwrite", .members = {Member("app"), Member("batch")}},
          {.name = "pgagent", .superuser = true, .login = true},
          {.name = "replica",
           .login = true,
           .replication = true,
           .expiry = model::PasswordExpiry::kRequired},
          {.name = "reporting_user1", .login = true},
          {.name = "reporting_user2", .login = true}};
}

// And those that the harness and `pgfleet_exporter grants` make.
model::DesiredAccess Desired(int major) {
  std::vector<DesiredRole> roles = OwnersRoles();
  roles.push_back({.name = "pgfleet", .login = true, .connection_limit = 5});
  roles.push_back({.name = "postgres",
                   .superuser = true,
                   .createrole = true,
                   .createdb = true,
                   .login = true,
                   .replication = true,
                   .bypassrls = true});
  if (major >= 10) roles.push_back({.name = "pg_monitor", .members = {Member("pgfleet")}});
  if (major >= 16)
    roles.push_back({.name = "pg_use_reserved_connections", .members = {Member("pgfleet")}});
  return {.roles = std::move(roles), .ignore = {"mon", "plain"}};
}

class RoleScenario : public testing::TestWithParam<int> {
 protected:
  RoleScenario() : access_(GetParam()), desired_(Desired(GetParam())) {
    access_.server().Execute(kMadeSql);
  }

  std::vector<std::string> DriftAfter(const std::string& sql) {
    access_.server().Execute(sql);
    return access_.Drift(desired_);
  }

  AccessServer access_;
  model::DesiredAccess desired_;
};
INSTANTIATE_TEST_SUITE_P(Server, RoleScenario, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

TEST_P(RoleScenario, EachChangeIsOneNamedFindingAndIsGoneWhenUndone) {
  ASSERT_THAT(access_.Drift(desired_), IsEmpty());
  struct Change {
    const char* made;
    const char* undone;
    const char* told;
  };
  for (const Change& each :
       {Change{"GRANT loc_readwrite TO reporting_user1",
               "REVOKE loc_readwrite FROM reporting_user1",
               "unexpected_membership reporting_user1 loc_readwrite"},
        Change{"REVOKE loc_readonly FROM reporting_user2", "GRANT loc_readonly TO reporting_user2",
               "missing_membership reporting_user2 loc_readonly"},
        Change{"ALTER ROLE batch INHERIT", "ALTER ROLE batch NOINHERIT", "attribute batch inherit"},
        Change{"CREATE ROLE intruder SUPERUSER LOGIN", "DROP ROLE intruder",
               "unexpected_role intruder"},
        Change{"ALTER ROLE replica VALID UNTIL '2020-01-01Z'",
               "ALTER ROLE replica VALID UNTIL '2999-01-01Z'", "password_expired replica"},
        Change{"ALTER ROLE replica VALID UNTIL 'infinity'",
               "ALTER ROLE replica VALID UNTIL '2999-01-01Z'", "attribute replica expiry"},
        Change{"ALTER ROLE app SET work_mem = '1GB'", "ALTER ROLE app RESET work_mem",
               "unexpected_setting app work_mem"},
        Change{"ALTER ROLE app IN DATABASE postgres SET search_path = x",
               "ALTER ROLE app IN DATABASE postgres RESET ALL",
               "unexpected_setting app search_path"},
        Change{"ALTER ROLE batch RESET ALL", "ALTER ROLE batch SET statement_timeout = 5",
               "missing_setting batch statement_timeout"},
        Change{"ALTER ROLE reporting_user1 BYPASSRLS", "ALTER ROLE reporting_user1 NOBYPASSRLS",
               "attribute reporting_user1 bypassrls"},
        Change{"ALTER ROLE batch CONNECTION LIMIT -1", "ALTER ROLE batch CONNECTION LIMIT 4",
               "attribute batch connection_limit"},
        Change{"GRANT loc_readwrite TO app WITH ADMIN OPTION",
               "REVOKE ADMIN OPTION FOR loc_readwrite FROM app",
               "membership_option app loc_readwrite"},
        Change{"ALTER ROLE reporting_user2 RENAME TO \"Nasty \"\"r\xC3\xB4le\"",
               "ALTER ROLE \"Nasty \"\"r\xC3\xB4le\" RENAME TO reporting_user2", nullptr}}) {
    const auto drift = DriftAfter(each.made);
    if (each.told != nullptr)
      EXPECT_THAT(drift, ElementsAre(each.told));
    else
      EXPECT_THAT(drift,
                  ElementsAre("missing_role reporting_user2", "unexpected_role Nasty \"r\xC3\xB4le",
                              "unexpected_membership Nasty \"r\xC3\xB4le loc_readonly"));
    EXPECT_THAT(DriftAfter(each.undone), IsEmpty()) << each.undone;
  }
}

TEST_P(RoleScenario, From16OnTheOptionsOfAGrantAreComparedAndBeforeNot) {
  if (GetParam() >= 16) {
    EXPECT_THAT(DriftAfter("GRANT loc_readwrite TO batch WITH INHERIT TRUE"),
                ElementsAre("membership_option batch loc_readwrite"));
    EXPECT_THAT(DriftAfter("GRANT loc_readwrite TO batch WITH INHERIT FALSE"), IsEmpty());
    EXPECT_THAT(DriftAfter("GRANT loc_readwrite TO app WITH SET FALSE"),
                ElementsAre("membership_option app loc_readwrite"));
    return;
  }
  for (DesiredRole& role : *desired_.roles)
    for (DesiredMember& member : role.members) member.inherit = member.set = false;
  EXPECT_THAT(access_.Drift(desired_), IsEmpty());
}

TEST_P(RoleScenario, AMembershipInAPredefinedRoleIsFound) {
  if (GetParam() < 11) return;  // none of the dangerous ones
  EXPECT_THAT(DriftAfter("GRANT pg_execute_server_program TO reporting_user1"),
              ElementsAre("unexpected_membership reporting_user1 pg_execute_server_program"));
  EXPECT_THAT(access_.PrivilegesOf("reporting_user1"),
              ElementsAre("pg_execute_server_program held > pg_execute_server_program"));
}

TEST_P(RoleScenario, TheFingerprintFollowsChangesAndNotTheEndOfPasswords) {
  const auto print = [&] { return access_.Compare(desired_).fingerprint.value(); };
  const std::uint64_t before = print();
  access_.server().Execute("ALTER ROLE replica VALID UNTIL '2020-01-01Z'");
  EXPECT_EQ(print(), before);
  for (const auto& [made, undone] :
       {std::pair("GRANT loc_readwrite TO reporting_user1",
                  "REVOKE loc_readwrite FROM reporting_user1"),
        std::pair("ALTER ROLE app CREATEDB", "ALTER ROLE app NOCREATEDB"),
        std::pair("ALTER ROLE app SET work_mem = '1GB'", "ALTER ROLE app RESET work_mem"),
        std::pair("ALTER ROLE batch SET statement_timeout = 7",
                  "ALTER ROLE batch SET statement_timeout = 0"),
        std::pair("CREATE ROLE someone", "DROP ROLE someone")}) {
    access_.server().Execute(made);
    EXPECT_NE(print(), before) << made;
    access_.server().Execute(undone);
    EXPECT_EQ(print(), before) << undone;
  }
}

}  // namespace
}  // namespace pgfleet::test
