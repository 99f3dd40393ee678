#include <gtest/gtest.h>

#include <algorithm>

#include "collectors/settings_list.h"
#include "collectors/settings_units.h"
#include "page.h"

namespace pgfleet::collectors {
namespace {

using SettingKind = model::Setting::Kind;

// A row of pg_settings of which only the first columns matter.
Row Full(Row row) {
  row.insert(row.end(), {"sighup", "default", kNull, "f", "f"});
  return row;
}

TEST(Settings, GoOutByTheirUnit) {
  OneNode one;
  MustDecode(kSettings,
             Answer(kSettings, {Full({"archive_mode", "on", kNull, "enum", "f"}),
                                Full({"fsync", "off", kNull, "bool", "f"}),
                                Full({"max_connections", "100", kNull, "integer", "t"}),
                                Full({"max_slot_wal_keep_size", "-1", "MB", "integer", "f"}),
                                Full({"shared_buffers", "16384", "8kB", "integer", "f"}),
                                Full({"shared_preload_libraries", "x", kNull, "string", "t"}),
                                Full({"wal_receiver_timeout", "60000", "ms", "integer", "f"})}),
             one.facts());
  EXPECT_EQ(one.Page(kSettings),
            "pgfleet_series_dropped{kind=\"pending_restart\"} 0\n"
            "pgfleet_setting_bytes{setting=\"max_slot_wal_keep_size\"} -1\n"
            "pgfleet_setting_bytes{setting=\"shared_buffers\"} 134217728\n"
            "pgfleet_setting_seconds{setting=\"wal_receiver_timeout\"} 60\n"
            "pgfleet_setting_enabled{setting=\"fsync\"} 0\n"
            "pgfleet_setting_value{setting=\"max_connections\"} 100\n"
            "pgfleet_setting_state{setting=\"archive_mode\",state=\"on\"} 1\n"
            "pgfleet_settings_pending_restart 2\n"
            "pgfleet_setting_pending_restart{setting=\"max_connections\"} 1\n"
            "pgfleet_setting_pending_restart{setting=\"shared_preload_libraries\"} 1\n");
}

TEST(Settings, AValueThatIsHiddenByOurOwnRoleIsAbsent) {
  OneNode one;
  MustDecode(kSettings, Answer(kSettings, {Full({"fsync", kNull, kNull, "bool", "f"})}),
             one.facts());
  EXPECT_EQ(one.Page(kSettings),
            "pgfleet_series_dropped{kind=\"pending_restart\"} 0\n"
            "pgfleet_settings_pending_restart 0\n");
}

TEST(Settings, PendingNamesAreCappedAndTheirNumberIsNot) {
  pg::Rows rows;
  rows.SetColumns(kSettings.columns);
  for (int i = 0; i < 53; ++i) {
    rows.Append("ext.setting" + std::to_string(i));
    for (const char* cell : {"1", "", "string", "t", "sighup", "default", "f", "f", "f"})
      rows.Append(cell);
  }
  OneNode one;
  MustDecode(kSettings, rows, one.facts());
  const std::string page = one.Page(kSettings);
  EXPECT_THAT(page, testing::HasSubstr("pgfleet_settings_pending_restart 53\n"));
  EXPECT_THAT(page, testing::HasSubstr("kind=\"pending_restart\"} 3\n"));
  EXPECT_EQ(std::ranges::count(page, '\n'), 53);
}

TEST(Settings, TheListIsSortedAndUnique) {
  EXPECT_TRUE(std::ranges::is_sorted(kShownSettings, std::ranges::less_equal{}));
}

using Value = model::ServerSetting::Value;

TEST(Settings, AllAreKeptForComparing) {
  model::NodeFacts facts;
  MustDecode(
      kSettings,
      Answer(kSettings,
             {{"archive_command", kNull, kNull, "string", "f", "sighup", "configuration file", "f",
               "f", "t"},
              {"fsync", "off", kNull, "bool", "f", "sighup", "configuration file", "t", "f", "f"},
              {"search_path", kNull, kNull, "string", "f", "user", "user", kNull, "f", "f"},
              {"shared_preload_libraries", "a, b", kNull, "string", "t", "postmaster",
               "configuration file", "f", "f", "f"},
              {"work_mem", "4096", "kB", "integer", "f", "user", "default", kNull, "t", "f"}}),
      facts);
  const auto& all = facts.settings->all;
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[0].value, Value::kRedacted);
  EXPECT_EQ(all[1].value, Value::kNumber);
  EXPECT_EQ(all[1].kind, SettingKind::kEnabled);
  EXPECT_TRUE(all[1].from_auto_conf.value());
  EXPECT_EQ(all[2].value, Value::kHidden);
  EXPECT_EQ(all[3].text, "a, b");
  EXPECT_TRUE(all[3].pending_restart);
  EXPECT_EQ(all[3].context, "postmaster");
  EXPECT_EQ(all[4].number, 4194304);
  EXPECT_TRUE(all[4].is_default);
  EXPECT_EQ(all[4].source, "default");
  EXPECT_EQ(facts.settings->from_auto_conf, 1);
}

// Whatever a server answers: what it calls a secret has no value in the facts.
TEST(Settings, ASecretThatCameAllTheSameIsNotKept) {
  model::NodeFacts facts;
  MustDecode(kSettings,
             Answer(kSettings,
                    {{"a.b", "canary", kNull, "string", "f", "user", "default", kNull, "f", "t"}}),
             facts);
  EXPECT_EQ(facts.settings->all[0].value, Value::kRedacted);
  EXPECT_EQ(facts.settings->all[0].text, "");
  EXPECT_FALSE(facts.settings->from_auto_conf) << "no source file is visible";
}

TEST(Settings, TypeAndUnitAreKeptSoThatATextCanBeRead) {
  using Type = model::ServerSetting::Type;
  model::NodeFacts facts;
  MustDecode(kSettings,
             Answer(kSettings, {Full({"app.limit", "7", kNull, "integer", "f"}),
                                Full({"fsync", "on", kNull, "bool", "f"}),
                                Full({"log_file_mode", "0600", kNull, "integer", "f"}),
                                Full({"shared_buffers", "16384", "8kB", "integer", "f"}),
                                Full({"vacuum_cost_delay", kNull, "ms", "real", "f"}),
                                Full({"wal_level", "replica", kNull, "enum", "f"}),
                                Full({"work_mem", "-1", "kB", "integer", "f"})}),
             facts);
  const auto& all = facts.settings->all;
  ASSERT_EQ(all.size(), 7U);
  EXPECT_EQ(all[0].value, Value::kNumber) << "a number cannot be a secret, whoever named it";
  EXPECT_EQ(all[1].type, Type::kBool);
  EXPECT_EQ(all[2].number, 0600);
  EXPECT_TRUE(all[2].is_octal);
  EXPECT_EQ(all[3].step, 8192);
  EXPECT_EQ(all[4].type, Type::kReal);
  EXPECT_EQ(all[4].value, Value::kHidden);
  EXPECT_EQ(all[4].kind, SettingKind::kSeconds);
  EXPECT_EQ(all[4].step, 0.001);
  EXPECT_EQ(all[5].type, Type::kEnum);
  EXPECT_EQ(all[6].number, -1);
  EXPECT_FALSE(all[6].is_octal);
}

TEST(SettingUnits, AreBytesOrSeconds) {
  struct Case {
    const char *value, *unit;
    SettingKind kind;
    double expected;
  };
  for (const Case& c : std::initializer_list<Case>{{"16777216", "B", SettingKind::kBytes, 16777216},
                                                   {"4", "kB", SettingKind::kBytes, 4096},
                                                   {"2048", "8kB", SettingKind::kBytes, 16777216},
                                                   {"5", "16MB", SettingKind::kBytes, 83886080},
                                                   {"80", "MB", SettingKind::kBytes, 83886080},
                                                   {"100", "ms", SettingKind::kSeconds, 0.1},
                                                   {"5", "min", SettingKind::kSeconds, 300},
                                                   {"30", "s", SettingKind::kSeconds, 30},
                                                   {"0", "min", SettingKind::kSeconds, 0},
                                                   {"-1", "ms", SettingKind::kSeconds, -1},
                                                   {"10", "", SettingKind::kValue, 10}}) {
    const auto setting = MakeSetting("s", c.value, c.unit, "integer");
    ASSERT_TRUE(setting) << c.unit;
    EXPECT_EQ(setting->kind, c.kind) << c.unit;
    EXPECT_EQ(setting->number, c.expected) << c.unit;
  }
  EXPECT_EQ(MakeSetting("s", "0.9", "", "real")->number, 0.9);
  EXPECT_EQ(MakeSetting("s", "0777", "", "integer")->number, 0777);
}

TEST(SettingUnits, WhatCannotBeReadIsAbsent) {
  EXPECT_FALSE(MakeSetting("s", "1", "parsec", "integer"));
  EXPECT_FALSE(MakeSetting("s", "many", "", "integer"));
  EXPECT_FALSE(MakeSetting("s", "", "", "integer"));
  EXPECT_FALSE(MakeSetting("s", "nan", "", "real"));
  EXPECT_FALSE(MakeSetting("s", "0800", "", "integer")) << "file modes are octal";
  EXPECT_FALSE(MakeSetting("s", "maybe", "", "bool"));
  EXPECT_FALSE(MakeSetting("s", "text", "", "string"));
}

}  // namespace
}  // namespace pgfleet::collectors
