#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "collectors/catalog.h"
#include "http/drift_json.h"
#include "http/drift_page.h"
#include "json_check.h"

namespace pgfleet::http {
namespace {

using model::AccessKind;
using testing::HasSubstr;
using testing::Not;

constexpr std::chrono::seconds kMaxAge{60};

template <typename T>
model::Fact<T> Known(T value) {
  return std::make_shared<const T>(std::move(value));
}

// Two nodes that answered everything at `at`, pg1 the reference, and a report on them.
struct Fixture {
  Fixture() {
    cluster.name = "orders";
    for (const char* name : {"pg1", "pg2"}) cluster.nodes.push_back(Node(name));
    report.reference = 0;
    report.nodes.resize(2);
    for (model::NodeDrift& node : report.nodes) node.node = node.baseline.emplace();
    report.access.emplace();
  }

  model::NodeSnapshot Node(std::string name) const {
    model::NodeSnapshot node;
    node.declared.name = std::move(name);
    node.up = node.tried = true;
    for (model::LaneStatus& lane : node.lanes) lane.max_age = kMaxAge;
    node.collectors.resize(collectors::Catalog().size());
    for (model::CollectorStatus& status : node.collectors)
      status.last_success = {.monotonic = at, .wall = {}};
    node.facts.settings = Known(model::SettingsFacts{});
    node.facts.file_settings = Known(model::FileSettingsFacts{});
    node.facts.hba_rules = node.facts.ident_mappings = Known(model::RuleFileFacts{});
    node.facts.role_settings = Known(model::RoleSettingsFacts{});
    return node;
  }

  std::vector<model::SnapshotPtr> Clusters() const {
    model::ClusterSnapshot made = cluster;
    made.drift = with_report ? std::make_shared<const model::DriftReport>(report) : nullptr;
    return {std::make_shared<const model::ClusterSnapshot>(std::move(made))};
  }
  std::string Page() const { return RenderDriftPage(Clusters(), now); }
  std::string Json() const {
    std::string json = RenderDriftJson(Clusters(), now);
    EXPECT_TRUE(test::JsonCheck(json).Passes()) << json.substr(0, 2000);
    return json;
  }

