#include "drift/baseline_text.h"

#include <gmock/gmock.h>

#include "drift/yaml_text.h"
#include "settings.h"

namespace pgfleet::drift {
namespace {

using model::NodeRole;
using model::ServerSetting;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

NodeSettings Named(std::string name, NodeSettings node) {
  node.name = std::move(name);
  return node;
}

ServerSetting Default(ServerSetting setting) {
  setting.is_default = true;
  return setting;
}

BaselineSource Pair(std::vector<ServerSetting> primary, std::vector<ServerSetting> standby) {
  return {.cluster = "orders",
          .written = "at noon",
          .nodes = {Named("pg1", Node(std::move(primary), NodeRole::kPrimary)),
                    Named("pg2", Node(std::move(standby), NodeRole::kStandby))},
          .reference = 0,
          .access = {}};
}

// What follows the comment at the head, without what is said of roles.
std::string SettingsOf(const BaselineSource& source) {
  const std::string text = BaselineText(source);
  const std::size_t begin = text.find("    settings:\n");
  EXPECT_NE(begin, text.npos) << text;
  return text.substr(begin, text.find("    # The roles") - begin);
}

std::string SettingsOf(std::vector<ServerSetting> both) { return SettingsOf(Pair(both, both)); }

TEST(BaselineText, BeginsByWhoseItIsAndWhatToDoWithIt) {
  BaselineSource source = Pair({}, {});
  source.nodes[1].settings = nullptr;
  source.nodes[1].version_number = 90624;
  source.cluster = "orders\nroles: {}";
  EXPECT_THAT(
      BaselineText(source),
      StartsWith(
          "    # Cluster orders\\nroles: {} as it was: at noon.\n"
          "    # Nodes: pg1 (16.0, the reference), pg2 (9.6.24, its settings are not known).\n"
          "    # Look it through, "));
}

TEST(BaselineText, WritesWhatIsNotDefaultAsPostgresWouldShowIt) {
  EXPECT_EQ(
      SettingsOf({Bytes("work_mem", 64.0 * 1048576), Seconds("checkpoint_timeout", 300, 1),
                  Bool("log_checkpoints", true), Default(Bool("jit", true)),
                  Number("random_page_cost", 1.1, Type::kReal), Number("max_connections", 100),
                  Text("unix_socket_group", ""), Number("max_slot_wal_keep_size", -1)}),
      "    settings:\n"
      "      practices: []\n"
      "      baseline:\n"
      "        checkpoint_timeout: \"5min\"\n"
      "        log_checkpoints: \"on\"\n"
      "        max_connections: \"100\"\n"
      "        max_slot_wal_keep_size: \"-1\"\n"
      "        random_page_cost: \"1.1\"\n"
      "        unix_socket_group: \"\"\n"
      "        work_mem: \"64MB\"\n");
}

TEST(BaselineText, AllowsAndNamesWhatDiffersNow) {
  EXPECT_EQ(SettingsOf(Pair({Bytes("work_mem", 4194304), Number("max_connections", 200)},
                            {Bytes("work_mem", 8388608), Number("max_connections", 100)})),
            "    settings:\n"
            "      practices: []\n"
            "      may_differ:\n"
            "        - max_connections  # differs now: pg2 has \"100\" and not \"at least 200\"\n"
            "        - work_mem  # differs now: pg2 has \"8MB\" and not \"4MB\"\n"
            "      baseline:\n"
            "        max_connections: {one_of: [\"200\", \"100\"]}\n"
            "        work_mem: {one_of: [\"4MB\", \"8MB\"]}\n");
}

TEST(BaselineText, AsksOfAStandbyWithMoreNothingButTheTwoValues) {
  EXPECT_EQ(SettingsOf(Pair({Number("max_connections", 100)}, {Number("max_connections", 200)})),
            "    settings:\n"
            "      practices: []\n"
            "      baseline:\n"
            "        max_connections: {one_of: [\"100\", \"200\"]}\n");
}

TEST(BaselineText, SaysOfEachRoleWhatFollowsTheRole) {
  EXPECT_EQ(SettingsOf(Pair({Bool("hot_standby_feedback", true), Secret("primary_conninfo", false),
                             Text("synchronous_standby_names", "a, b")},
                            {Bool("hot_standby_feedback", false), Secret("primary_conninfo", true),
                             Default(Text("synchronous_standby_names", ""))})),
            "    settings:\n"
            "      practices: []\n"
            "      baseline:\n"
            "        hot_standby_feedback: [{exact: \"on\", role: primary}, {exact: \"off\", role: "
            "standby}]\n"
            "        primary_conninfo: {set: true, role: standby}\n"
            "        synchronous_standby_names: {exact: \"a, b\", role: primary}\n");
}

TEST(BaselineText, ShowsNoSecretAndNoValueOfAnExtension) {
  const std::string text = SettingsOf(Pair({Secret("archive_command", true), Secret("a.b", true),
                                            Number("c.d", 4711), Secret("e.f", true)},
                                           {Secret("archive_command", true), Secret("a.b", true),
                                            Number("c.d", 815), Secret("e.f", false)}));
  EXPECT_EQ(text,
            "    settings:\n"
            "      # Nothing that a rule could say is so on all nodes: e.f\n"
            "      practices: [pitr_archiving]\n"
            "      may_differ:\n"
            "        - c.d  # differs now: on pg2\n"
            "        - e.f  # differs now: pg2 has \"not set\" and not \"set\"\n"
            "      baseline:\n"
            "        a.b: {set: true}\n"
            "        archive_command: {set: true}\n"
            "        c.d: {set: true}\n");
}

TEST(BaselineText, LeavesOutWhatIsOfANodeOrASessionOrComputed) {
  EXPECT_EQ(SettingsOf({Number("port", 5433), Text("search_path", "a"),
                        Bool("in_hot_standby", true), Number("server_version_num", 160004)}),
            "    settings:\n      practices: []\n      baseline: {}\n");
}

TEST(BaselineText, NamesWhatIsHiddenAndWhatOnlyOneNodeHas) {
  EXPECT_EQ(
      SettingsOf(Pair({Hidden(Bytes("work_mem", 1)), Bool("jit", false), Bool("autovacuum", true)},
                      {Hidden(Bytes("work_mem", 1)), Hidden(Bool("jit", false))})),
      "    settings:\n"
      "      # Hidden by a setting of the monitoring role or of its database: work_mem\n"
      "      # Nothing that a rule could say is so on all nodes: autovacuum\n"
      "      practices: []\n"
      "      may_differ:\n"
      "        - autovacuum  # differs now: pg2 has \"not there\" and not \"on\"\n"
      "      baseline:\n"
      "        jit: \"off\"\n");
}

TEST(BaselineText, NamesThePracticesThatHoldOnEveryNode) {
  const std::vector<ServerSetting> sound = {Bool("fsync", true), Bool("full_page_writes", true),
                                            Word("synchronous_commit", "on")};
  EXPECT_THAT(SettingsOf(sound), HasSubstr("      practices: [durability"));
  std::vector<ServerSetting> unsound = sound;
  unsound[0] = Bool("fsync", false);
  EXPECT_THAT(SettingsOf(Pair(sound, unsound)), Not(HasSubstr("durability")));
  unsound[0] = Hidden(Bool("fsync", true));
  EXPECT_THAT(SettingsOf(Pair(sound, unsound)), Not(HasSubstr("durability")));
  BaselineSource alone = Pair(sound, {});
  alone.nodes.pop_back();
  EXPECT_THAT(SettingsOf(alone), Not(HasSubstr("replication_standby")));
}

TEST(BaselineText, WithoutSettingsSaysSo) {
  BaselineSource source = Pair({}, {});
  for (NodeSettings& node : source.nodes) node.settings = nullptr;
  EXPECT_THAT(BaselineText(source), EndsWith("    # The settings of no node are known.\n"
                                             "    # The roles are not known.\n"));
}

model::Role NewRole(std::string name) {
  return {.name = std::move(name), .inherit = true, .valid_until = {}};
}

struct Access {
  std::vector<model::Role> roles;
  std::vector<model::Membership> memberships;
  std::vector<model::RoleSetting> settings;
};

std::string RolesOf(const Access& access) {
  BaselineSource source = Pair({}, {});
  source.access = {
      .roles = std::make_shared<const model::RoleListFacts>(access.roles, 0),
      .memberships = std::make_shared<const model::MembershipFacts>(access.memberships, 0),
      .role_settings = std::make_shared<const model::RoleSettingsFacts>(
          static_cast<std::int64_t>(access.settings.size()), access.settings),
      .version_number = 160000,
      .now = 1000};
  const std::string text = BaselineText(source);
  const std::string_view end = "      baseline: {}\n";
  return text.substr(text.find(end) + end.size());
}

TEST(BaselineText, SaysOfARoleOnlyWhatCreateRoleWouldNotGive) {
  model::Role app = NewRole("app");
  app.login = app.createdb = true;
  app.inherit = false;
  app.connection_limit = 5;
  app.valid_until = 999;
  model::Role later = NewRole("later");
  later.login = true;
  later.valid_until = 1001;
  model::Role group = NewRole("group");
  group.valid_until = 999;
  EXPECT_EQ(RolesOf({.roles = {app, group, later, NewRole("yes")},
                     .memberships = {},
                     .settings = {{"", "app", "work_mem", ""},
                                  {"db", "app", "my app.id", ""},
                                  {"db2", "app", "work_mem", ""},
                                  {"", "", "jit", ""}}}),
            "    roles:\n"
            "      app:\n"
            "        login: true\n"
            "        createdb: true\n"
            "        inherit: false\n"
            "        connection_limit: 5\n"
            "        expiry: expired\n"
            "        settings: [\"my app.id\", work_mem]\n"
            "      group: {}\n"
            "      later:\n"
            "        login: true\n"
            "      \"yes\": {}\n");
}

TEST(BaselineText, SaysOfAMemberOnlyWhatGrantWouldNotGive) {
  model::Role apart = NewRole("apart");
  apart.inherit = false;
  EXPECT_EQ(RolesOf({.roles = {apart, NewRole("app"), NewRole("boss"), NewRole("group")},
                     .memberships = {{"group", "apart", "", false, false, true},
                                     {"group", "app", "", false, true, true},
                                     {"group", "boss", "x", false, false, false},
                                     {"group", "boss", "y", true, false, false},
                                     {"boss", "apart", "", false, true, true}},
                     .settings = {}}),
            "    roles:\n"
            "      apart:\n"
            "        inherit: false\n"
            "      app: {}\n"
            "      boss:\n"
            "        members:\n"
            "          - name: apart\n"
            "            inherit: true\n"
            "      group:\n"
            "        members:\n"
            "          - apart\n"
            "          - app\n"
            "          - name: boss\n"
            "            admin: true\n"
            "            inherit: false\n"
            "            set: false\n");
}

TEST(BaselineText, NamesReservedRolesOnlyForTheirOtherMembers) {
  model::Role monitor = NewRole("pg_monitor");
  monitor.login = true;
  EXPECT_EQ(RolesOf({.roles = {NewRole("app"), monitor, NewRole("pg_read_all_settings")},
                     .memberships = {{"pg_read_all_settings", "pg_monitor", "", false, true, true},
                                     {"pg_monitor", "app", "", false, true, true}},
                     .settings = {}}),
            "    roles:\n"
            "      app: {}\n"
            "      pg_monitor:\n"
            "        members:\n"
            "          - app\n");
  EXPECT_EQ(RolesOf({.roles = {monitor}, .memberships = {}, .settings = {}}), "    roles: {}\n");
}

TEST(BaselineText, LeavesANameAloneThatYamlCannotHold) {
  EXPECT_EQ(RolesOf({.roles = {NewRole("caf\xE9"), NewRole("group"), NewRole("\xFF")},
                     .memberships = {{"group", "caf\xE9", "", false, true, true}},
                     .settings = {}}),
            "    roles:\n"
            "      group: {}\n"
            "    # Names that are not UTF-8 cannot stand in a config.\n"
            "    # One of them cannot be left alone either: \"\xEF\xBF\xBD\"\n"
            "    roles_ignore: [\"caf*\"]\n");
}

TEST(BaselineText, OfAPartOfTheRolesSaysNothing) {
  BaselineSource source = Pair({}, {});
  source.access.roles = std::make_shared<const model::RoleListFacts>(std::vector<model::Role>{}, 1);
  source.access.memberships = std::make_shared<const model::MembershipFacts>();
  EXPECT_THAT(BaselineText(source), HasSubstr("    # Not all roles and memberships are known"));
  EXPECT_THAT(BaselineText(source), Not(HasSubstr("roles:")));
}

TEST(YamlText, KeepsWhatCanBeReadAndEscapesTheRest) {
  EXPECT_EQ(Quoted("a \"b\" \\ Ünï 😀"), "\"a \\\"b\\\" \\\\ Ünï 😀\"");
  EXPECT_EQ(Quoted("\n\t\r\x01\x7F"), "\"\\n\\t\\x0d\\x01\\x7f\"");
  EXPECT_EQ(Quoted("\xC2\x85\xE2\x80\xA8\xEF\xBB\xBF"), "\"\\x85\\u2028\\ufeff\"");
  EXPECT_EQ(Quoted("\xFF\xC0\x80\xED\xA0\x80"),
            Quoted("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"));
}

TEST(YamlText, QuotesNamesThatMightBeSomethingElse) {
  for (const char* bare : {"app", "work_mem", "auto_explain.log_format", "Nullable", "pg1"})
    EXPECT_EQ(YamlName(bare), bare);
  for (const char* quoted :
       {"", "null", "YES", "off", "n", "1", "-a", "a-b", "_a", "a b", "a:", "~", "é"})
    EXPECT_EQ(YamlName(quoted), Quoted(quoted));
}

TEST(YamlText, ARemarkIsShort) {
  EXPECT_EQ(Remark(std::string(60, 'a')), "\"" + std::string(60, 'a') + "\"");
  EXPECT_EQ(Remark(std::string(59, 'a') + "éx"), "\"" + std::string(59, 'a') + "\"...");
}

// What the fleet asks for stays in force where the cluster says nothing of its own.
TEST(BaselineText, ReplacesEveryRuleOfTheFleet) {
  BaselineSource source = Pair({Default(Bool("jit", true)), Text("cluster_name", "one")},
                               {Default(Bool("jit", true)), Text("cluster_name", "two")});
  source.inherited.baseline = {{.setting = "JIT", .one_of = {"off"}}};
  source.inherited.fleet.must_match = {"cluster_name"};
  const std::string text = SettingsOf(source);
  EXPECT_THAT(text, testing::HasSubstr("        jit: \"on\"\n"));
  EXPECT_THAT(text, testing::HasSubstr("        - cluster_name  # differs now"));
}

}  // namespace
}  // namespace pgfleet::drift
