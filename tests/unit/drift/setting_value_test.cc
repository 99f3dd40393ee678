#include "drift/setting_value.h"

#include <gmock/gmock.h>

#include "settings.h"

namespace pgfleet::drift {
namespace {

constexpr int kNew = 160000, kOld = 110000;

// How a text comes out again: as SHOW would write it, or "-" where it cannot be read.
std::string Again(const std::string& text, const model::ServerSetting& setting,
                  int version = kNew) {
  const auto value = ReadValue(text, setting, version);
  return value ? ShownValue(*value, setting) : "-";
}

TEST(SettingValue, SizesAreShownInTheLargestUnitThatFits) {
  const auto kilobytes = Bytes("work_mem", 0);
  EXPECT_EQ(Again("65536", kilobytes), "64MB");
  EXPECT_EQ(Again("65537", kilobytes), "65537kB");
  EXPECT_EQ(Again("1GB", kilobytes), "1GB");
  EXPECT_EQ(Again("1024MB", kilobytes), "1GB");
  EXPECT_EQ(Again("2048 kB ", kilobytes), "2MB");
  const auto blocks = Bytes("shared_buffers", 0, 8192);
  EXPECT_EQ(Again("1", blocks), "8kB");
  EXPECT_EQ(Again("16384", blocks), "128MB");
  EXPECT_EQ(Again("128MB", blocks), "128MB");
  const auto megabytes = Bytes("wal_keep_size", 0, 1048576);
  EXPECT_EQ(Again("100", megabytes), "100MB");
  EXPECT_EQ(Again("2TB", megabytes), "2TB");
}

TEST(SettingValue, TimesAreShownInTheLargestUnitThatFits) {
  const auto milliseconds = Seconds("wal_receiver_timeout", 0);
  EXPECT_EQ(Again("100", milliseconds), "100ms");
  EXPECT_EQ(Again("60000", milliseconds), "1min");
  EXPECT_EQ(Again("300s", milliseconds), "5min");
  EXPECT_EQ(Again("36h", milliseconds), "36h");
  EXPECT_EQ(Again("48h", milliseconds), "2d");
  const auto seconds = Seconds("archive_timeout", 0, 1);
  EXPECT_EQ(Again("90", seconds), "90s");
  EXPECT_EQ(Again("1min", seconds), "1min");
  const auto minutes = Seconds("log_rotation_age", 0, 60);
  EXPECT_EQ(Again("1440", minutes), "1d");
  EXPECT_EQ(Again("90", minutes), "90min");
}

TEST(SettingValue, ZeroAndNegativeNumbersStayAsTheyStand) {
  EXPECT_EQ(Again("-1", Bytes("s", 0)), "-1");
  EXPECT_EQ(Again("0", Seconds("s", 0)), "0");
  EXPECT_EQ(Again("0s", Seconds("s", 0)), "0");
}

TEST(SettingValue, UnitsAreWrittenExactly) {
  for (const char* text : {"1mb", "1KB", "1 megabyte", "1s", "MB", "", "1MB x", "1,5MB"})
    EXPECT_EQ(Again(text, Bytes("s", 0)), "-") << text;
  for (const char* text : {"1M", "1S", "1MS", "1kB", "s"})
    EXPECT_EQ(Again(text, Seconds("s", 0)), "-") << text;
  EXPECT_EQ(Again("1s", Number("s", 0)), "-") << "it has no unit";
}

TEST(SettingValue, NumbersAreReadAsTheServerReadsThem) {
  EXPECT_EQ(Again("0x10", Number("s", 0)), "16");
  EXPECT_EQ(Again("010", Number("s", 0)), "8");
  EXPECT_EQ(Again(" 7", Number("s", 0)), "7");
  EXPECT_EQ(Again("1e3", Number("s", 0)), "1000");
  EXPECT_EQ(Again("2.5", Number("s", 0)), "2") << "to the even one";
  EXPECT_EQ(Again("nan", Number("s", 0, Type::kReal)), "-");
  EXPECT_EQ(Again("inf", Number("s", 0, Type::kReal)), "-");
}

TEST(SettingValue, FractionsAreRoundedToTheNextSmallerUnit) {
  EXPECT_EQ(Again("1.5MB", Bytes("s", 0)), "1536kB");
  EXPECT_EQ(Again("30.1GB", Bytes("s", 0)), "30822MB");
  EXPECT_EQ(Again("0.5s", Seconds("s", 0)), "500ms");
}

TEST(SettingValue, PartsOfTheOwnUnitAreCutOffBefore12AndRoundedFrom12On) {
  EXPECT_EQ(Again("1007kB", Bytes("s", 0, 8192), kOld), "1000kB");
  EXPECT_EQ(Again("1007kB", Bytes("s", 0, 8192), kNew), "1008kB");
  EXPECT_EQ(Again("1500ms", Seconds("s", 0, 1), kOld), "1s");
  EXPECT_EQ(Again("1500ms", Seconds("s", 0, 1), kNew), "2s");
}

TEST(SettingValue, RealsHaveWhatTheServerShowsOfThem) {
  model::ServerSetting cost = Number("random_page_cost", 4, Type::kReal);
  EXPECT_EQ(Again("1.10", cost), "1.1");
  EXPECT_EQ(Again("1.23456789", cost), "1.23457");
  EXPECT_TRUE(SameValue(*ReadValue("1.23456789", cost, kNew), SettingValue(1.23457), "s"));
  EXPECT_FALSE(SameValue(*ReadValue("1.2346", cost, kNew), SettingValue(1.23457), "s"));
  model::ServerSetting delay = Seconds("vacuum_cost_delay", 0);
  delay.type = Type::kReal;
  EXPECT_EQ(Again("0.5", delay), "500us");
  EXPECT_EQ(Again("2", delay), "2ms");
  EXPECT_EQ(Again("0", delay), "0");
}

TEST(SettingValue, BoolsAreReadByAnyClearBeginning) {
  for (const char* text : {"on", "ON", "true", "t", "yes", "Y", "1"})
    EXPECT_EQ(Again(text, Bool("fsync", false)), "on") << text;
  for (const char* text : {"off", "of", "false", "F", "no", "n", "0"})
    EXPECT_EQ(Again(text, Bool("fsync", true)), "off") << text;
  for (const char* text : {"o", "", "maybe", "2", "onn", "10"})
    EXPECT_EQ(Again(text, Bool("fsync", true)), "-") << text;
}

TEST(SettingValue, WordsHaveNoCaseAndOldNames) {
  EXPECT_EQ(Again("REPLICA", Word("wal_level", "")), "replica");
  EXPECT_EQ(Again("hot_standby", Word("wal_level", "")), "replica");
  EXPECT_EQ(Again("True", Word("synchronous_commit", "")), "on");
  EXPECT_EQ(Again("0", Word("archive_mode", "")), "off");
  EXPECT_EQ(Again("on", Word("wal_compression", "")), "pglz");
  EXPECT_EQ(Again("Debug", Word("log_min_messages", "")), "debug2");
  EXPECT_EQ(Again("debug2", Word("log_min_messages", ""), kOld), "debug");
}

TEST(SettingValue, FileModesAreOctal) {
  model::ServerSetting mode = Number("log_file_mode", 0600);
  mode.is_octal = true;
  EXPECT_EQ(ShownValue(mode), "0600");
  EXPECT_EQ(Again("0640", mode), "0640");
  EXPECT_EQ(Again("384", mode), "0600");
}

TEST(SettingValue, SpacesAroundCommasCountOnlyWhereThereIsNoList) {
  const auto same = [](const char* name, const char* a, const char* b) {
    return SameValue(std::string(a), std::string(b), name);
  };
  EXPECT_TRUE(same("shared_preload_libraries", "a, b", " a,b "));
  EXPECT_FALSE(same("shared_preload_libraries", "a, b", "b, a")) << "they load in their order";
  EXPECT_FALSE(same("shared_preload_libraries", "a b", "ab"));
  EXPECT_FALSE(same("log_line_prefix", "%m, %p", "%m,%p"));
  EXPECT_FALSE(same("log_line_prefix", "%m", "%M"));
}

TEST(SettingValue, IntegersThatDifferByOneDiffer) {
  const auto a = ReadValue("2147483647", Bytes("s", 0, 8192), kNew);
  const auto b = ReadValue("2147483646", Bytes("s", 0, 8192), kNew);
  EXPECT_FALSE(SameValue(*a, *b, "s"));
  EXPECT_NE(Canonical(*a, "s"), Canonical(*b, "s"));
}

TEST(SettingValue, WhatIsShownReadsBackToTheSame) {
  for (const double step : {1.0, 1024.0, 8192.0, 1048576.0})
    for (std::int64_t raw = 1; raw < 2000000000; raw = raw * 3 + 1) {
      const auto setting = Bytes("s", static_cast<double>(raw) * step, step);
      EXPECT_TRUE(SameValue(*ReadValue(ShownValue(setting), setting, kNew), setting.number, "s"))
          << raw << " of " << step;
    }
  for (const double step : {1e-3, 1.0, 60.0})
    for (std::int64_t raw = 1; raw < 2000000000; raw = raw * 2 + 1) {
      const auto seconds = Seconds("s", 0, step);
      const auto value = ReadValue(std::to_string(raw), seconds, kNew);
      EXPECT_TRUE(SameValue(*ReadValue(ShownValue(*value, seconds), seconds, kNew), *value, "s"))
          << raw << " of " << step;
    }
}

TEST(SettingValue, WhatIsNotKnownIsNotShown) {
  EXPECT_FALSE(ValueOf(Secret("primary_conninfo", true)));
  EXPECT_FALSE(ValueOf(Hidden(Bytes("work_mem", 4096))));
  EXPECT_EQ(ShownValue(Secret("primary_conninfo", true)), "");
}

}  // namespace
}  // namespace pgfleet::drift