  model::Monotonic at{std::chrono::hours(1)};
  model::Monotonic now = at;
  model::ClusterSnapshot cluster;
  model::DriftReport report;
  bool with_report = true;
};

std::size_t Count(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t i = text.find(part); i != std::string_view::npos; i = text.find(part, i + 1))
    ++count;
  return count;
}

model::SettingDrift Drift(std::string setting, std::string expected = "4MB",
                          std::string actual = "64MB", std::string note = "") {
  return {.setting = std::move(setting),
          .against = model::Against::kNode,
          .expected = std::move(expected),
          .actual = std::move(actual),
          .note = std::move(note)};
}

TEST(DriftPages, ShowEachSettingOfItsNode) {
  Fixture fleet;
  fleet.report.nodes[1].node = {Drift("work_mem")};
  fleet.report.nodes[0].baseline = {Drift("fsync", "on", "off", "durability")};
  fleet.report.nodes[1].not_comparable = 7;
  fleet.report.nodes[1].unchecked = {"pgaudit.log"};
  EXPECT_THAT(fleet.Json(),
              HasSubstr(R"({"node":"pg2","up":true,"settings":{"node":{"entries":[)"
                        R"({"setting":"work_mem","expected":"4MB","actual":"64MB","note":""}],)"
                        R"("more":0},"baseline":{"entries":[],"more":0},"not_comparable":7,)"
                        R"("unchecked":{"entries":["pgaudit.log"],"more":0},)"));
  EXPECT_THAT(fleet.Json(), HasSubstr(R"({"setting":"fsync","expected":"on","actual":"off",)"
                                      R"("note":"durability"})"));
  EXPECT_THAT(fleet.Page(), HasSubstr("<tr><td>work_mem</td><td>4MB</td><td>64MB</td><td></td>"));
  EXPECT_THAT(fleet.Page(), HasSubstr("<h3>pg1, the reference</h3>"));
  EXPECT_THAT(fleet.Page(), HasSubstr("could not be compared: 7"));
}

TEST(DriftPages, ShowWhoHoldsWhatAndByWhichWay) {
  Fixture fleet;
  fleet.report.access->privileged = {{.role = "app",
                                      .privilege = model::Privilege::kReadServerFiles,
                                      .via = model::Via::kGrantable,
                                      .path = {"ops", "pg_read_server_files"}}};
  fleet.report.access->drift = {{.kind = AccessKind::kUnexpectedMembership,
                                 .role = "report",
                                 .detail = "readwrite",
                                 .expected = "",
                                 .actual = ""}};
  EXPECT_THAT(
      fleet.Json(),
      HasSubstr(R"("access":{"drift":{"entries":[{"kind":"unexpected_membership",)"
                R"("role":"report","detail":"readwrite","expected":"","actual":""}],"more":0},)"
                R"("privileged":{"entries":[{"role":"app","privilege":"pg_read_server_files",)"
                R"("via":"grantable","path":["ops","pg_read_server_files"],"path_more":0}],)"));
  EXPECT_THAT(fleet.Page(), HasSubstr("<td>app</td><td>pg_read_server_files</td><td>grantable</td>"
                                      "<td>ops &rarr; pg_read_server_files</td>"));
  EXPECT_THAT(fleet.Page(), HasSubstr("<td>unexpected_membership</td><td>report</td>"));
}

TEST(DriftPages, ShowWhatTheFilesOfANodeSay) {
  Fixture fleet;
  auto& facts = fleet.cluster.nodes[1].facts;
  facts.file_settings = Known(model::FileSettingsFacts{
      .errors = 2, .reload_refused = true, .pending_reload = 60, .pending_names = {"work_mem"}});
  facts.hba_rules = Known(model::RuleFileFacts{.errors = 3, .rules = 1, .fingerprint = "f"});
  model::ServerSetting altered{.name = "jit", .from_auto_conf = true};
  facts.settings = Known(model::SettingsFacts{.settings = {},
                                              .pending_restart = {"max_connections"},
                                              .all = {altered},
                                              .from_auto_conf = 1});
  EXPECT_THAT(fleet.Json(),
              HasSubstr(R"("pending_restart":{"entries":["max_connections"],"more":0},)"
                        R"("auto_conf":{"entries":["jit"],"more":0}},"files":{)"
                        R"("postgresql.conf":{"errors":2,"reload_refused":true,)"
                        R"("pending_reload":60,"pending_names":{"entries":["work_mem"],)"
                        R"("more":59}},"pg_hba.conf":{"errors":3},"pg_ident.conf":{"errors":0})"));
  const std::string page = fleet.Page();
  for (const auto* text :
       {"errors: 2</span>; <span class=\"down\">the server refused the last reload",
        "<td>work_mem, and 59 more</td>", "<td>max_connections</td>", "<td>jit</td>",
        "<th scope=\"row\">pg_hba.conf</th><td><span class=\"down\">errors: 3</span></td>"})
    EXPECT_THAT(page, HasSubstr(text));
}

TEST(DriftPages, ShowRoleSettingsByName) {
  Fixture fleet;
  fleet.cluster.nodes[0].facts.role_settings = Known(model::RoleSettingsFacts{
      .total = 5,
      .settings = {{.database = "", .role = "app", .name = "work_mem", .fingerprint = "5ec2e7"}}});
  EXPECT_THAT(fleet.Json(), HasSubstr(R"("role_settings":{"entries":[{"database":"","role":"app",)"
                                      R"("setting":"work_mem"}],"more":4})"));
  EXPECT_THAT(fleet.Page(), HasSubstr("<td>app</td><td>all</td><td>work_mem</td>"));
  EXPECT_THAT(fleet.Page() + fleet.Json(), Not(HasSubstr("5ec2e7")));
}

TEST(DriftPages, SayWhatIsNotKnown) {
  Fixture fleet;
  fleet.with_report = false;
  for (model::NodeSnapshot& node : fleet.cluster.nodes) node.facts = {};
  EXPECT_THAT(
      fleet.Json(),
      HasSubstr(R"("reference":null,"declared":{"baseline":false,"roles":false},)"
                R"("nodes":[{"node":"pg1","up":true,"settings":{"node":null,)"
                R"("baseline":null,"not_comparable":null,"unchecked":null,"pending_restart":null,)"
                R"("auto_conf":null},"files":{"postgresql.conf":null,)"
                R"("pg_hba.conf":null,"pg_ident.conf":null}})"));
  EXPECT_THAT(fleet.Json(), HasSubstr(R"("access":null,"role_settings":null})"));
  EXPECT_THAT(fleet.Page(), HasSubstr("Settings that differ from the reference: not known"));
  EXPECT_THAT(fleet.Page(), HasSubstr("Privileged roles: not known"));
  EXPECT_THAT(fleet.Page(), Not(HasSubstr(">none<")));
}

TEST(DriftPages, NothingIsDeclaredIsNotNothingDiffers) {
  Fixture fleet;
  EXPECT_THAT(fleet.Page(),
              HasSubstr("Settings that differ from the baseline: nothing is declared"));
  EXPECT_THAT(fleet.Page(), HasSubstr("declared roles: nothing is declared"));
  model::DesiredSettings settings;
  settings.practices = {"durability"};
  model::DesiredAccess access;
  access.roles.emplace();
  fleet.cluster.declared.settings = model::Shared(settings);
  fleet.cluster.declared.access = model::Shared(access);
  EXPECT_THAT(fleet.Json(), HasSubstr(R"("declared":{"baseline":true,"roles":true})"));
  EXPECT_THAT(fleet.Page(), Not(HasSubstr("nothing is declared")));
}

TEST(DriftPages, ForgetWhatIsTooOld) {
  Fixture fleet;
  fleet.report.nodes[1].node = {Drift("work_mem")};
  fleet.report.access->drift = {{.kind = AccessKind::kMissingRole,
                                 .role = "app",
                                 .detail = "",
                                 .expected = "",
                                 .actual = ""}};
  fleet.now = fleet.at + kMaxAge;
  EXPECT_THAT(fleet.Page(), HasSubstr("work_mem"));
  fleet.now += std::chrono::seconds(1);
  EXPECT_THAT(fleet.Page() + fleet.Json(), Not(HasSubstr("work_mem")));
  EXPECT_THAT(fleet.Json(), HasSubstr(R"("access":null,"role_settings":null})"));
  EXPECT_THAT(fleet.Json(), HasSubstr(R"("postgresql.conf":null)"));
}

TEST(DriftPages, DoNotPutTheReportOfOtherNodesOnThese) {
  Fixture fleet;
  fleet.report.nodes[1].node = {Drift("work_mem")};
  fleet.cluster.nodes.pop_back();
  EXPECT_THAT(fleet.Json(), HasSubstr(R"("reference":null)"));
  EXPECT_THAT(fleet.Page(), Not(HasSubstr("work_mem")));
}

constexpr std::string_view kHostile =
    "</td><script>alert('1')</script>\" & \\ \n\r\t\x01\x7F\xE2\x80\xA8\xE2\x80\xAE\xFF\xC3";

TEST(DriftPages, KeepHostileTextsInTheirPlace) {
  Fixture fleet;
  const std::string text(kHostile);
  fleet.cluster.name = fleet.cluster.nodes[0].declared.name = text;
  fleet.report.nodes[1].node = {Drift(text, text, text, text)};
  fleet.report.access->drift = {{.kind = AccessKind::kAttribute,
                                 .role = text,
                                 .detail = text,
                                 .expected = text,
                                 .actual = text}};
  fleet.report.access->privileged = {{.role = text,
                                      .privilege = model::Privilege::kSuperuser,
                                      .via = model::Via::kSet,
                                      .path = {text}}};
  fleet.cluster.nodes[0].facts.role_settings = Known(model::RoleSettingsFacts{
      .total = 1, .settings = {{.database = text, .role = text, .name = text, .fingerprint = ""}}});
  const std::string page = fleet.Page(), json = fleet.Json();
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_GE(Count(page, "&lt;script&gt;alert(&#39;1&#39;)"), 15U);
  for (const std::string& made : {page, json})
    for (const auto* bad :
         {"\x01", "\x7F", "\xE2\x80\xA8", "\xE2\x80\xAE", "\xFF", "\xC3<", "\xC3\""})
      EXPECT_THAT(made, Not(HasSubstr(bad)));
  EXPECT_THAT(json, HasSubstr(R"(\u2028\u202e\\xff\\xc3")"));
}

TEST(DriftPages, CutLongValuesBetweenCharacters) {
  Fixture fleet;
  std::string value(255, 'x');
  value += "\xC3\xA9 and so on";
  fleet.report.nodes[1].node = {Drift("a.b", value, std::string(256, 'y'))};
  const std::string shown = std::string(255, 'x') + "...";
  EXPECT_THAT(fleet.Json(), HasSubstr("\"expected\":\"" + shown + "\""));
  EXPECT_THAT(fleet.Page(), HasSubstr("<td>" + shown + "</td>"));
  EXPECT_THAT(fleet.Json(), HasSubstr("\"" + std::string(256, 'y') + "\""));
}

// 1,000 drifted names on each node, 5,000 privileged roles with ways of 100 roles.
Fixture Large() {
  Fixture fleet;
  std::vector<model::SettingDrift> drift(1500, Drift("drifted", std::string(5000, 'v')));
  for (model::NodeDrift& node : fleet.report.nodes) node.node = node.baseline = drift;
  fleet.report.access->drift.resize(5000, {.kind = AccessKind::kMissingRole,
                                           .role = "drifted",
                                           .detail = "",
                                           .expected = "",
                                           .actual = ""});
  fleet.report.access->privileged.resize(5000, {.role = "privileged",
                                                .privilege = model::Privilege::kSuperuser,
                                                .via = model::Via::kInherit,
                                                .path = std::vector<std::string>(100, "way")});
  return fleet;
}

TEST(DriftPages, StayBoundedAndSayHowMuchMoreThereIs) {
  const Fixture fleet = Large();
  const std::string json = fleet.Json(), page = fleet.Page();
  EXPECT_EQ(Count(json, "\"setting\":\"drifted\""), 4000U);
  EXPECT_EQ(Count(json, "],\"more\":500}"), 4U);
  EXPECT_EQ(Count(json, "\"role\":\"drifted\""), 1000U);
  EXPECT_EQ(Count(json, "],\"more\":4000}"), 2U);
  EXPECT_THAT(json, HasSubstr("\"path_more\":68"));
  EXPECT_LE(Count(json, "\"way\""), 20000U);
  EXPECT_EQ(Count(page, "<td>drifted</td>"), 3 * 200U + 200U) << "the reference has no other";
  EXPECT_EQ(Count(page, "<p>and 1300 more</p>"), 3U);
  EXPECT_EQ(Count(page, "<p>and 4800 more</p>"), 2U);
  EXPECT_LT(page.size(), 1U << 20);
  EXPECT_LT(json.size(), 4U << 20);
}

TEST(DriftPages, StayBoundedForAWholeFleet) {
  const Fixture fleet = Large();
  const std::vector<model::SnapshotPtr> fleets(50, fleet.Clusters().front());
  const std::string json = RenderDriftJson(fleets, fleet.now);
  EXPECT_TRUE(test::JsonCheck(json).Passes());
  EXPECT_LT(json.size(), 16U << 20);
  EXPECT_LT(RenderDriftPage(fleets, fleet.now).size(), 4U << 20);
  EXPECT_EQ(Count(json, "\"cluster\":\"orders\""), 50U);
}

TEST(JsonCheck, RefusesWhatIsNoJson) {
  for (const auto* text : {"", "{", "[1,]", "{\"a\"}", "\"\x01\"", "\"\\x\"", "[1]]", "\"\xFF\"",
                           "\"\\u12g4\"", "{\"a\":1,}", "nul"})
    EXPECT_FALSE(test::JsonCheck(text).Passes()) << text;
  EXPECT_TRUE(test::JsonCheck(R"({"a":[1,-2,true,null,"\u2028\\x"],"b":{}})").Passes());
}

}  // namespace
}  // namespace pgfleet::http
