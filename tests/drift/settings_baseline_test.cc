// How a text reads, against what PostgreSQL itself makes of it.
#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>

#include "drift/setting_value.h"
#include "drift/settings_of_servers.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

using model::ServerSetting;
using testing::IsEmpty;
using Type = ServerSetting::Type;
using Kind = model::Setting::Kind;
using Texts = std::vector<std::string>;

constexpr int kFirstWithFractions = 12;

class SettingsOfServer : public testing::TestWithParam<int> {
 protected:
  void Start(const Texts& conf = {}) {
    server_ = std::make_unique<PostgresServer>(
        GetParam(), ServerOptions{.name = "pg1", .conf = conf, .tuned = false});
    server_->Start();
  }

  // Those that a session may set and then shows. tcp_...: on a Unix socket they show 0.
  std::vector<ServerSetting> Settable() const {
    std::vector<ServerSetting> settable;
    const drift::NodeSettings node = SettingsOf(*server_, "postgres");
    for (const ServerSetting& setting : node.settings->all)
      if ((setting.context == "user" || setting.context == "superuser") &&
          setting.type != Type::kString && !setting.name.starts_with("transaction_") &&
          !setting.name.starts_with("tcp_"))
        settable.push_back(setting);
    return settable;
  }

  std::unique_ptr<PostgresServer> server_;
};
INSTANTIATE_TEST_SUITE_P(Settings, SettingsOfServer, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

Texts Numbers() {
  return {"0",   "1",    "-1",   "2",    "7",   "10",      "012", "0x1F",    "100",
          "255", "1000", "1023", "1024", "1.5", "0.25",    "2.5", "3.5",     "1e3",
          " 42", "42 ",  "+5",   "999",  "0.1", "0.30004", ".5",  "1234567", "65537"};
}

Texts WithUnits(const Texts& units) {
  Texts texts = Numbers();
  for (const std::string& unit : units)
    for (const char* number : {"1", "3", "64", "100", "1000", "1007", "1500", "1024", "90", "0.7",
                               "1.5", "30.1", "0", "12 ", "86400"})
      texts.push_back(number + unit);
  return texts;
}

Texts Words(const std::string& enumvals) {
  Texts words = {"on", "off",   "true", "false",   "yes",  "no", "1",    "0",           "t",   "o",
                 "ON", "debug", "info", "archive", "none", "NO", "True", "hot_standby", "warn"};
  std::string word;
  for (const char c : enumvals) {
    if (c != ',') {
      word += c;
      continue;
    }
    words.push_back(std::exchange(word, {}));
  }
  words.push_back(word);
  for (std::string upper : Texts(words)) {
    std::ranges::transform(upper, upper.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    words.push_back(upper);
  }
  return words;
}

Texts SpellingsOf(const ServerSetting& setting, Connection& session) {
  if (setting.type == Type::kEnum)
    return Words(
        session.Value("SELECT array_to_string(enumvals, ',') FROM pg_settings"
                      " WHERE name = " +
                      Quoted(setting.name)));
  if (setting.type == Type::kBool)
    return {"on",   "off",   "o",      "of",  "ON",  "t",  "tru", "true", "T", "f",
            "fals", "false", "yes",    "y",   "ye",  "no", "n",   "No",   "0", "1",
            "2",    "",      "truely", " on", "on ", "-1", "00",  "offf"};
  if (setting.kind == Kind::kBytes) return WithUnits({"B", "kB", "MB", "GB", "TB", " MB", "MB "});
  if (setting.kind == Kind::kSeconds) return WithUnits({"us", "ms", "s", "min", "h", "d", " s"});
  return Numbers();
}

struct Agreement {
  int accepted = 0, refused = 0;
};

// What PostgreSQL makes of a text for the length of one statement, against what we make of it.
void Compare(const ServerSetting& setting, const std::string& text, Connection& session,
             int version_number, Agreement& agreement) {
  const Answer own =
      session.Query("SELECT set_config(" + Quoted(setting.name) + ", " + Quoted(text) + ", true)");
  const auto ours = drift::ReadValue(text, setting, version_number);
  if (!own.ok()) {
    ++agreement.refused;
    // A number may be refused for its size, a word is only known to the server.
    const bool is_ours_too = setting.type == Type::kBool && ours;
    EXPECT_FALSE(is_ours_too) << setting.name << " '" << text << "'";
    return;
  }
  ++agreement.accepted;
  ASSERT_TRUE(ours) << setting.name << " '" << text << "'";
  const std::string shown = own.rows.at(0).at(0).value();
  EXPECT_EQ(drift::ShownValue(*ours, setting), shown) << setting.name << " '" << text << "'";
  const auto again = drift::ReadValue(shown, setting, version_number);
  ASSERT_TRUE(again) << setting.name << " '" << shown << "'";
  EXPECT_TRUE(drift::SameValue(*ours, *again, setting.name)) << setting.name << " '" << text << "'";
}

TEST_P(SettingsOfServer, ATextReadsAsPostgresItselfReadsIt) {
  Start();
  Connection session = server_->Connect("postgres");
  const int version = std::stoi(session.Value("SHOW server_version_num"));
  Agreement agreement;
  for (const ServerSetting& setting : Settable())
    for (const std::string& text : SpellingsOf(setting, session))
      Compare(setting, text, session, version, agreement);
  EXPECT_GE(agreement.accepted, 1200);
  EXPECT_GE(agreement.refused, 500);
}

TEST_P(SettingsOfServer, WhatIsNoNumberOrUnitIsReadByNeither) {
  Start();
  Connection session = server_->Connect("postgres");
  const int version = std::stoi(session.Value("SHOW server_version_num"));
  const Texts bad = {"",     "x",     "1x",    "1 x",   "1kb", "1KB",  "1mb",    "1M",  "1gb", "1S",
                     "1Min", "1 h h", "1,5MB", "1.5.5", "--1", "1ms2", "1 MB 2", "nan", "MB"};
  int asked = 0;
  for (const ServerSetting& setting : Settable()) {
    if (setting.type != Type::kInteger && setting.type != Type::kReal) continue;
    for (const std::string& text : bad) {
      EXPECT_FALSE(
          session
              .Query("SELECT set_config(" + Quoted(setting.name) + ", " + Quoted(text) + ", true)")
              .ok())
          << setting.name << " '" << text << "'";
      EXPECT_FALSE(drift::ReadValue(text, setting, version)) << setting.name << " '" << text << "'";
      ++asked;
    }
  }
  EXPECT_GE(asked, 500);
}

TEST_P(SettingsOfServer, EveryValueIsShownAsShowWritesIt) {
  Start();
  Connection session = server_->Connect("postgres");
  int shown = 0;
  const drift::NodeSettings node = SettingsOf(*server_, "postgres");
  for (const ServerSetting& setting : node.settings->all) {
    if (setting.name.starts_with("transaction_") || !drift::ValueOf(setting)) continue;
    EXPECT_EQ(drift::ShownValue(setting),
              session.Value("SELECT current_setting(" + Quoted(setting.name) + ")"))
        << setting.name;
    ++shown;
  }
  EXPECT_GE(shown, 200);
}

struct Line {
  std::string name, text;
  int since = 9, before = 99;
};

// Spellings that postgresql.conf may have and SHOW has not, for settings that no session can set.
const std::vector<Line>& Lines() {
  static const std::vector<Line> kLines = {
      {"archive_mode", "yes"},
      {"wal_level", "hot_standby"},
      {"shared_buffers", "8192kB"},
      {"max_connections", "0x50"},
      {"wal_buffers", "1MB"},
      {"wal_keep_size", "0.0625GB", 13},
      {"wal_keep_segments", "3", 9, 13},
      {"max_wal_size", "1.5GB", kFirstWithFractions},
      {"checkpoint_timeout", "450s"},
      {"archive_timeout", "90000ms"},
      {"wal_sender_timeout", "1min"},
      {"wal_receiver_status_interval", "5000 ms"},
      {"log_rotation_age", "2d"},
      {"log_rotation_size", "1GB"},
      {"log_file_mode", "416"},
      {"unix_socket_permissions", "0770"},
      {"checkpoint_completion_target", "0.70"},
      {"autovacuum_vacuum_cost_delay", "2500us", kFirstWithFractions},
      {"autovacuum", "n"},
      {"wal_compression", "ON"},
      {"huge_pages", "FALSE"},
      {"log_destination", "stderr , csvlog"},
      {"TimeZone", "UTC"},
  };
  return kLines;
}

TEST_P(SettingsOfServer, WhatStandsInTheFileIsItsOwnBaseline) {
  Texts conf;
  model::DesiredSettings desired;
  for (const Line& line : Lines()) {
    if (GetParam() < line.since || GetParam() >= line.before) continue;
    conf.push_back(line.name + " = '" + line.text + "'");
    desired.baseline.push_back({.setting = line.name,
                                .role = {},
                                .one_of = {line.text},
                                .at_least = {},
                                .at_most = {},
                                .set = {}});
  }
  Start(conf);
  const std::vector<drift::NodeSettings> nodes = {SettingsOf(*server_)};
  const auto drift = drift::CompareSettings(nodes, {}, desired).at(0);
  for (const model::SettingDrift& each : drift.baseline.value())
    ADD_FAILURE() << each.setting << ": " << each.expected << ", not " << each.actual << each.note;
  EXPECT_EQ(drift.not_comparable, 0);
  for (model::SettingRule& rule : desired.baseline) rule.one_of = {"17"};
  EXPECT_EQ(drift::CompareSettings(nodes, {}, desired).at(0).baseline->size(),
            desired.baseline.size());
}

TEST_P(SettingsOfServer, AServerWithSoundSettingsKeepsEveryPractice) {
  Start({"fsync = on", "wal_level = replica", "max_wal_senders = 10", "max_replication_slots = 10",
         "hot_standby = on", "archive_mode = on", "archive_command = '/bin/true'",
         "archive_timeout = 5min"});
  const std::vector<drift::NodeSettings> nodes = {SettingsOf(*server_)};
  model::DesiredSettings desired;
  desired.practices = {"durability", "replication_primary", "replication_standby",
                       "pitr_archiving"};
  for (auto role : {model::NodeRole::kPrimary, model::NodeRole::kStandby}) {
    std::vector<drift::NodeSettings> as_role = nodes;
    as_role[0].role = role;
    const auto drift = drift::CompareSettings(as_role, {}, desired).at(0);
    for (const model::SettingDrift& each : drift.baseline.value())
      ADD_FAILURE() << each.setting << ": " << each.expected << ", not " << each.actual;
    EXPECT_EQ(drift.not_comparable, 0);
  }
}

}  // namespace
}  // namespace pgfleet::test
