// What `baseline` writes says of a cluster what `drift` then finds nothing to say about, whatever
// its settings are and its roles are called.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <set>

#include "../drift/settings.h"
#include "config/config.h"
#include "drift/access_drift.h"
#include "drift/baseline_text.h"
#include "drift/practices.h"

namespace pgfleet {
namespace {

using drift::BaselineSource;
using model::NodeRole;
using model::ServerSetting;

config::Config ConfigWith(const std::string& baseline) {
  const std::string text =
      "clusters:\n  - name: orders\n    nodes: [{name: pg1, host: h}]\n" + baseline;
  auto config = config::Parse(text, "f.yml", config::ProcessEnvironment());
  EXPECT_TRUE(config.has_value()) << config::Text(config.error()) << text;
  return config.value_or(config::Config{.clusters = {{}}});
}

// All that is not as it should be, a line each.
std::string DriftOf(const BaselineSource& source, const config::ClusterConfig& cluster) {
  std::string found;
  for (const auto& node :
       CompareSettings(source.nodes, source.nodes.empty() ? std::nullopt : source.reference,
                       *cluster.declared.settings))
    for (const auto* list : {&node.node, &node.baseline})
      for (const auto& drift : list->value_or(std::vector<model::SettingDrift>{}))
        found += fmt::format("{}: {} and not {} ({})\n", drift.setting, drift.actual,
                             drift.expected, drift.note);
  if (!source.access.roles) return found;
  const auto access = CompareAccess(source.access, *cluster.declared.access);
  if (!access) return found + "the access cannot be compared\n";
  for (const auto& drift : access->drift)
    found += fmt::format("{}: {}, {}: {} and not {}\n",
                         model::kAccessKindNames[static_cast<std::size_t>(drift.kind)], drift.role,
                         drift.detail, drift.actual, drift.expected);
  return found;
}

class Chance {
 public:
  explicit Chance(unsigned seed) : engine_(seed) {}

  int Below(int end) { return std::uniform_int_distribution(0, end - 1)(engine_); }
  bool OneIn(int count) { return Below(count) == 0; }
  template <typename List>
  auto Of(const List& list) {
    return list[static_cast<std::size_t>(Below(static_cast<int>(std::size(list))))];
  }

  // At most 63 bytes of UTF-8, never empty.
  std::string Name() {
    static const std::vector<std::string> kWhole = {"null",
                                                    "~",
                                                    "yes",
                                                    "No",
                                                    "on",
                                                    "true",
                                                    "1",
                                                    "0x10",
                                                    "1e3",
                                                    "- a",
                                                    "a: b",
                                                    "a #b",
                                                    "#",
                                                    "-",
                                                    "?",
                                                    ":",
                                                    "*",
                                                    "&a",
                                                    "*a",
                                                    "!a",
                                                    "|",
                                                    ">",
                                                    "%a",
                                                    "@",
                                                    "`",
                                                    "{}",
                                                    "[]",
                                                    "{a: b}",
                                                    "[a, b]",
                                                    "'a'",
                                                    "\"a\"",
                                                    "\\",
                                                    "\\n",
                                                    "a\nb",
                                                    "\n",
                                                    " a ",
                                                    "\t",
                                                    "\r\n",
                                                    "\x01\x1F\x7F",
                                                    "${HOME}",
                                                    "---",
                                                    "...",
                                                    "<<",
                                                    "=",
                                                    "tmp_*",
                                                    "a*b",
                                                    "Ünïcödé",
                                                    "😀",
                                                    "\xC2\x85",
                                                    "\xE2\x80\xA8",
                                                    "\xEF\xBB\xBF",
                                                    "\xEF\xBF\xBE",
                                                    "2024-01-01",
                                                    ".inf",
                                                    "postgres",
                                                    "app"};
    static const std::vector<std::string> kPieces = {
        "a",  "B", "9", "_", "-",    " ",    "\"", "'",  "\\", "\n",
        "\t", ":", "#", ",", "[",    "]",    "{",  "}",  "*",  "&",
        "!",  "|", ">", "%", "\x01", "\x7F", "é",  "日", "😀", "\xE2\x80\xAE"};
    if (OneIn(3)) return Of(kWhole);
    std::string name = Of(kPieces);
    const int pieces = OneIn(4) ? 63 : Below(12);
    for (int i = 0; i < pieces; ++i)
      if (const std::string piece = Of(kPieces); name.size() + piece.size() <= 63) name += piece;
    return name;
  }

