#include <gmock/gmock.h>

#include "access_builder.h"
#include "drift/access_drift.h"

namespace pgfleet::drift {
namespace {

using model::DesiredAccess;
using model::Role;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(MembershipDrift, AMemberThatIsNeitherThereNorDeclaredIsAMissingMembership) {
  EXPECT_THAT(Told(Facts({Plain("team")}), Only({Declared("team", {Member("ghost")})})),
              ElementsAre("missing_membership ghost team"));
}

TEST(MembershipDrift, MembershipsThatCameOrWentAreTold) {
  EXPECT_THAT(Told(Facts({Plain("team"), Plain("app"), Plain("guest")}, {New("team", "guest")}),
                   Only({Declared("team", {Member("app")}), Declared("app"), Declared("guest")})),
              ElementsAre("missing_membership app team", "unexpected_membership guest team"));
}

TEST(MembershipDrift, EveryOptionOfAMembershipIsCompared) {
  const DesiredAccess desired = Only({Declared("team", {Member("app")}), Declared("app")});
  const auto told = [&](Options options) {
    return Words(Facts({Plain("team"), Plain("app")}, {New("team", "app", options)}), desired);
  };
  EXPECT_EQ(told({.admin = false, .inherit = true, .set = true}), "not one finding");
  EXPECT_EQ(told({.admin = true, .inherit = true, .set = true}), "admin false | admin true");
  EXPECT_EQ(told({.admin = false, .inherit = false, .set = true}), "inherit true | inherit false");
  EXPECT_EQ(told({.admin = true, .inherit = true, .set = false}),
            "admin false, set true | admin true, set false");
  EXPECT_THAT(Told(Facts({Plain("team"), Plain("app")}, {Automatic("team", "app")}), desired),
              ElementsAre("membership_option app team"));
}

TEST(MembershipDrift, DeclaredOptionsAreExpected) {
  const DesiredAccess desired =
      Only({Declared("team", {{.name = "app", .admin = true, .inherit = false, .set = false}}),
            Declared("app")});
  EXPECT_THAT(Told(Facts({Plain("team"), Plain("app")}, {Automatic("team", "app")}), desired),
              IsEmpty());
  EXPECT_EQ(Words(Facts({Plain("team"), Plain("app")}, {New("team", "app")}), desired),
            "admin true, inherit false, set false | admin false, inherit true, set true");
}

TEST(MembershipDrift, InheritingIsExpectedAsTheMembersAttributeIsDeclared) {
  const DesiredAccess desired =
      Only({Declared("team", {Member("app")}), {.name = "app", .inherit = false}});
  const Options off{.admin = false, .inherit = false, .set = true};
  EXPECT_THAT(Told(Facts({Plain("team"), Noinherit("app")}, {New("team", "app", off)}), desired),
              IsEmpty());
  EXPECT_THAT(Told(Facts({Plain("team"), Plain("app")}, {New("team", "app", off)}), desired),
              ElementsAre("attribute app inherit"))
      << "the grant is still as declared";
  EXPECT_THAT(Told(Facts({Plain("team"), Noinherit("app")}, {New("team", "app")}), desired),
              ElementsAre("membership_option app team"));
  const DesiredAccess undeclared = Only({Declared("team", {Member("app")})});
  EXPECT_THAT(Told(Facts({Plain("team"), Noinherit("app")}, {New("team", "app", off)}), undeclared),
              ElementsAre("unexpected_role app"));
}

TEST(MembershipDrift, Before16OnlyTheAdminOptionIsCompared) {
  const DesiredAccess desired =
      Only({Declared("team", {{.name = "app", .admin = false, .inherit = false, .set = false}}),
            Declared("app")});
  EXPECT_THAT(Told(Facts({Plain("team"), Plain("app")}, {Old("team", "app")}), desired), IsEmpty());
  EXPECT_THAT(Told(Facts({Plain("team"), Plain("app")}, {Old("team", "app", true)}), desired),
              ElementsAre("membership_option app team"));
}

TEST(MembershipDrift, SeveralGrantsAreOneMembershipOfTheStrongestOptions) {
  EXPECT_THAT(Told(Facts({Plain("team"), Plain("app")},
                         {Automatic("team", "app"), New("team", "app", {}, "app")}),
                   Only({Declared("team", {Member("app", true)}), Declared("app")})),
              IsEmpty());
}

TEST(MembershipDrift, ReservedRolesNeedNoDeclaration) {
  Role predefined = With("pg_monitor", &Role::createdb);
  predefined.valid_until = 1;
  Role admin = With("rdsadmin", &Role::superuser);
  admin.login = true;
  admin.valid_until = 1;
  EXPECT_THAT(
      Told(Facts({predefined, Plain("pg_stat_scan_tables"), admin, Plain("rds_superuser")},
                 {New("pg_stat_scan_tables", "pg_monitor"), New("pg_monitor", "rds_superuser")},
                 {{.database = "", .role = "rdsadmin", .name = "work_mem", .fingerprint = "1"}}),
           Only({})),
      IsEmpty());
  EXPECT_THAT(Told(Facts({Plain("rds_app")}), Only({})), ElementsAre("unexpected_role rds_app"))
      << "elsewhere it is somebody's";
}

TEST(MembershipDrift, AMembershipInAReservedRoleIsToBeDeclared) {
  const auto facts = Facts({Plain("pgfleet"), Plain("pg_monitor"), Plain("pg_read_all_stats")},
                           {New("pg_monitor", "pgfleet"), New("pg_read_all_stats", "pg_monitor")});
  EXPECT_THAT(Told(facts, Only({Declared("pgfleet")})),
              ElementsAre("unexpected_membership pgfleet pg_monitor"));
  EXPECT_THAT(Told(facts, Only({Declared("pgfleet"), Declared("pg_monitor", {Member("pgfleet")})})),
              IsEmpty());
  EXPECT_THAT(Told(facts, Only({Declared("pgfleet"), Declared("pg_monitor", {Member("pgfleet")}),
                                Declared("pg_read_all_stats")})),
              IsEmpty())
      << "those among reserved roles are PostgreSQL's";
  EXPECT_THAT(Told(Facts({Plain("pgfleet"), Plain("pg_monitor")}),
                   Only({Declared("pgfleet"), Declared("pg_monitor", {Member("pgfleet")})})),
              ElementsAre("missing_membership pgfleet pg_monitor"));
}

TEST(MembershipDrift, AReservedRoleInARoleOfTheOwnerIsLookedAt) {
  EXPECT_THAT(Told(Facts({Plain("team"), Plain("pg_monitor")}, {New("team", "pg_monitor")}),
                   Only({Declared("team")})),
              ElementsAre("unexpected_membership pg_monitor team"));
}

TEST(MembershipDrift, IgnoredRolesAreLookedAtOnNeitherSide) {
  const auto facts = Facts({Plain("tmp_1"), Plain("guest"), Plain("team"), Plain("pg_monitor")},
                           {New("team", "tmp_1"), New("pg_monitor", "tmp_1"), New("tmp_1", "team"),
                            New("team", "guest")});
  EXPECT_THAT(Told(facts, Only({Declared("team", {Member("tmp_2")})}, {"tmp_*", "guest"})),
              IsEmpty());
  EXPECT_THAT(
      Told(facts, Only({Declared("team", {Member("tmp_1")})}, {"TMP_*", "gues", "uest*"})),
      ElementsAre("unexpected_role guest", "unexpected_role tmp_1",
                  "unexpected_membership guest team", "unexpected_membership tmp_1 pg_monitor"));
}

TEST(MembershipDrift, ADeclaredRoleIsLookedAtWhateverThePatternsSay) {
  EXPECT_THAT(Told(Facts({Login("tmp_1"), Plain("team")}, {New("team", "tmp_1")}),
                   Only({Declared("tmp_1"), Declared("team"), Declared("tmp_2")}, {"*"})),
              ElementsAre("missing_role tmp_2", "attribute tmp_1 login",
                          "unexpected_membership tmp_1 team"));
}

}  // namespace
}  // namespace pgfleet::drift
