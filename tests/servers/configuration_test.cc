// Configuration and access facts on servers of the tests' own, read by the role that
// `pgfleet_exporter grants` makes, against SHOW, pg_authid and what the tests themselves did.
#include <gmock/gmock.h>

#include <algorithm>

#include "collectors/catalog.h"
#include "collectors/grants.h"
#include "servers/world.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

using model::ServerSetting;
using model::Setting;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Configuration : public testing::TestWithParam<int> {
 protected:
  Configuration() : server_(GetParam(), {}) {
    server_.Start();
    server_.Execute(collectors::GrantsSql(GetParam(), "pgfleet"));
  }

  CollectorRun RunNamed(const std::string& name, const std::string& user = "pgfleet",
                        bool helped = false) {
    collectors::Collector collector = CollectorNamed(name);
    if (helped) collector.sql = collector.fallback;
    collector.fallback = {};  // what is asked is what the test says
    return RunCollector(collector, server_, user);
  }
  model::NodeFacts Facts(const std::string& name, const std::string& user = "pgfleet",
                         bool helped = false) {
    CollectorRun run = RunNamed(name, user, helped);
    if (!run.decoded) throw std::runtime_error(name + ": " + run.decoded.error().detail);
    return run.facts;
  }
  model::FileSettingsFacts FileFacts() { return *Facts("file_settings").file_settings; }
  void Append(const std::string& file, const std::string& line) {
    AppendFile(server_.data() / file, line + "\n");
  }
  // 9.6 shows a role without pg_monitor neither all settings nor their files.
  std::string Privileged() const { return GetParam() >= 10 ? "pgfleet" : "postgres"; }

  PostgresServer server_;
};
INSTANTIATE_TEST_SUITE_P(Server, Configuration, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

const ServerSetting* Find(const model::SettingsFacts& facts, const std::string& name) {
  const auto found = std::ranges::find(facts.all, name, &ServerSetting::name);
  return found == facts.all.end() ? nullptr : &*found;
}

// The number that SHOW means, by the server's own reading of it.
std::string OwnNumber(const ServerSetting& setting) {
  const std::string shown = "current_setting(" + Quoted(setting.name) + ")";
  switch (setting.kind) {
    case Setting::Kind::kBytes:
      return "SELECT pg_size_bytes(regexp_replace(" + shown + ", '([0-9])B$', '\\1'))";
    case Setting::Kind::kSeconds:
      return "SELECT extract(epoch from " + shown + "::interval)";
    case Setting::Kind::kEnabled:
      return "SELECT " + shown + "::boolean::int";
    default:  // file modes are shown in octal
      return setting.is_octal
                 ? "SELECT reset_val FROM pg_settings WHERE name = " + Quoted(setting.name)
                 : "SELECT " + shown;
  }
}

TEST_P(Configuration, EverySettingIsWhatTheServerShows) {
  const auto facts = Facts("settings", Privileged()).settings;
  Connection session = server_.Connect(Privileged());
  EXPECT_EQ(std::to_string(facts->all.size()), session.Value("SELECT count(*) FROM pg_settings"));
  int compared = 0;
  for (const ServerSetting& setting : facts->all) {
    const bool is_of_the_transaction = setting.name.starts_with("transaction_");
    if (is_of_the_transaction) continue;
    if (setting.value == ServerSetting::Value::kNumber) {
      EXPECT_NEAR(setting.number, std::stod(session.Value(OwnNumber(setting))), 1e-9)
          << setting.name;
      ++compared;
    } else if (setting.value == ServerSetting::Value::kText) {
      EXPECT_EQ(setting.text, session.Value("SHOW \"" + setting.name + "\"")) << setting.name;
      ++compared;
    }
  }
  EXPECT_GE(compared, 200);
}

TEST_P(Configuration, SettingsOfOurOwnSessionDoNotHideTheServers) {
  server_.Execute("ALTER SYSTEM SET default_transaction_read_only = off");
  const auto facts = Facts("settings").settings;  // RunCollector sets it on in its session
  const ServerSetting* setting = Find(*facts, "default_transaction_read_only");
  ASSERT_NE(setting, nullptr);
  EXPECT_EQ(setting->value, ServerSetting::Value::kNumber);
  EXPECT_EQ(setting->number, 0);
}

TEST_P(Configuration, SettingsOfOurOwnRoleHideTheServers) {
  server_.Execute("ALTER ROLE pgfleet SET work_mem = '9MB'");
  const auto hidden = Facts("settings").settings;
  EXPECT_EQ(Find(*hidden, "work_mem")->value, ServerSetting::Value::kHidden);
  server_.Execute(collectors::GrantsSql(GetParam(), "pgfleet"));
  const auto seen = Facts("settings").settings;
  EXPECT_EQ(Find(*seen, "work_mem")->value, ServerSetting::Value::kNumber);
}

TEST_P(Configuration, WhatAlterSystemSetIsCounted) {
  EXPECT_EQ(Facts("settings", Privileged()).settings->from_auto_conf, 0);
  server_.Execute("ALTER SYSTEM SET work_mem = '7MB'");
  server_.Reload();
  ASSERT_TRUE(WaitUntil([&] { return server_.Value("SHOW work_mem") == "7MB"; }));
  const auto facts = Facts("settings", Privileged()).settings;
  EXPECT_EQ(facts->from_auto_conf, 1);
  EXPECT_EQ(Find(*facts, "work_mem")->from_auto_conf, true);
  EXPECT_FALSE(Find(*facts, "work_mem")->is_default);
  EXPECT_EQ(Find(*facts, "work_mem")->number, 7 * 1048576);
  EXPECT_EQ(Facts("settings", "plain").settings->from_auto_conf, std::nullopt);
}

TEST_P(Configuration, FilesThatWereNotTouchedHaveNoFaultAndWaitForNothing) {
  const auto facts = FileFacts();
  EXPECT_EQ(facts.errors, 0);
  EXPECT_FALSE(facts.reload_refused);
  EXPECT_THAT(facts.pending_names, IsEmpty());
  EXPECT_EQ(facts.pending_reload, 0);
}

TEST_P(Configuration, AnUnknownNameRefusesTheWholeFile) {
  Append("postgresql.conf", "work_mem = '7MB'");
  Append("postgresql.conf", "nonsense_setting = 1");
  const auto facts = FileFacts();
  EXPECT_EQ(facts.errors, 1);
  EXPECT_TRUE(facts.reload_refused);
  EXPECT_EQ(facts.pending_reload, 0);
  server_.Reload();  // the server's own word for it
  EXPECT_TRUE(WaitUntil([&] {
    return server_.LogTail().find("contains errors; no changes were applied") != std::string::npos;
  }));
}

TEST_P(Configuration, AWrongValueIsAFaultThatLetsTheOthersThrough) {
  Append("postgresql.conf", "autovacuum_naptime = abc");
  Append("postgresql.conf", "work_mem = '7MB'");
  const auto facts = FileFacts();
  EXPECT_EQ(facts.errors, 1);
  EXPECT_FALSE(facts.reload_refused);
  EXPECT_THAT(facts.pending_names, ElementsAre("work_mem"));
}

TEST_P(Configuration, WhatWaitsForAReloadIsNamedUntilItHappens) {
  for (const char* line : {"Work_Mem = 7MB", "autovacuum_naptime = 2min", "log_connections = YES",
                           "checkpoint_completion_target = 0.75", "log_line_prefix = 'canary '"})
    Append("postgresql.conf", line);
  server_.Execute("ALTER SYSTEM SET log_min_duration_statement = '1h'");
  EXPECT_THAT(FileFacts().pending_names,
              ElementsAre("autovacuum_naptime", "checkpoint_completion_target", "log_connections",
                          "log_line_prefix", "log_min_duration_statement", "work_mem"));
  server_.Reload();
  EXPECT_TRUE(WaitUntil([&] { return FileFacts().pending_reload == 0; }));
  EXPECT_EQ(server_.Value("SHOW log_line_prefix"), "canary ");
}

TEST_P(Configuration, AnotherSpellingOfTheSameWaitsForNothing) {
  for (const char* line : {"checkpoint_timeout = 300000ms", "work_mem = 4096", "Hot_Standby = TRUE",
                           "vacuum_cost_limit = '200'", "wal_level = LOGICAL"})
    Append("postgresql.conf", line);
  server_.Execute("ALTER SYSTEM SET wal_sender_timeout = '1min'");
  std::vector<std::string> names = FileFacts().pending_names;
  std::erase(names, "wal_level");  // the harness may start it with another level
  EXPECT_THAT(names, IsEmpty());
}

TEST_P(Configuration, ALineThatIsGoneWaitsForAReload) {
  const std::string before = ReadFile(server_.data() / "postgresql.conf");
  Append("postgresql.conf", "work_mem = '7MB'");
  server_.Reload();
  ASSERT_TRUE(WaitUntil([&] { return server_.Value("SHOW work_mem") == "7MB"; }));
  WriteFile(server_.data() / "postgresql.conf", before);
  EXPECT_THAT(FileFacts().pending_names, ElementsAre("work_mem"));
}

TEST_P(Configuration, WhatWaitsForARestartIsNoFaultAndNeedsNoReload) {
  Append("postgresql.conf", "max_connections = 123");
  server_.Reload();
  ASSERT_TRUE(WaitUntil([&] {
    return server_.Value("SELECT count(*) FROM pg_settings WHERE pending_restart") == "1";
  }));
  const auto facts = FileFacts();
  EXPECT_EQ(facts.errors, 0);
  EXPECT_EQ(facts.pending_reload, 0);
}

TEST_P(Configuration, ABadRuleIsAFault) {
  if (GetParam() < 10) return;  // 9.6 has no pg_hba_file_rules
  const auto before = *Facts("hba_rules").hba_rules;
  EXPECT_EQ(before.errors, 0);
  EXPECT_GT(before.rules, 0);
  Append("pg_hba.conf", "host all all 10.0.0.0/99 trust");
  const auto after = *Facts("hba_rules").hba_rules;
  EXPECT_EQ(after.errors, 1);
  EXPECT_EQ(after.rules, before.rules);
}

TEST_P(Configuration, TheFingerprintOfRulesFollowsThemAndNotCommentsOrSecrets) {
  if (GetParam() < 10) return;  // 9.6 has no pg_hba_file_rules
  const auto print = [&] { return Facts("hba_rules").hba_rules->fingerprint; };
  const std::string radius = "host all all 10.9.8.0/24 radius radiusservers=127.0.0.1 ";
  const std::string trust = "local all all trust\n";
  server_.SetHba(trust + radius + "radiussecrets=one\n");
  const std::string first = print();
  EXPECT_NE(first, "");
  server_.SetHba("# a comment\n" + trust + "\n" + radius + "radiussecrets=two\n");
  EXPECT_EQ(print(), first);
  server_.SetHba(radius + "radiussecrets=one\n" + trust);
  EXPECT_NE(print(), first);
  server_.SetHba(trust);
  EXPECT_NE(print(), first);
}

TEST_P(Configuration, ABadMappingIsAFault) {
  if (GetParam() < 15) return;  // no pg_ident_file_mappings before
  EXPECT_EQ(Facts("ident_mappings").ident_mappings->errors, 0);
  Append("pg_ident.conf", "people /^(.*)@example.org$ \\1");
  const auto good = *Facts("ident_mappings").ident_mappings;
  Append("pg_ident.conf", "people onlytwo");
  const auto bad = *Facts("ident_mappings").ident_mappings;
  EXPECT_EQ(good.errors, 0);
  EXPECT_EQ(good.rules, 1);
  EXPECT_EQ(bad.errors, 1);
  EXPECT_EQ(bad.fingerprint, good.fingerprint);
}

TEST_P(Configuration, SettingsOfRolesAndDatabasesAreNamedWithoutTheirValues) {
  EXPECT_EQ(Facts("role_settings").role_settings->total, 0);
  server_.Execute("ALTER ROLE plain SET work_mem = '9MB'");
  server_.Execute("ALTER DATABASE postgres SET work_mem = '9MB'");
  server_.Execute("ALTER ROLE plain IN DATABASE postgres SET app.token = 'canary'");
  const auto facts = Facts("role_settings").role_settings;
  ASSERT_EQ(facts->total, 3);
  const auto& settings = facts->settings;
  EXPECT_EQ(settings[0].role + "/" + settings[0].database, "plain/");
  EXPECT_EQ(settings[1].role + "/" + settings[1].database, "/postgres");
  EXPECT_EQ(settings[2].role + "/" + settings[2].database, "plain/postgres");
  EXPECT_NE(settings[0].fingerprint, "");
  EXPECT_EQ(settings[0].fingerprint, settings[1].fingerprint);
  EXPECT_EQ(settings[2].name, "app.token");
  EXPECT_EQ(settings[2].fingerprint, "") << "not even a hash of what may be a secret";
}

const model::Role& RoleNamed(const model::RoleListFacts& facts, const std::string& name) {
  const auto found = std::ranges::find(facts.roles, name, &model::Role::name);
  if (found == facts.roles.end()) throw std::runtime_error("no role " + name);
  return *found;
}

TEST_P(Configuration, RolesAreListedWithWhatTheyMay) {
  server_.Execute("CREATE ROLE ends LOGIN CONNECTION LIMIT 3 VALID UNTIL '2031-02-03 04:05:06Z'");
  server_.Execute("CREATE ROLE forever LOGIN VALID UNTIL 'infinity'");
  server_.Execute("CREATE ROLE \"odd \"\"name\" NOINHERIT CREATEROLE CREATEDB BYPASSRLS");
  const auto facts = Facts("role_list").role_list;
  EXPECT_EQ(std::to_string(facts->roles.size()), server_.Value("SELECT count(*) FROM pg_authid"));
  EXPECT_EQ(facts->dropped, 0);
  const model::Role& ends = RoleNamed(*facts, "ends");
  EXPECT_EQ(ends.valid_until, 1927857906);
  EXPECT_EQ(ends.connection_limit, 3);
  EXPECT_TRUE(ends.login && ends.inherit);
  EXPECT_EQ(RoleNamed(*facts, "forever").valid_until, std::nullopt);
  const model::Role& odd = RoleNamed(*facts, "odd \"name");
  EXPECT_TRUE(odd.createrole && odd.createdb && odd.bypassrls);
  EXPECT_FALSE(odd.inherit || odd.login || odd.superuser || odd.replication);
  EXPECT_TRUE(RoleNamed(*facts, "postgres").superuser);
}

TEST_P(Configuration, MembershipsAreEdgesWithTheirOptions) {
  server_.Execute("CREATE ROLE team");
  server_.Execute("CREATE ROLE boss");
  server_.Execute("GRANT team TO boss WITH ADMIN OPTION");
  server_.Execute("GRANT team TO plain");
  if (GetParam() >= 16) server_.Execute("GRANT team TO mon WITH INHERIT FALSE, SET TRUE");
  const auto facts = Facts("memberships").memberships;
  const auto& edges = facts->memberships;
  EXPECT_EQ(std::to_string(edges.size()), server_.Value("SELECT count(*) FROM pg_auth_members"));
  const auto edge = [&](const std::string& member) {
    const auto found = std::ranges::find_if(edges, [&](const model::Membership& each) {
      return each.role == "team" && each.member == member;
    });
    return found == edges.end() ? model::Membership{} : *found;
  };
  EXPECT_TRUE(edge("boss").admin);
  EXPECT_FALSE(edge("plain").admin);
  EXPECT_EQ(edge("plain").grantor, "postgres");
  EXPECT_EQ(edge("plain").inherit.has_value(), GetParam() >= 16);
  if (GetParam() < 16) return;
  EXPECT_EQ(edge("plain").inherit, true);
  EXPECT_EQ(edge("mon").inherit, false);
  EXPECT_EQ(edge("mon").set, true);
}

TEST_P(Configuration, PasswordMethodsAreTheSameForTheHelperAndTheSuperuser) {
  Connection session = server_.Connect();
  session.Execute(GetParam() >= 10 ? "SET password_encryption = 'md5'" : "SELECT 1");
  session.Execute("CREATE ROLE hashed LOGIN PASSWORD 'canary-1'");
  if (GetParam() >= 10) session.Execute("SET password_encryption = 'scram-sha-256'");
  session.Execute("CREATE ROLE salted LOGIN PASSWORD 'canary-2'");
  session.Execute("CREATE ROLE group_of_them PASSWORD 'canary-3'");
  const auto direct = Facts("password_methods", "postgres").password_methods->roles;
  const std::string salted = GetParam() >= 10 ? "scram-sha-256" : "md5";
  EXPECT_THAT(direct, testing::IsSupersetOf({model::PasswordMethod{"hashed", "md5"},
                                             model::PasswordMethod{"plain", "none"},
                                             model::PasswordMethod{"salted", salted}}));
  EXPECT_THAT(direct, Not(testing::Contains(Field(&model::PasswordMethod::role, "group_of_them"))));
  EXPECT_EQ(RunNamed("password_methods").answer.sqlstate, "42501");
  EXPECT_EQ(Facts("password_methods", "pgfleet", true).password_methods->roles, direct);
}

// Everything that the server said to any collector, so that no fact can hold what is not there.
std::string Said(const CollectorRun& run) {
  std::string all = run.answer.message;
  for (const auto& row : run.answer.rows)
    for (const auto& cell : row) all += cell.value_or("") + "\n";
  return all;
}

TEST_P(Configuration, NoSecretLeavesTheServer) {
  for (const char* line : {"archive_command = 'echo canary-7701'",
                           "krb_server_keyfile = '/canary-7701'", "app.secret = 'canary-7701'"})
    Append("postgresql.conf", line);
  if (GetParam() >= 11) Append("postgresql.conf", "ssl_passphrase_command = 'echo canary-7701'");
  if (GetParam() >= 12)
    for (const char* line :
         {"primary_conninfo = 'password=canary-7701'", "restore_command = 'echo canary-7701'",
          "recovery_end_command = 'echo canary-7701'",
          "archive_cleanup_command = 'echo canary-7701'"})
      Append("postgresql.conf", line);
  const std::string many = GetParam() >= 10 ? "s" : "";
  Append("pg_hba.conf", "host all all 10.9.8.0/24 radius radiusserver" + many +
                            "=127.0.0.1 radiussecret" + many + "=canary-7701");
  server_.Restart();
  server_.Execute("ALTER ROLE plain SET app.token = 'canary-7701'");
  ASSERT_EQ(server_.Value("SHOW app.secret"), "canary-7701");
  int asked = 0;
  for (const collectors::Collector* collector : collectors::Catalog())
    for (const char* user : {"postgres", "pgfleet"}) {
      if (pg::SqlFor(collector->sql, GetParam() * 10000).empty()) continue;
      if (collector->place != collectors::Place::kServer) continue;
      EXPECT_THAT(Said(RunNamed(std::string(collector->name), user)), Not(HasSubstr("canary-7701")))
          << collector->name;
      ++asked;
    }
  EXPECT_GE(asked, 20);
  const auto settings = Facts("settings", "postgres").settings;
  for (const char* name : {"archive_command", "krb_server_keyfile"}) {
    ASSERT_NE(Find(*settings, name), nullptr) << name;
    EXPECT_EQ(Find(*settings, name)->value, ServerSetting::Value::kRedacted) << name;
  }
}

}  // namespace
}  // namespace pgfleet::test
