// What `grantable` means, by what a server lets such a role do.
#include <gmock/gmock.h>

#include "server_access.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Escalation : public testing::TestWithParam<int> {
 protected:
  Escalation() : access_(GetParam()) {}

  // The SQLSTATE of what `role` does in a session of its own; "" when it may.
  std::string Try(const std::string& role, const std::string& sql) {
    Connection session = access_.server().Connect();
    session.Execute("SET SESSION AUTHORIZATION " + role);
    return session.Query(sql).sqlstate;
  }

  AccessServer access_;
};
INSTANTIATE_TEST_SUITE_P(Server, Escalation, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

constexpr const char* kForbidden = "42501";

TEST_P(Escalation, TheAutomaticGrantOf16IsGrantableAndNotHeld) {
  if (GetParam() < 11) return;  // no pg_read_server_files
  access_.server().Execute("CREATE ROLE creator CREATEROLE");
  ASSERT_EQ(Try("creator", "CREATE ROLE made"), "");
  access_.server().Execute("GRANT pg_read_server_files TO made");
  if (GetParam() < 16) {
    EXPECT_THAT(access_.PrivilegesOf("creator"), ElementsAre("createrole held"));
    return;
  }
  EXPECT_THAT(access_.PrivilegesOf("creator"),
              ElementsAre("createrole held",
                          "pg_read_server_files grantable > made > pg_read_server_files"));
  EXPECT_EQ(Try("creator", "SET ROLE made"), kForbidden);
  ASSERT_EQ(Try("creator", "GRANT made TO creator WITH INHERIT TRUE, SET FALSE"), "");
  EXPECT_THAT(
      access_.PrivilegesOf("creator"),
      ElementsAre("createrole held", "pg_read_server_files inherit > made > pg_read_server_files"));
}

TEST_P(Escalation, AnAdminOptionMakesOneWhatItsRoleMayBecome) {
  if (GetParam() < 16) return;  // a member may SET ROLE anyway
  access_.server().Execute(
      "CREATE ROLE app; CREATE ROLE door; CREATE ROLE mover REPLICATION;"
      "GRANT door TO app WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;"
      "GRANT mover TO door WITH INHERIT FALSE, SET TRUE");
  EXPECT_THAT(access_.PrivilegesOf("app"), ElementsAre("replication grantable > door > mover"));
  EXPECT_EQ(Try("app", "SET ROLE mover"), kForbidden);
  EXPECT_EQ(Try("app", "GRANT door TO app; SET ROLE mover"), "");
  EXPECT_THAT(access_.PrivilegesOf("app"), ElementsAre("replication set > door > mover"));
}

TEST_P(Escalation, AnAdminOptionThatCannotBeUsedIsNoWay) {
  if (GetParam() < 16) return;
  access_.server().Execute(
      "CREATE ROLE app; CREATE ROLE boss; CREATE ROLE mover REPLICATION;"
      "GRANT boss TO app WITH INHERIT FALSE, SET FALSE;"
      "GRANT mover TO boss WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
  EXPECT_THAT(access_.PrivilegesOf("app"), IsEmpty());
  EXPECT_NE(Try("app", "GRANT mover TO app"), "");  // XX000: "no possible grantors"
  access_.server().Execute("GRANT boss TO app WITH INHERIT TRUE");
  EXPECT_THAT(access_.PrivilegesOf("app"), ElementsAre("replication grantable > boss > mover"));
  EXPECT_EQ(Try("app", "GRANT mover TO app"), "");
}

TEST_P(Escalation, AnAdminOptionOnASuperuserIsNoWay) {
  if (GetParam() < 16) return;
  access_.server().Execute(
      "CREATE ROLE app; CREATE ROLE root SUPERUSER;"
      "GRANT root TO app WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
  EXPECT_THAT(access_.PrivilegesOf("app"), IsEmpty());
  EXPECT_EQ(Try("app", "GRANT root TO app WITH SET TRUE"), kForbidden);
}

TEST_P(Escalation, AttributesAreNotInheritedButReachedBySetRole) {
  access_.server().Execute("CREATE ROLE app; CREATE ROLE root SUPERUSER; GRANT root TO app");
  EXPECT_THAT(access_.PrivilegesOf("app"), ElementsAre("superuser set > root"));
  EXPECT_EQ(Try("app", "CREATE ROLE x"), kForbidden);
  EXPECT_EQ(Try("app", "SET ROLE root; CREATE ROLE x"), "");
}

}  // namespace
}  // namespace pgfleet::test
