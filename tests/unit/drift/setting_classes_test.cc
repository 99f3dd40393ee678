#include "drift/setting_classes.h"

#include <gmock/gmock.h>

#include "settings.h"

namespace pgfleet::drift {
namespace {

using enum SettingClass;
using Comparison = SettingRules::Comparison;
using SettingWord = SettingRules::Word;

SettingClass Class(const std::string& name, const std::string& context = "sighup",
                   int version = 160000) {
  model::ServerSetting setting = Text(name, "");
  setting.context = context;
  return ClassOf(setting, version);
}

TEST(SettingClasses, OneOfEachClass) {
  EXPECT_EQ(Class("work_mem"), kCompared);
  EXPECT_EQ(Class("shared_buffers"), kCompared) << "hardware differs only where the owner says so";
  EXPECT_EQ(Class("auto_explain.log_min_duration"), kCompared);
  EXPECT_EQ(Class("archive_command"), kCompared);
  EXPECT_EQ(Class("wal_segment_size", "internal"), kIdentity);
  EXPECT_EQ(Class("max_connections"), kOneSided);
  EXPECT_EQ(Class("cluster_name"), kNodeLocal);
  EXPECT_EQ(Class("hot_standby_feedback"), kRoleDependent);
  EXPECT_EQ(Class("statement_timeout"), kSession);
  EXPECT_EQ(Class("in_hot_standby"), kComputed);
  EXPECT_EQ(Class("ssl_passphrase_command"), kSecret);
}

TEST(SettingClasses, PatternsCoverTheirNamesAndNoOthers) {
  EXPECT_EQ(Class("recovery_target_lsn"), kRoleDependent);
  EXPECT_EQ(Class("wal_receiver_timeout"), kRoleDependent);
  EXPECT_EQ(Class("default_transaction_isolation"), kSession);
  EXPECT_EQ(Class("recovery_prefetch"), kCompared);
  EXPECT_EQ(Class("wal_sender_timeout"), kCompared);
  EXPECT_EQ(Class("idle_replication_slot_timeout"), kCompared);
}

TEST(SettingClasses, CaseDoesNotMatter) { EXPECT_EQ(Class("Cluster_Name"), kNodeLocal); }

TEST(SettingClasses, WhatIsBuiltInAndNotNamedIsComputed) {
  EXPECT_EQ(Class("max_identifier_length", "internal"), kComputed);
  EXPECT_EQ(Class("server_version_num", "internal"), kComputed);
}

TEST(SettingClasses, MaxWalSendersMustNotBeLowerFrom12On) {
  EXPECT_EQ(Class("max_wal_senders", "postmaster", 110022), kCompared);
  EXPECT_EQ(Class("max_wal_senders", "postmaster", 120000), kOneSided);
  EXPECT_EQ(Class("max_wal_senders", "postmaster", 0), kOneSided);
}

TEST(SettingClasses, WhatTheServerChoseIsComputedAndWhatTheOwnerChoseIsNot) {
  model::ServerSetting setting = Bytes("wal_buffers", 131072, 8192);
  EXPECT_EQ(ClassOf(setting, 160000), kCompared);
  for (const char* source : {"default", "override"}) {
    setting.source = source;
    EXPECT_EQ(ClassOf(setting, 160000), kComputed) << source;
  }
}

TEST(SettingRules, AClusterGoesBeforeTheFleetAndANameBeforeAPattern) {
  const SettingRules rules({.cluster = {.must_match = {"wal_*"}, .may_differ = {"WAL_Level"}},
                            .fleet = {.may_differ = {"work_mem"}, .ignore = {"w*"}}});
  EXPECT_EQ(rules.WordOn("wal_level"), SettingWord::kMayDiffer);
  EXPECT_EQ(rules.WordOn("wal_compression"), SettingWord::kMustMatch);
  EXPECT_EQ(rules.WordOn("Work_Mem"), SettingWord::kMayDiffer);
  EXPECT_EQ(rules.WordOn("wall"), SettingWord::kIgnore);
  EXPECT_EQ(rules.WordOn("fsync"), SettingWord::kNone);
}

TEST(SettingRules, TheLongestPatternDecides) {
  const SettingRules rules(
      {.cluster = {
           .must_match = {"wal_*", "wal_receiver_*"}, .may_differ = {"wal_re*"}, .ignore = {"*"}}});
  EXPECT_EQ(rules.WordOn("wal_receiver_timeout"), SettingWord::kMustMatch);
  EXPECT_EQ(rules.WordOn("wal_recycle"), SettingWord::kMayDiffer);
  EXPECT_EQ(rules.WordOn("wal_level"), SettingWord::kMustMatch);
  EXPECT_EQ(rules.WordOn("fsync"), SettingWord::kIgnore);
}

TEST(SettingRules, ListsGoOverTheTable) {
  const SettingRules rules({.cluster = {.must_match = {"cluster_name", "max_connections"},
                                        .may_differ = {"work_mem"},
                                        .ignore = {"fsync"}}});
  const auto between = [&](const char* name) { return rules.BetweenNodes(Text(name, ""), 160000); };
  EXPECT_EQ(between("cluster_name"), Comparison::kEqual);
  EXPECT_EQ(between("max_connections"), Comparison::kEqual);
  EXPECT_EQ(between("max_worker_processes"), Comparison::kNotLess);
  EXPECT_EQ(between("work_mem"), Comparison::kNone);
  EXPECT_EQ(between("fsync"), Comparison::kNone);
  EXPECT_EQ(between("port"), Comparison::kNone);
  EXPECT_EQ(between("wal_level"), Comparison::kEqual);
}

TEST(SettingRules, ChangesOfTheSessionTheRoleAndTheServerItselfDoNotCount) {
  const SettingRules rules({.cluster = {.may_differ = {"work_mem"}, .ignore = {"fsync"}}});
  const auto counts = [&](const char* name) { return rules.CountsChanges(Text(name, ""), 160000); };
  for (const char* name : {"work_mem", "port", "max_connections", "archive_command", "wal_level"})
    EXPECT_TRUE(counts(name)) << name;
  for (const char* name : {"fsync", "statement_timeout", "in_hot_standby", "primary_conninfo"})
    EXPECT_FALSE(counts(name)) << name;
}

}  // namespace
}  // namespace pgfleet::drift
