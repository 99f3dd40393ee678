#include "drift/privileges.h"

#include <gmock/gmock.h>

#include "access_builder.h"

namespace pgfleet::drift {
namespace {

using model::Privilege;
using model::Role;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Options kOnlyAdmin{.admin = true, .inherit = false, .set = false};
constexpr Options kOnlySet{.admin = false, .inherit = false, .set = true};
constexpr Options kOnlyInherit{.admin = false, .inherit = true, .set = false};

// "app pg_read_all_data set [boss pg_read_all_data]"
std::vector<std::string> Told(const std::vector<Role>& roles,
                              const std::vector<model::Membership>& memberships) {
  const RoleGraph graph(roles, memberships);
  std::vector<std::string> told;
  for (const auto& each : FindPrivileged(graph, ReservedRoles(roles))) {
    std::string line = each.role + " ";
    line += model::kPrivilegeNames[static_cast<std::size_t>(each.privilege)];
    line += " ";
    line += model::kViaNames[static_cast<std::size_t>(each.via)];
    for (const std::string& name : each.path) line += " > " + name;
    told.push_back(line);
  }
  return told;
}

TEST(Privileges, AnAttributeIsHeld) {
  Role all = Plain("all");
  all.replication = all.bypassrls = all.createrole = all.createdb = all.login = true;
  EXPECT_THAT(Told({all, Plain("none")}, {}),
              ElementsAre("all replication held", "all bypassrls held", "all createrole held"));
}

TEST(Privileges, ADirectMembershipThatIsInheritedFromIsHeld) {
  const std::vector<Role> roles = {Plain("app"), Plain("pg_read_all_data")};
  const std::vector<std::string> held = {"app pg_read_all_data held > pg_read_all_data"};
  EXPECT_EQ(Told(roles, {Old("pg_read_all_data", "app")}), held);
  EXPECT_EQ(Told(roles, {New("pg_read_all_data", "app", kOnlyInherit)}), held);
}

TEST(Privileges, EveryDangerousPredefinedRoleIsLookedFor) {
  for (std::size_t i = 4; i < model::kPrivilegeNames.size(); ++i) {
    const std::string name(model::kPrivilegeNames[i]);
    EXPECT_THAT(Told({Plain("app"), Plain(name)}, {Old(name, "app")}),
                ElementsAre("app " + name + " held > " + name));
  }
  EXPECT_THAT(Told({Plain("app"), Plain("pg_monitor")}, {Old("pg_monitor", "app")}), IsEmpty());
}

TEST(Privileges, APredefinedRoleIsInheritedByWayOfOthers) {
  EXPECT_THAT(Told({Plain("app"), Plain("team"), Plain("pg_write_all_data")},
                   {Old("team", "app"), Old("pg_write_all_data", "team")}),
              ElementsAre("app pg_write_all_data inherit > team > pg_write_all_data",
                          "team pg_write_all_data held > pg_write_all_data"));
}

TEST(Privileges, AttributesAreNeverInherited) {
  EXPECT_THAT(
      Told({Plain("app"), With("team", &Role::createrole)}, {New("team", "app", kOnlyInherit)}),
      ElementsAre("team createrole held"));
}

TEST(Privileges, AnAttributeIsReachedBySetRole) {
  EXPECT_THAT(Told({Plain("app"), Plain("step"), With("mover", &Role::replication)},
                   {Old("step", "app"), Old("mover", "step")}),
              ElementsAre("app replication set > step > mover", "mover replication held",
                          "step replication set > mover"));
}

TEST(Privileges, SetRoleNeedsTheSetOption) {
  EXPECT_THAT(Told({Plain("app"), With("mover", &Role::replication)},
                   {New("mover", "app", {.admin = false, .inherit = true, .set = false})}),
              ElementsAre("mover replication held"));
}

TEST(Privileges, ANoinheritMemberHasAPredefinedRoleBySetRoleOnly) {
  EXPECT_THAT(
      Told({Noinherit("app"), Plain("pg_read_server_files")}, {Old("pg_read_server_files", "app")}),
      ElementsAre("app pg_read_server_files set > pg_read_server_files"));
}

TEST(Privileges, WhoBecomesARoleUsesWhatThatInherits) {
  EXPECT_THAT(Told({Plain("app"), Plain("team"), Plain("pg_read_all_data")},
                   {New("team", "app", kOnlySet), New("pg_read_all_data", "team", kOnlyInherit)}),
              ElementsAre("app pg_read_all_data set > team > pg_read_all_data",
                          "team pg_read_all_data held > pg_read_all_data"));
}

TEST(Privileges, InheritingDoesNotLetOneSetRoleFurther) {
  EXPECT_THAT(Told({Plain("app"), Plain("team"), Plain("pg_read_all_data")},
                   {New("team", "app", kOnlyInherit), New("pg_read_all_data", "team", kOnlySet)}),
              ElementsAre("team pg_read_all_data set > pg_read_all_data"));
}

TEST(Privileges, TheAutomaticGrantOf16IsGrantableOnly) {
  EXPECT_THAT(Told({With("creator", &Role::createrole), Plain("made"),
                    With("mover", &Role::replication), Plain("pg_read_server_files")},
                   {Automatic("made", "creator"), Automatic("mover", "creator"),
                    New("pg_read_server_files", "made")}),
              ElementsAre("creator replication grantable > mover", "creator createrole held",
                          "creator pg_read_server_files grantable > made > pg_read_server_files",
                          "made pg_read_server_files held > pg_read_server_files",
                          "mover replication held"));
}

TEST(Privileges, AnAdminOptionOfARoleWhosePrivilegesOneUsesCounts) {
  EXPECT_THAT(Told({Plain("app"), Plain("boss"), With("mover", &Role::replication)},
                   {New("boss", "app", kOnlyInherit), New("mover", "boss", kOnlyAdmin)}),
              ElementsAre("app replication grantable > boss > mover",
                          "boss replication grantable > mover", "mover replication held"));
}

TEST(Privileges, AnAdminOptionThatOneCannotUseDoesNotCount) {
  EXPECT_THAT(Told({Plain("app"), Plain("boss"), With("mover", &Role::replication)},
                   {New("boss", "app", {.admin = false, .inherit = false, .set = false}),
                    New("mover", "boss", kOnlyAdmin)}),
              ElementsAre("boss replication grantable > mover", "mover replication held"));
}

TEST(Privileges, GrantsToOneselfFollowEachOther) {
  EXPECT_THAT(Told({Plain("a"), Plain("b"), Plain("c"), With("d", &Role::bypassrls)},
                   {New("b", "a", kOnlyAdmin), New("c", "b", kOnlySet), New("d", "c", kOnlyAdmin)}),
              ElementsAre("a bypassrls grantable > b > c > d", "b bypassrls grantable > c > d",
                          "c bypassrls grantable > d", "d bypassrls held"));
}

TEST(Privileges, OnlyTheStrongestWayIsTold) {
  EXPECT_THAT(
      Told({Plain("app"), Plain("team"), Plain("pg_read_all_data")},
           {New("pg_read_all_data", "app", {.admin = true, .inherit = false, .set = true}),
            New("team", "app", kOnlyInherit), New("pg_read_all_data", "team", kOnlyInherit)}),
      ElementsAre("app pg_read_all_data inherit > team > pg_read_all_data",
                  "team pg_read_all_data held > pg_read_all_data"));
}

TEST(Privileges, ASuperuserIsToldAsThatAlone) {
  Role root = With("root", &Role::superuser);
  root.replication = root.createrole = root.bypassrls = true;
  EXPECT_THAT(
      Told({root, Plain("app"), Plain("pg_read_all_data")},
           {Old("root", "app"), Old("pg_read_all_data", "root")}),
      ElementsAre("app superuser set > root",
                  "app pg_read_all_data inherit > root > pg_read_all_data", "root superuser held"));
}

TEST(Privileges, WhoCanBecomeASuperuserIsNotToldOfWhatThatWouldGiveBesides) {
  EXPECT_THAT(Told({With("root", &Role::superuser), Plain("app"), Plain("pg_read_all_data")},
                   {New("root", "app", kOnlySet), New("pg_read_all_data", "root")}),
              ElementsAre("app superuser set > root", "root superuser held"));
}

// PostgreSQL: only a superuser may alter the members of one.
TEST(Privileges, AnAdminOptionOnASuperuserIsNoWay) {
  EXPECT_THAT(
      Told({With("root", &Role::superuser), Plain("app")}, {New("root", "app", kOnlyAdmin)}),
      ElementsAre("root superuser held"));
  EXPECT_THAT(Told({With("root", &Role::superuser), Plain("app"), Plain("door")},
                   {New("door", "app", kOnlyAdmin), New("root", "door", kOnlySet)}),
              ElementsAre("app superuser grantable > door > root", "door superuser set > root",
                          "root superuser held"));
}

TEST(Privileges, ReservedRolesAreNotToldButTheirSuperusersAre) {
  EXPECT_THAT(Told({With("rdsadmin", &Role::superuser), With("rdsrepladmin", &Role::replication),
                    With("rds_superuser", &Role::createrole), Plain("master"),
                    Plain("pg_read_all_data"), Plain("pg_other")},
                   {Old("rds_superuser", "master"), Old("pg_read_all_data", "rds_superuser"),
                    Old("pg_read_all_data", "pg_other")}),
              ElementsAre("master createrole set > rds_superuser",
                          "master pg_read_all_data inherit > rds_superuser > pg_read_all_data",
                          "rdsadmin superuser held"));
}

TEST(Privileges, ALongWayIsToldByItsHeadAndItsEnd) {
  std::vector<Role> roles = {Plain("pg_read_all_data")};
  std::vector<model::Membership> memberships;
  std::string next = "pg_read_all_data";
  for (const char* name : {"g", "f", "e", "d", "c", "b", "a"}) {
    roles.push_back(Plain(name));
    memberships.push_back(Old(next, name));
    next = name;
  }
  const auto told = Told(roles, memberships);
  ASSERT_EQ(told.size(), 7U);
  EXPECT_EQ(told[0], "a pg_read_all_data inherit > b > c > d > e > ... > pg_read_all_data");
  EXPECT_EQ(told[1], "b pg_read_all_data inherit > c > d > e > f > g > pg_read_all_data");
}

TEST(Privileges, ACycleEnds) {
  EXPECT_THAT(Told({Plain("a"), Plain("b"), Plain("pg_read_all_data")},
                   {Old("a", "b"), Old("b", "a"), Old("pg_read_all_data", "a")}),
              ElementsAre("a pg_read_all_data held > pg_read_all_data",
                          "b pg_read_all_data inherit > a > pg_read_all_data"));
}

}  // namespace
}  // namespace pgfleet::drift
