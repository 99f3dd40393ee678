// Settings and roles, against SHOW and counts of the server's own.
#include <gmock/gmock.h>

#include <algorithm>
#include <stdexcept>

#include "servers/world.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

using model::Setting;
using testing::Contains;
using testing::IsEmpty;

class Inventory : public testing::TestWithParam<int> {
 protected:
  PostgresServer& primary() const { return SharedPair(GetParam()).primary(); }
};
INSTANTIATE_TEST_SUITE_P(Server, Inventory, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

// What the setting must be, computed by the server with other functions than the collector uses.
std::string OwnReading(const Setting& setting) {
  const std::string shown = "current_setting(" + Quoted(setting.name) + ")";
  switch (setting.kind) {
    case Setting::Kind::kBytes:
      return "SELECT pg_size_bytes(" + shown + ")";
    case Setting::Kind::kSeconds:
      return "SELECT extract(epoch from " + shown + "::interval)";
    case Setting::Kind::kEnabled:
      return "SELECT " + shown + "::boolean::int";
    case Setting::Kind::kValue:
    case Setting::Kind::kState:
      return "SELECT " + shown;
  }
  return "";
}

TEST_P(Inventory, EverySettingIsWhatTheServerShows) {
  for (const auto& node : SharedPair(GetParam()).nodes()) {
    const auto facts = FactsOf("settings", *node).settings;
    EXPECT_GE(facts->settings.size(), 10U);
    Connection session = node->Connect("mon");
    for (const Setting& setting : facts->settings) {
      const std::string own = session.Value(OwnReading(setting));
      if (setting.kind == Setting::Kind::kState)
        EXPECT_EQ(setting.state, own) << setting.name;
      else
        EXPECT_NEAR(setting.number, std::stod(own), 1e-9) << setting.name;
    }
  }
}

TEST_P(Inventory, ASettingThatWaitsForARestartIsNamed) {
  EXPECT_THAT(FactsOf("settings", primary()).settings->pending_restart, IsEmpty());
  Connection session = primary().Connect();
  const std::string pending = "SELECT count(*) FROM pg_settings WHERE pending_restart";
  session.Execute("ALTER SYSTEM SET max_connections = 123");
  primary().Reload();
  ASSERT_TRUE(WaitUntil([&] { return session.Value(pending) == "1"; }));
  const auto facts = FactsOf("settings", primary()).settings;
  session.Execute("ALTER SYSTEM RESET max_connections");
  primary().Reload();
  EXPECT_THAT(facts->pending_restart, testing::ElementsAre("max_connections"));
  EXPECT_TRUE(WaitUntil([&] { return session.Value(pending) == "0"; }));
}

const model::ServerSetting& Named(const model::SettingsFacts& facts, const std::string& name) {
  const auto found = std::ranges::find(facts.all, name, &model::ServerSetting::name);
  if (found == facts.all.end()) throw std::runtime_error("no setting " + name);
  return *found;
}

TEST_P(Inventory, OfAnExtensionsSettingsOnlyTextsMayBeSecrets) {
  using Value = model::ServerSetting::Value;
  PostgresServer server(
      GetParam(), {.conf = {"shared_preload_libraries = 'plpgsql'", "plpgsql.check_asserts = off",
                            "plpgsql.variable_conflict = use_column",
                            "plpgsql.extra_warnings = 'shadowed_variables'"}});
  server.Start();
  const auto facts = FactsOf("settings", server).settings;
  EXPECT_EQ(Named(*facts, "plpgsql.check_asserts").value, Value::kNumber);
  EXPECT_EQ(Named(*facts, "plpgsql.check_asserts").number, 0);
  EXPECT_EQ(Named(*facts, "plpgsql.variable_conflict").text, "use_column");
  const model::ServerSetting& text = Named(*facts, "plpgsql.extra_warnings");
  EXPECT_EQ(text.value, Value::kRedacted);
  EXPECT_EQ(text.text, "");
  EXPECT_FALSE(text.is_default);
  EXPECT_TRUE(Named(*facts, "plpgsql.extra_errors").is_default);
}

// SHOW writes these otherwise than the file does: (disabled), 0700.
TEST_P(Inventory, WhatNobodySetIsTheBuiltInValue) {
  PostgresServer server(GetParam(), {});
  server.Start();
  const auto facts = FactsOf("settings", server).settings;
  for (const char* name : {"archive_command", "log_file_mode", "unix_socket_permissions"})
    EXPECT_TRUE(Named(*facts, name).is_default) << name;
  EXPECT_EQ(Named(*facts, "log_file_mode").number, 0600);
  EXPECT_EQ(Named(*facts, "unix_socket_permissions").number, 0777);
  EXPECT_FALSE(Named(*facts, "fsync").is_default);
}

std::int64_t Sum(const std::vector<model::RoleCount>& counts, const std::string& attribute) {
  std::int64_t sum = 0;
  for (const model::RoleCount& count : counts)
    if (count.attribute == attribute) sum += count.count;
  return sum;
}

TEST_P(Inventory, RolesAreCountedByAttribute) {
  const auto facts = FactsOf("roles", primary()).roles;
  const std::pair<std::string, std::string> columns[] = {
      {"superuser", "rolsuper"},     {"replication", "rolreplication"},
      {"bypassrls", "rolbypassrls"}, {"createrole", "rolcreaterole"},
      {"createdb", "rolcreatedb"},   {"login", "rolcanlogin"}};
  for (const auto& [attribute, column] : columns)
    EXPECT_EQ(std::to_string(Sum(facts->roles, attribute)),
              primary().Value("SELECT count(*) FROM pg_roles WHERE " + column))
        << attribute;
}

TEST_P(Inventory, MembershipsWithAdminOptionAreCounted) {
  const auto facts = FactsOf("roles", primary()).roles;
  EXPECT_EQ(std::to_string(Sum(facts->memberships, "admin")),
            primary().Value("SELECT count(*) FROM pg_auth_members WHERE admin_option"));
}

}  // namespace
}  // namespace pgfleet::test
