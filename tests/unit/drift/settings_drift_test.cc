#include "drift/settings_drift.h"

#include <gmock/gmock.h>

#include "settings.h"

namespace pgfleet::drift {
namespace {

using model::DesiredSettings;
using model::ServerSetting;

using Settings = std::vector<ServerSetting>;

TEST(Fingerprints, DifferWhereSettingsThatAreComparedDo) {
  const auto of = [](Settings settings, const DesiredSettings& desired = {}) {
    const std::vector<NodeSettings> nodes = {Node(std::move(settings))};
    return CompareSettings(nodes, {}, desired).at(0).fingerprint.value();
  };
  const Settings base = {Bytes("work_mem", 1024), Number("max_connections", 100)};
  EXPECT_EQ(of(base), of({base[1], base[0]})) << "whatever their order";
  EXPECT_NE(of(base), of({Bytes("work_mem", 2048), base[1]}));
  EXPECT_NE(of(base), of({base[0], base[1], Bool("jit", true)}));
  EXPECT_EQ(of(base), of({base[0], base[1], Text("cluster_name", "x")}));
  EXPECT_EQ(of(base), of({base[0], Number("max_connections", 200)})) << "a standby may have more";
  EXPECT_EQ(of(base, {.cluster = {.may_differ = {"work_mem"}}}),
            of({Bytes("work_mem", 2048), base[1]}, {.cluster = {.may_differ = {"work_mem"}}}));
}

std::uint64_t State(Settings settings) {
  const std::vector<NodeSettings> nodes = {Node(std::move(settings))};
  return CompareSettings(nodes, {}, {}).at(0).state.value();
}

TEST(Changes, AreCountedWhereTheStateChanges) {
  const Settings base = {Bytes("work_mem", 1024), Secret("archive_command", false),
                         Text("cluster_name", "a"), Text("search_path", "a"),
                         Number("max_connections", 100)};
  const auto count = [&](Settings after) {
    const std::size_t changes = CountChanges(Facts(base), Facts(after), {});
    EXPECT_EQ(changes > 0, State(base) != State(after));
    return changes;
  };
  const auto with = [&](std::size_t i, ServerSetting setting) {
    Settings after = base;
    after[i] = std::move(setting);
    return after;
  };
  EXPECT_EQ(count(base), 0U);
  EXPECT_EQ(count(with(0, Bytes("work_mem", 2048))), 1U);
  EXPECT_EQ(count(with(1, Secret("archive_command", true))), 1U);
  EXPECT_EQ(count(with(2, Text("cluster_name", "b"))), 1U);
  EXPECT_EQ(count(with(3, Text("search_path", "b"))), 0U) << "of the session";
  EXPECT_EQ(count(with(4, Bool("jit", true))), 2U) << "one went and one came";
}

TEST(Changes, WhatOurRoleSeesNoMoreHasNotChanged) {
  const Settings base = {Bytes("work_mem", 1024), Text("data_directory", "/d"), Bool("jit", true)};
  EXPECT_EQ(CountChanges(Facts(base), Facts({base[0]}), {}), 0U);
  EXPECT_EQ(CountChanges(Facts(base), Facts({Hidden(base[0]), base[1], base[2]}), {}), 0U);
  EXPECT_EQ(CountChanges(Facts(base), Facts({base[0], base[1]}), {}), 1U);
}

TEST(Changes, IgnoredOnesAreNotCounted) {
  EXPECT_EQ(CountChanges(Facts({Bool("jit", true)}), Facts({Bool("jit", false)}),
                         {.cluster = {.ignore = {"j*"}}}),
            0U);
}

TEST(Changes, TheRulesHaveAFingerprintOfTheirOwn) {
  const DesiredSettings some = {.cluster = {.ignore = {"a", "b"}}};
  EXPECT_EQ(RulesFingerprint(some), RulesFingerprint({.cluster = {.ignore = {"A", "b"}}}));
  EXPECT_NE(RulesFingerprint(some), RulesFingerprint({}));
  EXPECT_NE(RulesFingerprint(some), RulesFingerprint({.fleet = {.ignore = {"a", "b"}}}));
  EXPECT_NE(RulesFingerprint(some),
            RulesFingerprint({.cluster = {.may_differ = {"b"}, .ignore = {"a"}}}));
  EXPECT_EQ(RulesFingerprint(some),
            RulesFingerprint({.cluster = {.ignore = {"a", "b"}}, .practices = {"durability"}}));
}

}  // namespace
}  // namespace pgfleet::drift
