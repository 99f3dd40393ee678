#include "drift/practices.h"

#include <gmock/gmock.h>

#include "settings.h"

namespace pgfleet::drift {
namespace {

using model::NodeRole;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Broken(const std::string& practice, std::vector<model::ServerSetting> all,
                                NodeRole role = NodeRole::kPrimary) {
  const std::vector<NodeSettings> nodes = {Node(std::move(all), role)};
  const auto drift =
      CompareSettings(nodes, {}, {.cluster = {}, .fleet = {}, .practices = {practice}});
  std::vector<std::string> names;
  for (const model::SettingDrift& each : drift.at(0).baseline.value()) {
    EXPECT_TRUE(each.note.starts_with(practice + ": ")) << each.note;
    names.push_back(each.setting);
  }
  return names;
}

model::ServerSetting Set(model::ServerSetting setting, bool is_set) {
  setting.is_default = !is_set;
  return setting;
}

TEST(Practices, AreFoundByName) {
  std::vector<std::string_view> names;
  for (const Practice& practice : Practices()) {
    names.push_back(practice.name);
    EXPECT_EQ(FindPractice(practice.name), &practice);
    EXPECT_FALSE(practice.rules.empty());
  }
  EXPECT_THAT(names, ElementsAre("durability", "pitr_archiving", "replication_primary",
                                 "replication_standby"));
  EXPECT_EQ(FindPractice("Durability"), nullptr);
}

TEST(Practices, EveryRuleAsksForSomethingAndSaysWhy) {
  for (const Practice& practice : Practices())
    for (const PracticeRule& rule : practice.rules) {
      const model::SettingRule full = AsSettingRule(rule);
      EXPECT_TRUE(!full.one_of.empty() || full.at_least || full.at_most || full.set)
          << rule.setting;
      EXPECT_FALSE(rule.why.empty()) << rule.setting;
    }
}

TEST(Practices, DurabilityWantsWhatIsConfirmedToStay) {
  EXPECT_THAT(Broken("durability",
                     {Bool("fsync", true), Bool("full_page_writes", true),
                      Word("synchronous_commit", "local"), Bool("zero_damaged_pages", false)}),
              IsEmpty());
  EXPECT_THAT(
      Broken("durability",
             {Bool("fsync", false), Bool("full_page_writes", false),
              Word("synchronous_commit", "off"), Bool("ignore_checksum_failure", true)}),
      ElementsAre("fsync", "full_page_writes", "ignore_checksum_failure", "synchronous_commit"));
}

TEST(Practices, APrimaryCanBeFollowed) {
  EXPECT_THAT(Broken("replication_primary",
                     {Word("wal_level", "logical"), Number("max_wal_senders", 10),
                      Number("max_replication_slots", 10), Seconds("wal_sender_timeout", 60)}),
              IsEmpty());
  EXPECT_THAT(
      Broken("replication_primary", {Word("wal_level", "minimal"), Number("max_wal_senders", 0),
                                     Number("max_replication_slots", 1), Bool("hot_standby", false),
                                     Seconds("wal_sender_timeout", 0)}),
      ElementsAre("hot_standby", "max_replication_slots", "max_wal_senders", "wal_level",
                  "wal_sender_timeout"));
}

TEST(Practices, AStandbyFollowsWithoutEndAndTellsSo) {
  const std::vector<model::ServerSetting> bad = {
      Seconds("max_standby_streaming_delay", -1), Set(Text("recovery_target_lsn", "0/1"), true),
      Text("recovery_target_timeline", "current"), Seconds("wal_receiver_status_interval", 20, 1),
      Seconds("wal_receiver_timeout", 0)};
  EXPECT_THAT(
      Broken("replication_standby", bad, NodeRole::kStandby),
      ElementsAre("max_standby_streaming_delay", "recovery_target_lsn", "recovery_target_timeline",
                  "wal_receiver_status_interval", "wal_receiver_timeout"));
  EXPECT_THAT(Broken("replication_standby", bad, NodeRole::kPrimary), IsEmpty());
  EXPECT_THAT(
      Broken(
          "replication_standby",
          {Seconds("max_standby_streaming_delay", 30), Set(Text("recovery_target_lsn", ""), false),
           Text("recovery_target_timeline", "latest"),
           Seconds("wal_receiver_status_interval", 10, 1), Seconds("wal_receiver_timeout", 60)},
          NodeRole::kStandby),
      IsEmpty());
}

TEST(Practices, AnArchiveTakesACommandOrALibrary) {
  const auto broken = [](bool has_command, bool has_library) {
    return Broken("pitr_archiving",
                  {Word("archive_mode", "on"), Seconds("archive_timeout", 300, 1),
                   Word("wal_level", "replica"), Secret("archive_command", has_command),
                   Set(Text("archive_library", has_library ? "basic_archive" : ""), has_library)});
  };
  EXPECT_THAT(broken(true, false), IsEmpty());
  EXPECT_THAT(broken(false, true), IsEmpty());
  EXPECT_THAT(broken(false, false), ElementsAre("archive_command"));
}

TEST(Practices, AnArchiveIsNotMoreThanAnHourBehind) {
  const auto broken = [](double seconds) {
    return Broken("pitr_archiving", {Seconds("archive_timeout", seconds, 1)});
  };
  EXPECT_THAT(broken(0), ElementsAre("archive_timeout"));
  EXPECT_THAT(broken(3601), ElementsAre("archive_timeout"));
  EXPECT_THAT(broken(3600), IsEmpty());
  EXPECT_THAT(broken(1), IsEmpty());
}

TEST(Practices, ASettingThatTheServerHasNotIsPassedOver) {
  for (const Practice& practice : Practices())
    EXPECT_THAT(Broken(std::string(practice.name), {}), IsEmpty());
}

}  // namespace
}  // namespace pgfleet::drift
