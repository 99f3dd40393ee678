// What a scanner makes of the file in which a job says how it ended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backup/scanner.h"
#include "folder.h"

namespace pgfleet::backup {
namespace {

using model::FailureReason;

constexpr double kNow = 1795737600;  // 2026-11-27 00:00 UTC
constexpr double kDay = 86400;

class StatusTest : public testing::Test {
 protected:
  Scan Status(const std::string& text) {
    folder_.Write("status", text, kNow - 100);
    Scanner scanner({.name = "n",
                     .files = "",
                     .schedule = "0 0 * * *",
                     .grace = 0,
                     .status_file = folder_ / "status"},
                    ThisDisk(), std::chrono::minutes(1));
    return scanner.Look(std::chrono::system_clock::time_point(
        std::chrono::seconds(static_cast<std::int64_t>(kNow))));
  }

  TestFolder folder_;
};

TEST_F(StatusTest, AnExitCodeStandsForABackup) {
  auto scan = Status("exit_code=0\n");
  ASSERT_NE(scan.facts, nullptr);
  EXPECT_EQ(scan.facts->job_succeeded, true);
  EXPECT_EQ(scan.facts->job_ended, kNow - 100);
  EXPECT_EQ(scan.facts->newest, kNow - 100);
  EXPECT_EQ(scan.facts->files, std::nullopt);
  scan = Status("exit_code=1\n");
  EXPECT_EQ(scan.facts->job_succeeded, false);
  EXPECT_EQ(scan.facts->newest, std::nullopt);
  EXPECT_EQ(scan.facts->overdue, true);
}

TEST_F(StatusTest, WhatAToolListsTakesThePlaceOfFiles) {
  const auto scan = Status(
      R"json([{"backup_name":"a","time":"2026-11-25T00:00:00Z","uncompressed_size":10},
              {"backup_name":"b","time":"2026-11-26T00:00:00Z","uncompressed_size":30}])json");
  ASSERT_NE(scan.facts, nullptr);
  EXPECT_EQ(scan.facts->files, 2);
  EXPECT_EQ(scan.facts->newest, kNow - kDay);
  EXPECT_EQ(scan.facts->oldest, kNow - 2 * kDay);
  EXPECT_EQ(scan.facts->size_ratio, 3);
  EXPECT_EQ(scan.facts->format, "wal_g");
}

TEST_F(StatusTest, WhatCannotBeUnderstoodIsAFailure) {
  const auto scan = Status("s3cret");
  EXPECT_EQ(scan.facts, nullptr);
  ASSERT_TRUE(scan.failure);
  EXPECT_EQ(scan.failure->reason, FailureReason::kBadValue);
  EXPECT_THAT(scan.failure->error, testing::Not(testing::HasSubstr("s3cret")));
  EXPECT_EQ(Status(std::string((4 << 20) + 1, ' ')).failure->reason, FailureReason::kLimit);
}

}  // namespace
}  // namespace pgfleet::backup
