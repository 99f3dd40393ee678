#include "drift/access_drift.h"

#include <gmock/gmock.h>

#include <functional>

#include "access_builder.h"

namespace pgfleet::drift {
namespace {

using model::DesiredAccess;
using model::PasswordExpiry;
using model::Role;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(AccessDrift, IsNotKnownWithoutTheWholeList) {
  AccessFacts none = Facts({Plain("a")});
  none.roles = nullptr;
  EXPECT_FALSE(CompareAccess(none, {}));
  AccessFacts alone = Facts({Plain("a")});
  alone.memberships = nullptr;
  EXPECT_FALSE(CompareAccess(alone, {}));
  AccessFacts cut = Facts({Plain("a")});
  cut.roles = std::make_shared<const model::RoleListFacts>(
      model::RoleListFacts{.roles = {Plain("a")}, .dropped = 1});
  EXPECT_FALSE(CompareAccess(cut, {}));
  AccessFacts cut_too = Facts({Plain("a")});
  cut_too.memberships = std::make_shared<const model::MembershipFacts>(
      model::MembershipFacts{.memberships = {}, .dropped = 1});
  EXPECT_FALSE(CompareAccess(cut_too, {}));
  EXPECT_TRUE(CompareAccess(Facts({Plain("a")}), {}));
}

TEST(AccessDrift, NothingDeclaredIsNoDrift) {
  Role old = Login("old");
  old.valid_until = 1;
  const auto facts = Facts({old, Plain("pg_monitor")}, {New("pg_monitor", "old")});
  EXPECT_THAT(Told(facts, {}), IsEmpty());
  EXPECT_THAT(Told(facts, Only({})),
              ElementsAre("unexpected_role old", "unexpected_membership old pg_monitor"));
}

TEST(AccessDrift, WhatIsAsDeclaredIsNoDrift) {
  EXPECT_THAT(Told(Facts({Plain("team"), Login("app")}, {New("team", "app")}),
                   Only({Declared("team", {Member("app")}), {.name = "app", .login = true}})),
              IsEmpty());
}

TEST(AccessDrift, AMissingRoleIsToldOnceWithoutItsAttributesAndMemberships) {
  const DesiredAccess desired =
      Only({Declared("team", {Member("app")}),
            {.name = "app", .superuser = true, .login = true, .members = {Member("team")}}});
  EXPECT_THAT(Told(Facts({Plain("team")}), desired), ElementsAre("missing_role app"));
  EXPECT_EQ(Words(Facts({Plain("team")}), desired), "superuser, login | ");
}

TEST(AccessDrift, AnUnexpectedRoleIsToldOnceWithItsMembershipsInOthers) {
  Role root = With("root", &Role::superuser);
  root.login = true;
  root.inherit = false;
  root.valid_until = 1;
  const auto facts = Facts(
      {root, Plain("other"), Plain("team"), Plain("app"), Plain("pg_monitor")},
      {New("team", "root"), New("pg_monitor", "root"), New("root", "app"), New("other", "root")},
      {{.database = "", .role = "root", .name = "work_mem", .fingerprint = "1"}});
  const DesiredAccess desired = Only({Declared("team"), Declared("app")});
  EXPECT_THAT(Told(facts, desired), ElementsAre("unexpected_role other", "unexpected_role root",
                                                "unexpected_membership root pg_monitor",
                                                "unexpected_membership root team"));
  EXPECT_EQ(Words(Facts({root}), Only({})), " | superuser, noinherit, login");
}

TEST(AccessDrift, EveryAttributeIsCompared) {
  struct Case {
    const char* name;
    std::function<void(Role&)> change;
    const char* words;
  };
  const std::vector<Case> cases = {
      {"superuser", [](Role& role) { role.superuser = true; }, "false | true"},
      {"inherit", [](Role& role) { role.inherit = false; }, "true | false"},
      {"createrole", [](Role& role) { role.createrole = true; }, "false | true"},
      {"createdb", [](Role& role) { role.createdb = true; }, "false | true"},
      {"login", [](Role& role) { role.login = true; }, "false | true"},
      {"replication", [](Role& role) { role.replication = true; }, "false | true"},
      {"bypassrls", [](Role& role) { role.bypassrls = true; }, "false | true"},
      {"connection_limit", [](Role& role) { role.connection_limit = 5; }, "none | 5"}};
  for (const Case& each : cases) {
    Role role = Plain("app");
    EXPECT_THAT(Told(Facts({role}), Only({Declared("app")})), IsEmpty());
    each.change(role);
    EXPECT_THAT(Told(Facts({role}), Only({Declared("app")})),
                ElementsAre(std::string("attribute app ") + each.name));
    EXPECT_EQ(Words(Facts({role}), Only({Declared("app")})), each.words);
  }
}

TEST(AccessDrift, APasswordThatEndedIsToldOnce) {
  Role role = Login("app");
  role.valid_until = 1000;  // now, by the facts
  for (const auto expiry :
       {std::optional<PasswordExpiry>(), std::optional(PasswordExpiry::kRequired),
        std::optional(PasswordExpiry::kNever)})
    EXPECT_THAT(Told(Facts({role}), Only({{.name = "app", .login = true, .expiry = expiry}})),
                ElementsAre("password_expired app"));
  EXPECT_EQ(Words(Facts({role}), Only({{.name = "app", .login = true}})),
            " | ended 1970-01-01T00:16:40Z");
}

TEST(AccessDrift, APasswordMayEndWhereThatIsMeantOrCannotBeUsed) {
  Role role = Login("app");
  role.valid_until = 1;
  const DesiredAccess meant =
      Only({{.name = "app", .login = true, .expiry = PasswordExpiry::kExpired}});
  EXPECT_THAT(Told(Facts({role}), meant), IsEmpty());
  role.valid_until = std::nullopt;
  EXPECT_THAT(Told(Facts({role}), meant), IsEmpty());
  Role group = Plain("team");
  group.valid_until = 1;
  EXPECT_THAT(Told(Facts({group}), Only({Declared("team")})), IsEmpty());
}

TEST(AccessDrift, APasswordThatHasNotEndedIsComparedWithWhatIsRequired) {
  Role ends = Login("app");
  ends.valid_until = 1000.5;
  const Role forever = Login("app");
  const DesiredAccess any = Only({{.name = "app", .login = true}});
  const DesiredAccess required =
      Only({{.name = "app", .login = true, .expiry = PasswordExpiry::kRequired}});
  const DesiredAccess never =
      Only({{.name = "app", .login = true, .expiry = PasswordExpiry::kNever}});
  EXPECT_THAT(Told(Facts({ends}), any), IsEmpty());
  EXPECT_THAT(Told(Facts({forever}), any), IsEmpty());
  EXPECT_THAT(Told(Facts({ends}), required), IsEmpty());
  EXPECT_THAT(Told(Facts({forever}), never), IsEmpty());
  EXPECT_THAT(Told(Facts({forever}), required), ElementsAre("attribute app expiry"));
  EXPECT_EQ(Words(Facts({forever}), required), "required | never");
  EXPECT_THAT(Told(Facts({ends}), never), ElementsAre("attribute app expiry"));
  EXPECT_EQ(Words(Facts({ends}), never), "never | 1970-01-01T00:16:40Z");
  ends.valid_until = 1e15;
  EXPECT_EQ(Words(Facts({ends}), never), "never | 1000000000000000 s since 1970");
}

TEST(AccessDrift, AttributesOfADeclaredReservedRoleAreNotCompared) {
  EXPECT_THAT(Told(Facts({With("rdsadmin", &Role::superuser)}), Only({Declared("rdsadmin")})),
              IsEmpty());
  EXPECT_THAT(Told(Facts({}), Only({Declared("pg_read_all_data")})),
              ElementsAre("missing_role pg_read_all_data"));
}

TEST(AccessDrift, SettingsOfARoleAreToBeDeclared) {
  const auto facts = Facts({Plain("app")}, {},
                           {SettingOf("", "work_mem", "orders"), SettingOf("app", "DateStyle"),
                            SettingOf("app", "work_mem"), SettingOf("app", "work_mem", "orders"),
                            SettingOf("gone", "work_mem")});
  EXPECT_THAT(Told(facts, Only({{.name = "app", .settings = {"datestyle", "Work_Mem"}}})),
              IsEmpty());
  EXPECT_THAT(Told(facts, Only({{.name = "app", .settings = {"work_mem", "jit"}}})),
              ElementsAre("unexpected_setting app DateStyle", "missing_setting app jit"));
}

TEST(AccessDrift, SettingsThatAreNotKnownAreNotCompared) {
  AccessFacts facts = Facts({Plain("app")});
  facts.role_settings = nullptr;
  EXPECT_THAT(Told(facts, Only({{.name = "app", .settings = {"jit"}}})), IsEmpty());
  facts.role_settings = std::make_shared<const model::RoleSettingsFacts>(
      model::RoleSettingsFacts{.total = 2, .settings = {SettingOf("app", "work_mem")}});
  EXPECT_THAT(Told(facts, Only({{.name = "app", .settings = {"jit"}}})),
              ElementsAre("unexpected_setting app work_mem"))
      << "a part: one may be in the rest";
}

TEST(AccessDrift, NamesCompareBytewise) {
  EXPECT_THAT(Told(Facts({Plain("App"), Plain("na\xC3\xAFve \"role\"")}),
                   Only({Declared("app"), Declared("na\xC3\xAFve \"role\"")})),
              ElementsAre("missing_role app", "unexpected_role App"));
}

// Who may become a superuser is the owner's matter, even where that one is left alone.
TEST(AccessDrift, MembersOfAnIgnoredRoleAreToldWhereItIsPowerful) {
  const auto facts =
      Facts({With("boss", &Role::superuser), Plain("tmp_team"), Login("app"), Login("tmp_user")},
            {New("boss", "app"), New("tmp_team", "app"), New("boss", "tmp_user")});
  DesiredAccess desired = Only({{.name = "app", .login = true}});
  desired.ignore = {"boss", "tmp_*"};
  EXPECT_THAT(Told(facts, desired), ElementsAre("unexpected_membership app boss"));
  EXPECT_NE(CompareAccess(facts, desired)->fingerprint,
            CompareAccess(Facts({With("boss", &Role::superuser), Plain("tmp_team"), Login("app"),
                                 Login("tmp_user")},
                                {New("tmp_team", "app"), New("boss", "tmp_user")}),
                          desired)
                ->fingerprint);
}

TEST(AccessDrift, SettingsOfAllRolesAndOfDatabasesAreInTheFingerprint) {
  const auto with = [](model::RoleSetting setting) {
    return CompareAccess(Facts({Plain("a")}, {}, {std::move(setting)}), {})->fingerprint;
  };
  const auto one = with({.database = "", .role = "", .name = "work_mem", .fingerprint = "1"});
  EXPECT_NE(one, CompareAccess(Facts({Plain("a")}), {})->fingerprint);
  EXPECT_NE(one, with({.database = "d", .role = "", .name = "work_mem", .fingerprint = "1"}));
}

}  // namespace
}  // namespace pgfleet::drift