 private:
  std::mt19937 engine_;
};

ServerSetting RandomValue(Chance& chance, std::string name) {
  constexpr std::array kNumbers = {-1.0,   0.0,    1.0,     7.0,         100.0,
                                   1000.0, 4711.0, 65536.0, 2147483647.0};
  constexpr std::array kSteps = {1.0, 1024.0, 8192.0, 1048576.0, 16384.0};
  constexpr std::array kTimeSteps = {1e-6, 1e-3, 1.0, 60.0};
  constexpr std::array kReals = {-1.0, 0.0, 0.1, 1.1, 1e-5, 4.0, 0.0025, 1e10, 123.456};
  const double number = chance.Of(kNumbers);
  const double step = chance.Of(kSteps), time_step = chance.Of(kTimeSteps);
  const double is_scaled = number > 0 ? 1 : 0;
  switch (chance.Below(7)) {
    case 0:
      return drift::Bool(std::move(name), chance.OneIn(2));
    case 1:
      return drift::Number(std::move(name), number);
    case 2:
      return drift::Bytes(std::move(name), is_scaled != 0 ? number * step : number, step);
    case 3:
      return drift::Seconds(std::move(name),
                            number <= 0     ? number
                            : time_step < 1 ? number / std::round(1 / time_step)
                                            : number * time_step,
                            time_step);
    case 4:
      return drift::Number(std::move(name), chance.Of(kReals), drift::Type::kReal);
    case 5:
      return drift::Word(std::move(name), chance.OneIn(2) ? "replica" : "on");
    default:
      return drift::Text(std::move(name), chance.OneIn(8) ? "" : chance.Name());
  }
}

// One setting on all nodes: alike or not, or not there, or not to be seen.
void AddSetting(Chance& chance, const std::string& name,
                std::vector<std::vector<ServerSetting>>& nodes) {
  const bool is_secret = name.ends_with("_command") || name.ends_with("conninfo") ||
                         name.starts_with("krb_") || (name.contains('.') && chance.OneIn(2)),
             has_one_value = !chance.OneIn(3);
  const ServerSetting model = RandomValue(chance, name);
  for (auto& all : nodes) {
    ServerSetting setting = model;
    while (!has_one_value) {
      setting = RandomValue(chance, name);
      if (setting.type == model.type && setting.kind == model.kind && setting.step == model.step)
        break;
    }
    setting.is_default = chance.OneIn(4);
    if (is_secret) setting = drift::Secret(name, chance.OneIn(2));
    if (chance.OneIn(12)) setting = drift::Hidden(setting);
    if (!chance.OneIn(12)) all.push_back(setting);
  }
}

BaselineSource RandomSettings(Chance& chance) {
  static const std::vector<std::string> kNames = {"work_mem",
                                                  "max_connections",
                                                  "max_wal_senders",
                                                  "archive_command",
                                                  "archive_mode",
                                                  "primary_conninfo",
                                                  "hot_standby_feedback",
                                                  "recovery_min_apply_delay",
                                                  "wal_buffers",
                                                  "synchronous_standby_names",
                                                  "DateStyle",
                                                  "log_connections",
                                                  "server_encoding",
                                                  "port",
                                                  "search_path",
                                                  "wal_level",
                                                  "fsync",
                                                  "archive_timeout",
                                                  "wal_sender_timeout",
                                                  "krb_server_keyfile",
                                                  "shared_preload_libraries",
                                                  "block_size"};
  std::vector<std::vector<ServerSetting>> nodes(1 + static_cast<std::size_t>(chance.Below(3)));
  for (const std::string& name : kNames) AddSetting(chance, name, nodes);
  for (int i = 0; i < 4; ++i) AddSetting(chance, fmt::format("ext{}.setting", i), nodes);
  BaselineSource source{
      .cluster = "orders", .written = "now", .nodes = {}, .reference = 0, .access = {}};
  constexpr std::array kVersions = {100000, 110000, 120000, 160004, 180000};
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    auto node = drift::Node(std::move(nodes[i]), i == 0 ? NodeRole::kPrimary : NodeRole::kStandby,
                            chance.Of(kVersions));
    node.name = fmt::format("pg{}", i);
    if (chance.OneIn(10)) node.role.reset();
    source.nodes.push_back(std::move(node));
  }
  return source;
}

drift::AccessFacts RandomAccess(Chance& chance) {
  std::set<std::string> names = {"pg_monitor", "pg_read_all_data"};
  if (chance.OneIn(4)) names.insert({"rdsadmin", "rds_superuser"});
  const int roles = chance.Below(30);
  for (int i = 0; i < roles; ++i) names.insert(chance.Name());
  auto list = std::make_shared<model::RoleListFacts>();
  auto memberships = std::make_shared<model::MembershipFacts>();
  auto settings = std::make_shared<model::RoleSettingsFacts>();
  const bool has_options = chance.OneIn(2);
  for (const std::string& name : names) {
    list->roles.push_back({.name = name,
                           .superuser = chance.OneIn(5),
                           .inherit = !chance.OneIn(4),
                           .createrole = chance.OneIn(5),
                           .createdb = chance.OneIn(5),
                           .login = chance.OneIn(2),
                           .replication = chance.OneIn(5),
                           .bypassrls = chance.OneIn(5),
                           .connection_limit = chance.OneIn(3) ? chance.Below(100) : -1,
                           .valid_until = {}});
    if (chance.OneIn(3)) list->roles.back().valid_until = chance.Below(2000);
    for (const std::string& group : names) {
      if (group >= name || !chance.OneIn(4)) continue;
      for (int grants = 1 + chance.Below(2); grants > 0; --grants) {
        model::Membership grant{.role = group,
                                .member = name,
                                .grantor = fmt::to_string(grants),
                                .admin = chance.OneIn(4),
                                .inherit = {},
                                .set = {}};
        if (has_options) grant.inherit = chance.OneIn(2), grant.set = chance.OneIn(2);
        memberships->memberships.push_back(std::move(grant));
      }
    }
    while (chance.OneIn(3))
      settings->settings.push_back({chance.OneIn(2) ? "" : "db", name,
                                    chance.OneIn(2) ? "work_mem" : "x." + chance.Name(), ""});
  }
  settings->total = std::ssize(settings->settings);
  return {.roles = list,
          .memberships = memberships,
          .role_settings = settings,
          .version_number = has_options ? 160000 : 150000,
          .now = 1000};
}

TEST(Baseline, OfAnySettingsLeavesNoDrift) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    Chance chance(seed);
    const BaselineSource source = RandomSettings(chance);
    const std::string text = BaselineText(source);
    const config::Config config = ConfigWith(text);
    ASSERT_EQ(DriftOf(source, config.clusters[0]), "") << "seed " << seed << "\n" << text;
  }
}

