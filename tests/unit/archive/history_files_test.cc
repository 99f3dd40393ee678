#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "archive/backup_history.h"
#include "archive/backup_time.h"
#include "archive/timeline_history.h"

namespace pgfleet::archive {
namespace {

using testing::HasSubstr;

constexpr double kStopped = 1706745599;  // 2024-01-31 23:59:59 UTC

// As PostgreSQL 18 writes it.
const std::string kBackup =
    "START WAL LOCATION: 0/5000028 (file 000000010000000000000005)\n"
    "STOP WAL LOCATION: 0/6000158 (file 000000010000000000000006)\n"
    "CHECKPOINT LOCATION: 0/5000080\n"
    "BACKUP METHOD: streamed\n"
    "BACKUP FROM: primary\n"
    "START TIME: 2024-01-31 23:59:50 UTC\n"
    "LABEL: nightly: all\n"
    "START TIMELINE: 1\n"
    "STOP TIME: 2024-01-31 23:59:59 UTC\n"
    "STOP TIMELINE: 1\n";

const FileName kName = Classify("000000010000000000000005.00000028.backup");

std::string Replaced(std::string text, std::string_view what, std::string_view with) {
  return text.replace(text.find(what), what.size(), with);
}

std::string FaultOf(const std::string& text) {
  const auto parsed = ParseBackupHistory(text, kName, kStopped);
  return parsed ? "" : std::string(parsed.error());
}

TEST(BackupHistory, SaysWhatARestoreNeeds) {
  const auto backup = ParseBackupHistory(kBackup, kName, kStopped + 5);
  ASSERT_TRUE(backup.has_value()) << backup.error();
  EXPECT_EQ(backup->timeline, 1U);
  EXPECT_EQ(backup->start.value, 0x5000028U);
  EXPECT_EQ(backup->stop.value, 0x6000158U);
  EXPECT_EQ(backup->stopped, kStopped);
  EXPECT_EQ(backup->label, "nightly: all");
  EXPECT_EQ(backup->segment_bytes, 16 << 20);
}

TEST(BackupHistory, BeforeElevenHasNoTimelineButThatOfItsName) {
  std::string text = Replaced(kBackup, "START TIMELINE: 1\n", "");
  text = Replaced(text, "STOP TIMELINE: 1\n", "");
  const auto backup = ParseBackupHistory(text, kName, kStopped);
  ASSERT_TRUE(backup.has_value()) << backup.error();
  EXPECT_EQ(backup->timeline, 1U);
}

TEST(BackupHistory, KnowsTheSizeOfSegmentsByItsOwnNumbers) {
  const std::string text = Replaced(kBackup, "0/5000028", "0/500028");
  const auto small = ParseBackupHistory(text, kName, kStopped);
  ASSERT_TRUE(small.has_value()) << small.error();
  EXPECT_EQ(small->segment_bytes, 1 << 20);
}

TEST(BackupHistory, IgnoresLinesThatItDoesNotKnow) {
  EXPECT_EQ(FaultOf(kBackup + "INCREMENTAL FROM LSN: 0/3000028\nSOMETHING: NEW\n\n"), "");
}

TEST(BackupHistory, ThatIsDamagedIsNotBelieved) {
  EXPECT_THAT(FaultOf(""), HasSubstr("does not say"));
  EXPECT_THAT(FaultOf(std::string(200, '\0')), HasSubstr("no text"));
  EXPECT_THAT(FaultOf(kBackup.substr(0, 100)), HasSubstr("cut off"));
  EXPECT_THAT(FaultOf(Replaced(kBackup, "0/6000158 ", "0/600x158 ")), HasSubstr("cannot be read"));
  EXPECT_THAT(FaultOf(Replaced(kBackup, "TIMELINE: 1", "TIMELINE: 1x")), HasSubstr("be read"));
  EXPECT_THAT(FaultOf(Replaced(kBackup, "TIMELINE: 1", "TIMELINE: 2")), HasSubstr("its name"));
  EXPECT_THAT(FaultOf(Replaced(kBackup, "0/6000158", "0/5000028")), HasSubstr("before it begins"));
  EXPECT_THAT(FaultOf(Replaced(kBackup, "0/5000028", "1/5000028")), testing::Not(""));
  EXPECT_THAT(FaultOf(Replaced(kBackup, "STOP TIME: 2024-01", "STOP TIME: 2024-13")),
              HasSubstr("cannot be read"));
  for (std::size_t size = 0; size < kBackup.size() - 17; ++size)
    EXPECT_NE(FaultOf(kBackup.substr(0, size)), "") << size;
}

TEST(BackupTime, OfANumberedZoneIsExact) {
  EXPECT_EQ(ParseBackupTime("2024-01-31 23:59:59 UTC", 0), kStopped);
  EXPECT_EQ(ParseBackupTime("2024-01-31 23:59:59 GMT", 0), kStopped);
  EXPECT_EQ(ParseBackupTime("2024-02-01 05:29:59 +0530", 0), kStopped);
  EXPECT_EQ(ParseBackupTime("2024-01-31 20:59:59 -03", 0), kStopped);
}

// "CST" is a name of Chicago's, Havana's and Shanghai's time.
TEST(BackupTime, OfANamedZoneIsTheLatestBeforeTheFiles) {
  for (const double archived_after : {0.0, 3.0, 600.0}) {
    EXPECT_EQ(ParseBackupTime("2024-01-31 17:59:59 CST", kStopped + archived_after), kStopped);
    EXPECT_EQ(ParseBackupTime("2024-02-01 07:59:59 CST", kStopped + archived_after), kStopped);
    EXPECT_EQ(ParseBackupTime("2024-02-01 00:59:59 CET", kStopped + archived_after), kStopped);
  }
  const double late = 5000;  // then it is late, and never early
  const auto time = ParseBackupTime("2024-02-01 00:59:59 CET", kStopped + late);
  ASSERT_TRUE(time.has_value());
  EXPECT_GE(*time, kStopped);
  EXPECT_LE(*time, kStopped + late + 60);
}

TEST(BackupTime, OfAnotherFormIsNone) {
  for (const char* text : {"", "2024-01-31 23:59:59", "2024-02-30 23:59:59 UTC",
                           "2024-01-31T23:59:59 UTC", "2024-01-31 24:00:00 UTC",
                           "2024-01-31 -1:59:59 UTC", "31.01.2024 23:59:59 UTC"})
    EXPECT_FALSE(ParseBackupTime(text, kStopped).has_value()) << text;
}

TEST(TimelineHistory, NamesTheAncestorsAndWhereTheyEnd) {
  const auto ancestors = ParseTimelineHistory(
      "# a comment\n\n1\t0/3000000\tno recovery target specified\n\n"
      "3\tA/B000060\tbefore 2024\n",
      4);
  ASSERT_TRUE(ancestors.has_value()) << ancestors.error();
  ASSERT_EQ(ancestors->size(), 2U);
  EXPECT_EQ(ancestors->at(0).timeline, 1U);
  EXPECT_EQ(ancestors->at(0).end.value, 0x3000000U);
  EXPECT_EQ(ancestors->at(1).timeline, 3U);
  EXPECT_EQ(ancestors->at(1).end.value, 0xA0B000060U);
}

TEST(TimelineHistory, ThatTheServerRefusesIsAFault) {
  for (const char* text : {"", "\n# nothing\n", "x\t0/3000000\ty\n", "1\n", "1\t0/30x\n",
                           "2\t0/3000000\n1\t0/4000000\n", "4\t0/3000000\n", "5\t0/3000000\n",
                           "1\t0/3000000\n2\t0/2000000\n", "-1\t0/3000000\n"})
    EXPECT_FALSE(ParseTimelineHistory(text, 4).has_value()) << text;
}

}  // namespace
}  // namespace pgfleet::archive
