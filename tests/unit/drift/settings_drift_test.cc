#include "drift/settings_drift.h"

#include <gmock/gmock.h>

#include "settings.h"

namespace pgfleet::drift {
namespace {

using model::Against;
using model::DesiredSettings;
using model::NodeDrift;
using model::NodeRole;
using model::ServerSetting;
using model::SettingDrift;
using testing::ElementsAre;
using testing::IsEmpty;

using Settings = std::vector<ServerSetting>;

// The standby's drift from a primary with these settings.
NodeDrift Compared(Settings primary, Settings standby, const DesiredSettings& desired = {},
                   int version = 160000) {
  const std::vector<NodeSettings> nodes = {Node(std::move(primary), NodeRole::kPrimary, version),
                                           Node(std::move(standby), NodeRole::kStandby, version)};
  return CompareSettings(nodes, 0, desired).at(1);
}

SettingDrift FromNode(std::string setting, std::string expected, std::string actual,
                      std::string note = "") {
  return {std::move(setting), Against::kNode, std::move(expected), std::move(actual),
          std::move(note)};
}

SettingDrift FromBaseline(std::string setting, std::string expected, std::string actual,
                          std::string note = "") {
  return {std::move(setting), Against::kBaseline, std::move(expected), std::move(actual),
          std::move(note)};
}

DesiredSettings Baseline(std::vector<model::SettingRule> rules) {
  return {.cluster = {}, .fleet = {}, .practices = {}, .baseline = std::move(rules)};
}

model::SettingRule Exact(std::string setting, std::string value,
                         std::optional<NodeRole> role = {}) {
  return {.setting = std::move(setting),
          .role = role,
          .one_of = {std::move(value)},
          .at_least = {},
          .at_most = {},
          .set = {}};
}

TEST(NodeDrift, NodesThatAreSetAlikeDifferInNothing) {
  const Settings same = {Bytes("work_mem", 4194304), Bool("fsync", true), Secret("a.b", true)};
  const std::vector<NodeSettings> nodes = {Node(same, NodeRole::kPrimary), Node(same)};
  for (const NodeDrift& drift : CompareSettings(nodes, 0, {})) {
    EXPECT_THAT(drift.node.value(), IsEmpty());
    EXPECT_THAT(drift.baseline.value(), IsEmpty());
    EXPECT_EQ(drift.not_comparable, 0);
    EXPECT_EQ(drift.fingerprint, CompareSettings(nodes, 0, {})[0].fingerprint);
  }
}

TEST(NodeDrift, IsNamedWithBothValuesAsShowWritesThem) {
  const NodeDrift drift =
      Compared({Bytes("work_mem", 4194304), Text("TimeZone", "UTC"), Bool("jit", true)},
               {Bytes("work_mem", 8388608), Text("TimeZone", "Europe/Zurich"), Bool("jit", false)});
  EXPECT_THAT(drift.node.value(), ElementsAre(FromNode("jit", "on", "off"),
                                              FromNode("TimeZone", "UTC", "Europe/Zurich"),
                                              FromNode("work_mem", "4MB", "8MB")));
}

TEST(NodeDrift, IsNotKnownWithoutSettingsOrAReference) {
  std::vector<NodeSettings> nodes = {Node({Bool("fsync", true)}, NodeRole::kPrimary),
                                     Node({Bool("fsync", false)})};
  for (const NodeDrift& drift : CompareSettings(nodes, {}, {})) {
    EXPECT_FALSE(drift.node);
    EXPECT_TRUE(drift.baseline);
    EXPECT_TRUE(drift.fingerprint);
  }
  nodes[0].settings = nullptr;
  const auto drift = CompareSettings(nodes, 0, {});
  EXPECT_FALSE(drift[0].node || drift[0].baseline || drift[0].fingerprint || drift[0].state);
  EXPECT_FALSE(drift[1].node);
  EXPECT_TRUE(drift[1].baseline);
}

TEST(NodeDrift, LeavesOutWhatBelongsToTheNodeTheRoleTheSessionAndTheServer) {
  const auto settings = [](const std::string& value) {
    return Settings{Text("cluster_name", value), Text("synchronous_standby_names", value),
                    Text("search_path", value), Text("shared_memory_size", value),
                    Text("ssl_passphrase_command", value)};
  };
  EXPECT_THAT(Compared(settings("a"), settings("b")).node.value(), IsEmpty());
}

TEST(NodeDrift, AStandbyMayHaveMoreAndNotLess) {
  const auto with = [](double number) { return Settings{Number("max_connections", number)}; };
  EXPECT_THAT(Compared(with(100), with(200)).node.value(), IsEmpty());
  EXPECT_THAT(Compared(with(100), with(50)).node.value(),
              ElementsAre(FromNode("max_connections", "at least 100", "50",
                                   "replay pauses when the primary's value arrives")));
  EXPECT_THAT(Compared(with(100), with(50), {}, 130010).node.value(),
              ElementsAre(FromNode("max_connections", "at least 100", "50",
                                   "the standby shuts down when the primary's value arrives")));
  EXPECT_THAT(Compared(with(100), with(200), {.cluster = {.must_match = {"max_*"}}}).node->size(),
              1U);
  const std::vector<NodeSettings> twins = {Node(with(100), NodeRole::kPrimary),
                                           Node(with(50), NodeRole::kPrimary)};
  EXPECT_THAT(CompareSettings(twins, 0, {})[1].node.value(), IsEmpty());
}

TEST(NodeDrift, ASecretIsOnlySetOrNotSet) {
  EXPECT_THAT(
      Compared({Secret("archive_command", true)}, {Secret("archive_command", true)}).node.value(),
      IsEmpty());
  EXPECT_THAT(
      Compared({Secret("archive_command", true)}, {Secret("archive_command", false)}).node.value(),
      ElementsAre(FromNode("archive_command", "set", "not set")));
  EXPECT_THAT(Compared({Secret("app.token", false)}, {Secret("app.token", true)}).node.value(),
              ElementsAre(FromNode("app.token", "not set", "set")));
  EXPECT_THAT(Compared({Secret("primary_conninfo", false)}, {Secret("primary_conninfo", true)})
                  .node.value(),
              IsEmpty());
  EXPECT_THAT(Compared({Secret("primary_conninfo", false)}, {Secret("primary_conninfo", true)},
                       {.cluster = {.must_match = {"primary_conninfo"}}})
                  .node.value(),
              ElementsAre(FromNode("primary_conninfo", "not set", "set")));
}

TEST(NodeDrift, AnArchiveCommandGoesWithTheArchiveMode) {
  const Settings on = {Word("archive_mode", "on"), Secret("archive_command", true)};
  const Settings off = {Word("archive_mode", "off"), Secret("archive_command", false)};
  EXPECT_THAT(Compared(on, off).node.value(), ElementsAre(FromNode("archive_mode", "on", "off")));
  EXPECT_EQ(Compared(on, off, {.cluster = {.must_match = {"archive_command"}}}).node->size(), 2U);
}

TEST(NodeDrift, ValuesOfCustomSettingsAreComparedAndNotShown) {
  EXPECT_THAT(Compared({Number("app.limit", 7701)}, {Number("app.limit", 7702)}).node.value(),
              ElementsAre(FromNode("app.limit", "set", "differs")));
  EXPECT_THAT(Compared({Number("app.limit", 7701)}, {}).node.value(),
              ElementsAre(FromNode("app.limit", "set", "not there")));
  EXPECT_THAT(Compared({Number("app.limit", 1)}, {Number("app.limit", 1)}).node.value(), IsEmpty());
}

TEST(NodeDrift, ANameThatOnlyOneNodeHasIsNotThere) {
  EXPECT_THAT(Compared({}, {Bytes("work_mem", 4194304)}).node.value(),
              ElementsAre(FromNode("work_mem", "not there", "4MB")));
  EXPECT_THAT(Compared({Bytes("work_mem", 4194304)}, {}).node.value(),
              ElementsAre(FromNode("work_mem", "4MB", "not there")));
  EXPECT_THAT(Compared({Text("cluster_name", "a")}, {}).node.value(), IsEmpty());
}

TEST(NodeDrift, WhatIsHiddenIsCountedAndNotCompared) {
  const ServerSetting shown = Bytes("work_mem", 4194304);
  const NodeDrift drift = Compared({shown, Text("search_path", "a")},
                                   {Hidden(shown), Hidden(Text("search_path", "b"))});
  EXPECT_THAT(drift.node.value(), IsEmpty());
  EXPECT_EQ(drift.not_comparable, 1) << "search_path would not be compared anyway";
  EXPECT_EQ(Compared({Hidden(shown)}, {shown}).not_comparable, 1);
  EXPECT_EQ(
      Compared({Hidden(shown)}, {shown}, {.cluster = {.may_differ = {"work_mem"}}}).not_comparable,
      0);
}

TEST(NodeDrift, NodesSeenWithDifferentPrivilegesAreCountedAndNotCompared) {
  std::vector<NodeSettings> nodes = {Node({Bool("fsync", true)}, NodeRole::kPrimary),
                                     Node({Bool("fsync", false)})};
  nodes[1].settings = std::make_shared<const model::SettingsFacts>(
      Facts({Bool("fsync", false), Bytes("work_mem", 1024), Text("port", "1")}));
  const auto drift = CompareSettings(nodes, 0, {});
  EXPECT_THAT(drift[0].node.value(), IsEmpty());
  EXPECT_FALSE(drift[1].node);
  EXPECT_EQ(drift[1].not_comparable, 2);
  EXPECT_TRUE(drift[0].fingerprint);
  EXPECT_FALSE(drift[1].fingerprint);
  nodes[0].settings = nodes[1].settings;
  EXPECT_THAT(CompareSettings(nodes, 0, {})[1].node.value(), IsEmpty()) << "both see the same";
  EXPECT_TRUE(CompareSettings(nodes, 0, {})[1].fingerprint);
}

TEST(NodeDrift, TheOwnersListsDecide) {
  const Settings one = {Bytes("work_mem", 1024), Text("cluster_name", "a")};
  const Settings other = {Bytes("work_mem", 2048), Text("cluster_name", "b")};
  EXPECT_THAT(Compared(one, other, {.cluster = {.may_differ = {"work_*"}}}).node.value(),
              IsEmpty());
  EXPECT_THAT(Compared(one, other,
                       {.cluster = {.must_match = {"cluster_name"}}, .fleet = {.ignore = {"w*"}}})
                  .node.value(),
              ElementsAre(FromNode("cluster_name", "a", "b")));
}

TEST(NodeDrift, WhatTheServerChoseOnBothIsNotComparedAndOnOneIs) {
  const auto buffers = [](double number, std::string source) {
    ServerSetting setting = Bytes("wal_buffers", number, 8192);
    setting.source = std::move(source);
    return Settings{setting};
  };
  EXPECT_THAT(Compared(buffers(131072, "default"), buffers(262144, "override")).node.value(),
              IsEmpty());
  EXPECT_THAT(
      Compared(buffers(131072, "default"), buffers(262144, "configuration file")).node.value(),
      ElementsAre(FromNode("wal_buffers", "128kB", "256kB")));
}

TEST(BaselineDrift, AnExactValueIsReadWithTheSettingsOwnUnit) {
  const auto drift = [](const char* text) {
    return Compared({}, {Bytes("work_mem", 67108864)}, Baseline({Exact("Work_Mem", text)}))
        .baseline.value();
  };
  for (const char* text : {"64MB", "65536kB", "65536", "0.0625GB"})
    EXPECT_THAT(drift(text), IsEmpty()) << text;
  EXPECT_THAT(drift("131072"), ElementsAre(FromBaseline("work_mem", "128MB", "64MB")));
}

TEST(BaselineDrift, BoundsHoldTheirEnds) {
  const auto drift = [](double number) {
    model::SettingRule rule{.setting = "wal_keep_size"};
    rule.at_least = "64MB";
    rule.at_most = "1GB";
    return Compared({}, {Bytes("wal_keep_size", number, 1048576)}, Baseline({rule}))
        .baseline.value();
  };
  const auto broken = [](const char* actual) {
    return ElementsAre(FromBaseline("wal_keep_size", "at least 64MB, at most 1GB", actual));
  };
  EXPECT_THAT(drift(67108864), IsEmpty());
  EXPECT_THAT(drift(1073741824), IsEmpty());
  EXPECT_THAT(drift(66060288), broken("63MB"));
  EXPECT_THAT(drift(1074790400), broken("1025MB"));
  EXPECT_THAT(drift(-1), broken("-1"));
}

TEST(BaselineDrift, OneOfSeveralWillDo) {
  model::SettingRule rule{.setting = "wal_level"};
  rule.one_of = {"replica", "LOGICAL"};
  const auto drift = [&](const char* word) {
    return Compared({}, {Word("wal_level", word)}, Baseline({rule})).baseline.value();
  };
  EXPECT_THAT(drift("logical"), IsEmpty());
  EXPECT_THAT(drift("minimal"),
              ElementsAre(FromBaseline("wal_level", "replica or logical", "minimal")));
}

TEST(BaselineDrift, ARuleIsForNodesOfItsRole) {
  const auto drift = [](NodeRole role) {
    return Compared({}, {Bool("hot_standby_feedback", false)},
                    Baseline({Exact("hot_standby_feedback", "on", role)}))
        .baseline->size();
  };
  EXPECT_EQ(drift(NodeRole::kStandby), 1U);
  EXPECT_EQ(drift(NodeRole::kPrimary), 0U);
}

TEST(BaselineDrift, WhatTheServerHasNotIsNotThere) {
  EXPECT_THAT(Compared({}, {}, Baseline({Exact("no_such", "1")})).baseline.value(),
              ElementsAre(FromBaseline("no_such", "1", "not there")));
}

TEST(BaselineDrift, WhatOurRoleDoesNotSeeIsNotCalledMissing) {
  NodeSettings node = Node({});
  node.settings = std::make_shared<const model::SettingsFacts>(Facts({Bool("fsync", true)}));
  const std::vector<NodeSettings> nodes = {node};
  const auto drift = CompareSettings(nodes, {}, Baseline({Exact("shared_preload_libraries", "a")}));
  EXPECT_THAT(drift[0].baseline.value(), IsEmpty());
  EXPECT_EQ(drift[0].not_comparable, 1);
}

TEST(BaselineDrift, ATextThatIsNoValueOfTheSettingSaysSo) {
  const std::string note = "what is declared cannot be read as a value of this setting";
  model::SettingRule bound{.setting = "wal_level"};
  bound.at_least = "replica";
  EXPECT_THAT(Compared({}, {Bytes("work_mem", 4194304), Word("wal_level", "replica")},
                       Baseline({Exact("work_mem", "64 megabytes"), bound}))
                  .baseline.value(),
              ElementsAre(FromBaseline("wal_level", "at least replica", "replica", note),
                          FromBaseline("work_mem", "64 megabytes", "4MB", note)));
}

TEST(BaselineDrift, ASecretHasARuleOnlyAboutBeingSet) {
  model::SettingRule rule{.setting = "archive_command"};
  rule.set = true;
  const auto drift = [&](bool is_set) {
    return Compared({Secret("archive_command", is_set)}, {Secret("archive_command", is_set)},
                    Baseline({rule}));
  };
  EXPECT_THAT(drift(true).baseline.value(), IsEmpty());
  EXPECT_THAT(drift(false).baseline.value(),
              ElementsAre(FromBaseline("archive_command", "set", "not set")));
  const NodeDrift valued =
      Compared({Secret("a.b", true)}, {Secret("a.b", true)}, Baseline({Exact("a.b", "canary")}));
  EXPECT_THAT(valued.baseline.value(), IsEmpty());
  EXPECT_EQ(valued.not_comparable, 1);
}

TEST(BaselineDrift, ValuesOfCustomSettingsAreNotShown) {
  const DesiredSettings desired = Baseline({Exact("app.limit", "7701"), Exact("app.none", "7701")});
  EXPECT_THAT(Compared({}, {Number("app.limit", 7702)}, desired).baseline.value(),
              ElementsAre(FromBaseline("app.limit", "as declared", "differs"),
                          FromBaseline("app.none", "as declared", "not there")));
}

TEST(BaselineDrift, WhatIsHiddenIsCounted) {
  const ServerSetting hidden = Hidden(Bytes("work_mem", 0));
  const NodeDrift drift = Compared({hidden}, {hidden}, Baseline({Exact("work_mem", "1MB")}));
  EXPECT_THAT(drift.baseline.value(), IsEmpty());
  EXPECT_EQ(drift.not_comparable, 1) << "once, though neither comparison could be made";
}

TEST(BaselineDrift, IgnoredSettingsHaveNoBaselineAndThoseThatMayDifferHave) {
  const Settings settings = {Bytes("work_mem", 4194304)};
  DesiredSettings desired = Baseline({Exact("work_mem", "1MB")});
  desired.fleet.may_differ = {"work_mem"};
  EXPECT_EQ(Compared(settings, settings, desired).baseline->size(), 1U);
  desired.cluster.ignore = {"work_mem"};
  EXPECT_EQ(Compared(settings, settings, desired).baseline->size(), 0U);
}

TEST(BaselineDrift, TheOwnersRuleGoesBeforeThePractice) {
  DesiredSettings desired = Baseline({Exact("synchronous_commit", "off")});
  desired.practices = {"durability"};
  const auto drift = [&](const char* word) {
    return Compared({}, {Word("synchronous_commit", word), Bool("fsync", false)}, desired)
        .baseline.value();
  };
  const auto fsync =
      FromBaseline("fsync", "on", "off", "durability: a crash of the machine destroys the cluster");
  EXPECT_THAT(drift("off"), ElementsAre(fsync));
  EXPECT_THAT(drift("on"), ElementsAre(fsync, FromBaseline("synchronous_commit", "off", "on")));
}

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

// A long session does not have what session_preload_libraries has loaded into younger ones.
TEST(NodeDrift, OfAnExtensionThatSessionsLoadIsNotKnown) {
  const ServerSetting loads = Text("session_preload_libraries", "auto_explain");
  const NodeDrift drift = Compared({loads, Number("auto_explain.log_min_duration", 1)}, {loads});
  EXPECT_THAT(drift.node.value(), IsEmpty());
  EXPECT_EQ(drift.not_comparable, 1);
  EXPECT_EQ(CountChanges(Facts({loads}), Facts({loads, Number("auto_explain.level", 1)}), {}), 0);
}

// One node after the other gets a minor release, and with it new settings.
TEST(NodeDrift, OfAMinorReleaseIsNone) {
  ServerSetting brought = Text("restrict_nonsystem_relation_kind", "");
  brought.is_default = true;
  const auto nodes = [](ServerSetting setting) {
    return std::vector<NodeSettings>{
        Node({Number("server_version_num", 160003)}, NodeRole::kPrimary, 160003),
        Node({Number("server_version_num", 160004), std::move(setting)}, NodeRole::kStandby,
             160004)};
  };
  EXPECT_THAT(CompareSettings(nodes(brought), 0, {})[1].node.value(), IsEmpty());
  brought.is_default = false;
  EXPECT_EQ(CompareSettings(nodes(brought), 0, {})[1].node->size(), 1);
}

// Readers of Aurora share the writer's storage and replay nothing.
TEST(NodeDrift, FewerConnectionsHarmOnlyAStandbyThatReplays) {
  std::vector<NodeSettings> nodes = {Node({Number("max_connections", 200)}, NodeRole::kPrimary),
                                     Node({Number("max_connections", 100)})};
  EXPECT_EQ(CompareSettings(nodes, 0, {})[1].node->size(), 1);
  nodes[1].replays_wal = false;
  EXPECT_THAT(CompareSettings(nodes, 0, {})[1].node.value(), IsEmpty());
}

TEST(NodeDrift, WhatIsDeclaredAndNotToBeSeenIsNamed) {
  const DesiredSettings desired = Baseline({Exact("pgaudit.log", "ddl"), Exact("fsync", "on")});
  const Settings both = {Secret("pgaudit.log", true), Bool("fsync", true), Secret("a.b", true)};
  const NodeDrift drift = Compared(both, both, desired);
  EXPECT_THAT(drift.baseline.value(), IsEmpty());
  EXPECT_THAT(drift.unchecked, ElementsAre("pgaudit.log"));
}

TEST(Baseline, AWordOfAnotherVersionDoesNoHarmWhileOneIsMet) {
  model::SettingRule rule = Exact("wal_compression", "on");
  rule.one_of.emplace_back("pglz");
  EXPECT_THAT(Compared({}, {Bool("wal_compression", true)}, Baseline({rule})).baseline.value(),
              IsEmpty());
  EXPECT_EQ(Compared({}, {Bool("wal_compression", false)}, Baseline({rule})).baseline->size(), 1);
}

}  // namespace
}  // namespace pgfleet::drift
