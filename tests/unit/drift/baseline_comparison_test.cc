#include <gmock/gmock.h>

#include "drift/settings_drift.h"
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

TEST(BaselineDrift, WhatIsDeclaredAndNotToBeSeenIsNamed) {
  const DesiredSettings desired = Baseline({Exact("pgaudit.log", "ddl"), Exact("fsync", "on")});
  const Settings both = {Secret("pgaudit.log", true), Bool("fsync", true), Secret("a.b", true)};
  const NodeDrift drift = Compared(both, both, desired);
  EXPECT_THAT(drift.baseline.value(), IsEmpty());
  EXPECT_THAT(drift.unchecked, ElementsAre("pgaudit.log"));
}

TEST(BaselineDrift, AWordOfAnotherVersionDoesNoHarmWhileOneIsMet) {
  model::SettingRule rule = Exact("wal_compression", "on");
  rule.one_of.emplace_back("pglz");
  EXPECT_THAT(Compared({}, {Bool("wal_compression", true)}, Baseline({rule})).baseline.value(),
              IsEmpty());
  EXPECT_EQ(Compared({}, {Bool("wal_compression", false)}, Baseline({rule})).baseline->size(), 1);
}

}  // namespace
}  // namespace pgfleet::drift
