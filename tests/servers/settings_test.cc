// Settings and roles, against SHOW and counts of the server's own.
#include <gmock/gmock.h>

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
