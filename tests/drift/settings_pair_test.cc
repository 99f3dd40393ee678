// Pairs of real servers that are set alike, and pairs that differ in one setting.
#include <gmock/gmock.h>

#include "drift/settings_of_servers.h"
#include "support/majors.h"
#include "support/wait.h"

namespace pgfleet::test {
namespace {

using model::Against;
using model::NodeDrift;
using model::SettingDrift;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Drift = std::vector<SettingDrift>;
using Lines = std::vector<std::string>;

class SettingsOfPair : public testing::TestWithParam<int> {
 protected:
  // The standby's drift once it is as it should be, or as it still is when patience is over.
  Drift Eventually(const testing::Matcher<Drift>& expected) {
    Drift drift;
    WaitUntil([&] {
      drift = pair_.Drift();
      return expected.Matches(drift);
    });
    return drift;
  }

  // A line for the standby alone makes this drift, and none once it is gone again.
  void ExpectWith(const std::string& line, const testing::Matcher<Drift>& expected) {
    SCOPED_TRACE(line);
    pair_.SetStandby({line});
    pair_.standby().Reload();
    EXPECT_THAT(Eventually(expected), expected);
    pair_.SetStandby({});
    pair_.standby().Reload();
    EXPECT_THAT(Eventually(IsEmpty()), IsEmpty());
  }

  // A line that is no drift. `shown`: what the standby has then.
  void ExpectNoDriftWith(const std::string& line, const std::string& name,
                         const std::string& shown) {
    SCOPED_TRACE(line);
    pair_.SetStandby({line});
    pair_.standby().Reload();
    EXPECT_TRUE(WaitUntil([&] { return pair_.standby().Value("SHOW " + name) == shown; }));
    EXPECT_THAT(pair_.Drift(), IsEmpty());
    pair_.SetStandby({});
    pair_.standby().Reload();
  }

  void RestartPrimary(const Lines& lines) {
    pair_.SetPrimary(lines);
    pair_.primary().Restart();
  }
  void RestartStandby(const Lines& lines) {
    pair_.SetStandby(lines);
    pair_.standby().Restart();
    pair_.WaitUntilStreams();
  }
  void WaitUntilReplayed() {
    const std::string written = pair_.primary().Value("SELECT pg_current_wal_lsn()");
    ASSERT_TRUE(WaitUntil([&] {
      return pair_.standby().Value("SELECT pg_last_wal_replay_lsn() >= '" + written + "'") == "t";
    }));
  }

