#include <gmock/gmock.h>

#include "drift/settings_drift.h"
#include "settings.h"

namespace pgfleet::drift {
namespace {

using model::Against;
using model::NodeDrift;
using model::NodeRole;
using model::ServerSetting;
using model::SettingDrift;
using testing::ElementsAre;
using testing::IsEmpty;

using Settings = std::vector<ServerSetting>;

SettingDrift FromNode(std::string setting, std::string expected, std::string actual,
                      std::string note = "") {
  return {std::move(setting), Against::kNode, std::move(expected), std::move(actual),
          std::move(note)};
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

// A long session does not have what session_preload_libraries has loaded into younger ones.
TEST(NodeDrift, OfAnExtensionThatSessionsLoadIsNotKnown) {
  const ServerSetting loads = Text("session_preload_libraries", "auto_explain");
  const NodeDrift drift = Compared({loads, Number("auto_explain.log_min_duration", 1)}, {loads});
  EXPECT_THAT(drift.node.value(), IsEmpty());
  EXPECT_EQ(drift.not_comparable, 1);
  EXPECT_EQ(CountChanges(Facts({loads}), Facts({loads, Number("auto_explain.level", 1)}), {}), 0U);
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

}  // namespace
}  // namespace pgfleet::drift