TEST(Baseline, OfAnyRolesLeavesNoDrift) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    Chance chance(seed);
    BaselineSource source{
        .cluster = "orders", .written = "now", .nodes = {}, .reference = 0, .access = {}};
    source.access = RandomAccess(chance);
    const std::string text = BaselineText(source);
    const config::Config config = ConfigWith(text);
    ASSERT_EQ(DriftOf(source, config.clusters[0]), "") << "seed " << seed << "\n" << text;
    EXPECT_TRUE(config.clusters[0].declared.access->roles.has_value());
    EXPECT_EQ(config.clusters[0].declared.access->ignore, std::vector<std::string>{});
  }
}

// What the round trip is worth: a change afterwards is found.
TEST(Baseline, LeavesNothingOutThatThenChanges) {
  int changed = 0;
  for (unsigned seed = 0; seed < 100; ++seed) {
    Chance chance(seed);
    BaselineSource source{
        .cluster = "orders", .written = "now", .nodes = {}, .reference = 0, .access = {}};
    source.access = RandomAccess(chance);
    source.nodes = {drift::Node({drift::Bytes("work_mem", 4194304)})};
    const config::Config config = ConfigWith(BaselineText(source));
    source.nodes = {drift::Node({drift::Bytes("work_mem", 8388608)})};
    EXPECT_EQ(
        DriftOf({.cluster = {}, .written = {}, .nodes = source.nodes, .reference = 0, .access = {}},
                config.clusters[0]),
        "work_mem: 8MB and not 4MB ()\n");
    auto roles = *source.access.roles;
    model::Role& role = roles.roles.back();
    if (role.name.starts_with("pg_") || role.name.starts_with("rds")) continue;
    role.createdb = !role.createdb;
    source.access.roles = std::make_shared<const model::RoleListFacts>(roles);
    source.nodes.clear();
    EXPECT_EQ(DriftOf(source, config.clusters[0]),
              fmt::format("attribute: {}, createdb: {} and not {}\n", role.name, role.createdb,
                          !role.createdb));
    ++changed;
  }
  EXPECT_GT(changed, 20);
}

TEST(Baseline, OfFiveThousandRolesIsReadAgainInMoments) {
  auto list = std::make_shared<model::RoleListFacts>();
  auto memberships = std::make_shared<model::MembershipFacts>();
  constexpr int kRoles = 5000;
  const auto name = [](int i) { return fmt::format("application_role_{:05}", i % kRoles); };
  for (int i = 0; i < kRoles; ++i) {
    list->roles.push_back({.name = name(i), .inherit = true, .login = true, .valid_until = {}});
    for (const int of : {i + 1, i + 2})
      memberships->memberships.push_back({.role = name(i),
                                          .member = name(of),
                                          .grantor = "",
                                          .admin = true,
                                          .inherit = false,
                                          .set = false});
  }
  BaselineSource source{
      .cluster = "orders", .written = "now", .nodes = {}, .reference = 0, .access = {}};
  source.access = {.roles = list,
                   .memberships = memberships,
                   .role_settings = std::make_shared<const model::RoleSettingsFacts>(),
                   .version_number = 160000,
                   .now = 0};
  const auto start = std::chrono::steady_clock::now();
  const config::Config config = ConfigWith(BaselineText(source));
  EXPECT_EQ(config.clusters[0].declared.access->roles.value().size(), 5000U);
  EXPECT_EQ(DriftOf(source, config.clusters[0]), "");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(Practices, AllThatAreShippedMayStandInAConfig) {
  std::set<std::string_view> shipped(model::kPracticeNames.begin(), model::kPracticeNames.end());
  for (const drift::Practice& practice : drift::Practices())
    EXPECT_EQ(shipped.erase(practice.name), 1U) << practice.name;
  EXPECT_THAT(shipped, testing::IsEmpty());
}

}  // namespace
}  // namespace pgfleet