  TwinPair pair_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Settings, SettingsOfPair, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

SettingDrift FromNode(std::string setting, std::string expected, std::string actual,
                      std::string note = "") {
  return {std::move(setting), Against::kNode, std::move(expected), std::move(actual),
          std::move(note)};
}

TEST_P(SettingsOfPair, ACopyDiffersInNothing) {
  const std::vector<NodeDrift> nodes = pair_.Compare();
  for (const NodeDrift& node : nodes) {
    EXPECT_THAT(node.node.value(), IsEmpty());
    EXPECT_EQ(node.not_comparable, 0);
    EXPECT_TRUE(node.state);
  }
  ASSERT_TRUE(nodes[0].fingerprint && nodes[1].fingerprint);
  EXPECT_EQ(*nodes[0].fingerprint, *nodes[1].fingerprint);
}

TEST_P(SettingsOfPair, WhatIsComparedIsNamedUntilItIsMended) {
  const auto same = pair_.Compare().at(1);
  ExpectWith("work_mem = 9MB", ElementsAre(FromNode("work_mem", "4MB", "9MB")));
  ExpectWith("random_page_cost = 1.1", ElementsAre(FromNode("random_page_cost", "4", "1.1")));
  ExpectWith("autovacuum_naptime = 90", ElementsAre(FromNode("autovacuum_naptime", "1min", "90s")));
  ExpectWith("log_min_messages = error",
             ElementsAre(FromNode("log_min_messages", "warning", "error")));
  ExpectWith("log_line_prefix = '%m'",
             ElementsAre(
                 FromNode("log_line_prefix", pair_.primary().Value("SHOW log_line_prefix"), "%m")));
  const auto mended = pair_.Compare().at(1);
  EXPECT_EQ(same.fingerprint, mended.fingerprint);
  EXPECT_EQ(same.state, mended.state);
}

TEST_P(SettingsOfPair, ASecretIsSetOrNot) {
  ExpectWith("archive_command = 'echo canary-7702'",
             ElementsAre(FromNode("archive_command", "not set", "set")));
}

TEST_P(SettingsOfPair, WhatBelongsToTheNodeTheRoleOrTheSessionIsNoDrift) {
  ExpectNoDriftWith("hot_standby_feedback = on", "hot_standby_feedback", "on");
  ExpectNoDriftWith("wal_receiver_timeout = 30s", "wal_receiver_timeout", "30s");
  ExpectNoDriftWith("statement_timeout = 77s", "statement_timeout", "77s");
  ExpectNoDriftWith("log_filename = 'other.log'", "log_filename", "other.log");
}

TEST_P(SettingsOfPair, ANameOfTheNodeIsNoDrift) {
  pair_.SetStandby({"cluster_name = 'other'"});
  pair_.standby().Restart();
  EXPECT_EQ(pair_.standby().Value("SHOW cluster_name"), "other");
  EXPECT_THAT(pair_.Drift(), IsEmpty());
}

// Replay is paused while the standby has less, so that one before 14 does not shut down.
TEST_P(SettingsOfPair, AStandbyMayHaveMoreConnectionsAndNotLess) {
  pair_.standby().Execute("SELECT pg_wal_replay_pause()");
  RestartPrimary({"max_connections = 150"});
  const std::string note = GetParam() >= 14
                               ? "replay pauses when the primary's value arrives"
                               : "the standby shuts down when the primary's value arrives";
  EXPECT_THAT(pair_.Drift(), ElementsAre(FromNode("max_connections", "at least 150", "100", note)));
  RestartStandby({"max_connections = 150"});
  EXPECT_THAT(pair_.Drift(), IsEmpty());
  WaitUntilReplayed();
  RestartPrimary({});
  EXPECT_THAT(pair_.Drift(), IsEmpty()) << "150 on the standby, 100 on the primary";
}

TEST_P(SettingsOfPair, SettingsOfALibraryThatOnlyOneHasLoadedAreNotThere) {
  const auto settings = [&](const std::string& expected) {
    return [expected](const SettingDrift& drift) {
      return drift.setting.starts_with("plpgsql.") && drift.expected == expected;
    };
  };
  RestartStandby({"shared_preload_libraries = 'plpgsql'"});
  const Drift drift = pair_.Drift();
  EXPECT_THAT(drift, Contains(FromNode("shared_preload_libraries", "", "plpgsql")));
  EXPECT_THAT(drift, Contains(FromNode("plpgsql.check_asserts", "not there", "not set")));
  EXPECT_THAT(drift, Contains(FromNode("plpgsql.extra_warnings", "not there", "not set")));
  EXPECT_EQ(std::ranges::count_if(drift, settings("not there")) + 1, std::ssize(drift));
  RestartPrimary({"shared_preload_libraries = 'plpgsql'"});
  EXPECT_THAT(Eventually(IsEmpty()), IsEmpty());
}

TEST_P(SettingsOfPair, SettingsOfALibraryAreComparedAndNeverShown) {
  const std::string load = "shared_preload_libraries = 'plpgsql'";
  RestartPrimary({load});
  pair_.SetStandby({load, "plpgsql.check_asserts = off", "plpgsql.variable_conflict = use_column",
                    "plpgsql.extra_warnings = 'all'"});
  pair_.standby().Restart();
  EXPECT_THAT(pair_.Drift(), ElementsAre(FromNode("plpgsql.check_asserts", "set", "differs"),
                                         FromNode("plpgsql.extra_warnings", "not set", "set"),
                                         FromNode("plpgsql.variable_conflict", "set", "differs")));
  RestartStandby({load});
  EXPECT_THAT(pair_.Drift(), IsEmpty());
}

TEST_P(SettingsOfPair, NodesSeenWithDifferentPrivilegesAreNotCompared) {
  const std::vector<drift::NodeSettings> mixed = {SettingsOf(pair_.primary()),
                                                  SettingsOf(pair_.standby(), "plain")};
  const auto drift = drift::CompareSettings(mixed, 0, {});
  EXPECT_THAT(drift[0].node.value(), IsEmpty());
  EXPECT_FALSE(drift[1].node);
  EXPECT_FALSE(drift[1].fingerprint);
  EXPECT_GE(drift[1].not_comparable, 150);
  const std::vector<drift::NodeSettings> plain = {SettingsOf(pair_.primary(), "plain"),
                                                  SettingsOf(pair_.standby(), "plain")};
  const auto alike = drift::CompareSettings(plain, 0, {});
  EXPECT_THAT(alike[1].node.value(), IsEmpty());
  EXPECT_EQ(alike[0].fingerprint.value(), alike[1].fingerprint.value());
}

TEST_P(SettingsOfPair, ASettingOfOurOwnRoleCannotBeCompared) {
  pair_.primary().Execute("ALTER ROLE " + Privileged(pair_.primary()) + " SET work_mem = '9MB'");
  const NodeDrift drift = pair_.Compare().at(1);
  EXPECT_THAT(drift.node.value(), IsEmpty());
  EXPECT_EQ(drift.not_comparable, 1);
}

}  // namespace
}  // namespace pgfleet::test
