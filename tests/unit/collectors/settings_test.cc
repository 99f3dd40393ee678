#include <gtest/gtest.h>

#include <algorithm>

#include "collectors/settings_list.h"
#include "collectors/settings_units.h"
#include "page.h"

namespace pgfleet::collectors {
namespace {

using SettingKind = model::Setting::Kind;

TEST(Settings, GoOutByTheirUnit) {
  OneNode one;
  MustDecode(kSettings,
             Answer(kSettings, {{"archive_mode", "on", kNull, "enum", "f"},
                                {"fsync", "off", kNull, "bool", "f"},
                                {"max_connections", "100", kNull, "integer", "t"},
                                {"max_slot_wal_keep_size", "-1", "MB", "integer", "f"},
                                {"shared_buffers", "16384", "8kB", "integer", "f"},
                                {"shared_preload_libraries", "x", kNull, "string", "t"},
                                {"wal_receiver_timeout", "60000", "ms", "integer", "f"}}),
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
  MustDecode(kSettings, Answer(kSettings, {{"fsync", kNull, kNull, "bool", "f"}}), one.facts());
  EXPECT_EQ(one.Page(kSettings),
            "pgfleet_series_dropped{kind=\"pending_restart\"} 0\n"
            "pgfleet_settings_pending_restart 0\n");
}

TEST(Settings, PendingNamesAreCappedAndTheirNumberIsNot) {
  pg::Rows rows;
  rows.SetColumns(kSettings.columns);
  for (int i = 0; i < 53; ++i) {
    rows.Append("ext.setting" + std::to_string(i));
    for (const char* cell : {"1", "", "string", "t"}) rows.Append(cell);
  }
  OneNode one;
  MustDecode(kSettings, rows, one.facts());
  const std::string page = one.Page(kSettings);
  EXPECT_THAT(page, testing::HasSubstr("pgfleet_settings_pending_restart 53\n"));
  EXPECT_THAT(page, testing::HasSubstr("kind=\"pending_restart\"} 3\n"));
  EXPECT_EQ(std::ranges::count(page, '\n'), 52);
}

TEST(Settings, TheListIsSortedAndUnique) {
  EXPECT_TRUE(std::ranges::is_sorted(kShownSettings, std::ranges::less_equal{}));
  for (const auto name : kShownSettings)
    EXPECT_NE(kSettings.sql.front().sql.find("'" + std::string(name) + "'"), std::string::npos);
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
}

TEST(SettingUnits, WhatCannotBeReadIsAbsent) {
  EXPECT_FALSE(MakeSetting("s", "1", "parsec", "integer"));
  EXPECT_FALSE(MakeSetting("s", "many", "", "integer"));
  EXPECT_FALSE(MakeSetting("s", "", "", "integer"));
  EXPECT_FALSE(MakeSetting("s", "nan", "", "real"));
  EXPECT_FALSE(MakeSetting("s", "maybe", "", "bool"));
  EXPECT_FALSE(MakeSetting("s", "text", "", "string"));
}

}  // namespace
}  // namespace pgfleet::collectors
