#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "access_builder.h"
#include "drift/access_drift.h"

namespace pgfleet::drift {
namespace {

using model::DesiredAccess;
using model::Role;

std::optional<std::uint64_t> Print(const AccessFacts& facts, const DesiredAccess& desired = {}) {
  return CompareAccess(facts, desired).value().fingerprint;
}

TEST(AccessFingerprint, FollowsEverythingThatTheOwnerDecides) {
  std::vector<AccessFacts> all;
  const std::vector<model::Membership> grant = {New("team", "app")};
  const std::vector<model::RoleSetting> setting = {SettingOf("app", "work_mem")};
  const auto changed = [&](const std::function<void(Role&)>& change) {
    Role app = Plain("app");
    change(app);
    all.push_back(Facts({app, Plain("team")}, grant, setting));
  };
  changed([](Role&) {});
  changed([](Role& role) { role.name = "team2"; });
  for (auto attribute : {&Role::superuser, &Role::inherit, &Role::createrole, &Role::createdb,
                         &Role::login, &Role::replication, &Role::bypassrls})
    changed([&](Role& role) { role.*attribute = !(role.*attribute); });
  changed([](Role& role) { role.connection_limit = 5; });
  const std::vector<Role> roles = {Plain("app"), Plain("team")};
  all.push_back(Facts(roles, {}, setting));
  all.push_back(Facts(roles, {New("app", "team")}, setting));
  all.push_back(Facts(roles, {New("team", "app", {.admin = true})}, setting));
  all.push_back(Facts(roles, {New("team", "app", {.inherit = false})}, setting));
  all.push_back(Facts(roles, {New("team", "app", {.set = false})}, setting));
  all.push_back(Facts(roles, grant));
  all.push_back(Facts(roles, grant, {SettingOf("app", "jit")}));
  all.push_back(Facts(roles, grant, {SettingOf("team", "work_mem")}));
  all.push_back(Facts(roles, grant, {SettingOf("app", "work_mem", "orders")}));
  all.push_back(Facts(roles, grant, {SettingOf("app", "work_mem", "", "2")}));
  all.push_back(Facts({Plain("app"), Plain("team"), Plain("pg_monitor")},
                      {New("team", "app"), New("pg_monitor", "app")}, setting));
  std::set<std::uint64_t> prints;
  for (const AccessFacts& facts : all) prints.insert(Print(facts).value());
  EXPECT_EQ(prints.size(), all.size());
}

TEST(AccessFingerprint, DoesNotFollowTheRest) {
  Role app = Plain("app");
  const auto before = Facts({app, Plain("team")}, {New("team", "app")});
  app.valid_until = 5;
  const auto after =
      Facts({Plain("team"), app, With("pg_new", &Role::createdb), Plain("pg_other"),
             With("tmp_1", &Role::superuser)},
            {New("pg_new", "pg_other"), New("team", "app", {}, "app"), New("team", "tmp_1"),
             New("team", "app", {.admin = false, .inherit = false, .set = false}, "x")},
            {SettingOf("tmp_1", "jit"), SettingOf("pg_new", "jit")});
  const DesiredAccess ignoring{.roles = std::nullopt, .ignore = {"tmp_*"}};
  EXPECT_EQ(Print(before, ignoring), Print(after, ignoring));
  EXPECT_NE(Print(before), Print(after)) << "only the pattern leaves tmp_1 out";
}

TEST(AccessFingerprint, IsTheSameForSettingsInAnyOrder) {
  const std::vector<Role> roles = {Plain("app")};
  EXPECT_EQ(Print(Facts(roles, {}, {SettingOf("app", "a"), SettingOf("app", "b")})),
            Print(Facts(roles, {}, {SettingOf("app", "b"), SettingOf("app", "a")})));
}

TEST(AccessFingerprint, IsNotKnownWithoutTheSettings) {
  AccessFacts facts = Facts({Plain("app")});
  facts.role_settings = nullptr;
  EXPECT_EQ(Print(facts), std::nullopt);
}

TEST(AccessFingerprint, IsThereWithoutADeclaration) {
  const auto findings = CompareAccess(Facts({With("root", &Role::superuser)}), {});
  EXPECT_TRUE(findings.value().fingerprint.has_value());
  EXPECT_EQ(findings->privileged.size(), 1U);
}

}  // namespace
}  // namespace pgfleet::drift
