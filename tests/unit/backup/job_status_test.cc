// What the tools write, cut down to what is read and a little around it.
#include "backup/job_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pgfleet::backup {
namespace {

JobStatus Read(std::string_view text) {
  const auto status = ReadJobStatus(text);
  EXPECT_TRUE(status.has_value()) << text << ": " << status.error();
  return status.value_or(JobStatus{});
}

TEST(JobStatus, AnExitCodeIsReadAsItIsWritten) {
  for (const auto* text :
       {"0", "0\n", " 0 \r\n", "exit_code=0\n", "started=1\nexit_code=0\nended=2\n"})
    EXPECT_TRUE(Read(text).succeeded) << text;
  for (const auto* text : {"1", "137\n", "-1", "exit_code=1", "exit_code= 2\n"})
    EXPECT_FALSE(Read(text).succeeded) << text;
  EXPECT_EQ(Read("0").format, "exit_code");
}

TEST(JobStatus, PgBackRestListsItsBackups) {
  const auto status = Read(R"json([{"archive":[{"database":{"id":1,"repo-key":1},"id":"15-1"}],
    "backup":[
      {"error":false,"info":{"delta":33,"repository":{"delta":3,"size":3},"size":33554432},
       "label":"20261126-010002F","timestamp":{"start":1795654802,"stop":1795654900},"type":"full"},
      {"error":true,"info":{"size":33554433},"label":"20261127-010002F",
       "timestamp":{"start":1795741202,"stop":1795741300},"type":"full"}],
    "name":"orders","status":{"code":0,"lock":{"backup":{"held":false}},"message":"ok"}}])json");
  EXPECT_EQ(status.format, "pgbackrest");
  EXPECT_TRUE(status.succeeded);
  ASSERT_EQ(status.backups.size(), 2U);
  EXPECT_EQ(status.backups[0].ended, 1795654900);
  EXPECT_EQ(status.backups[0].bytes, 33554432);
  EXPECT_TRUE(status.backups[0].complete);
  EXPECT_FALSE(status.backups[1].complete) << "it found errors in the pages";
}

TEST(JobStatus, PgBackRestSaysWhenSomethingIsWrong) {
  const auto status = Read(
      R"json([{"backup":[],"name":"a","status":{"code":2,"message":"no valid backups"}}])json");
  EXPECT_FALSE(status.succeeded);
  EXPECT_TRUE(status.backups.empty());
}

TEST(JobStatus, BarmanListsTheNewestFirst) {
  const auto status = Read(R"json({"orders":[
    {"backup_id":"20261127T010001","status":"FAILED"},
    {"backup_id":"20261126T010001","end_time":"Thu Nov 26 01:02:03 2026",
     "end_time_timestamp":"1795654923","retention_status":"-","size":"1.0 GiB",
     "size_bytes":1073741824,"status":"DONE","tablespaces":[],"wal_size_bytes":0}]})json");
  EXPECT_EQ(status.format, "barman");
  EXPECT_FALSE(status.succeeded);
  ASSERT_EQ(status.backups.size(), 1U);
  EXPECT_EQ(status.backups[0].ended, 1795654923);
  EXPECT_EQ(status.backups[0].bytes, 1073741824);
}

TEST(JobStatus, ThatAnOlderBackupOfBarmanFailedIsNoNews) {
  EXPECT_TRUE(Read(R"json({"orders":[
    {"backup_id":"b","status":"DONE","end_time_timestamp":"2","size_bytes":1},
    {"backup_id":"a","status":"FAILED"}]})json")
                  .succeeded);
}

TEST(JobStatus, BarmanShowsOneBackup) {
  const auto status = Read(R"json({"orders":{"backup_id":"20261126T010001","status":"DONE",
    "base_backup_information":{"begin_time_timestamp":"1","end_time_timestamp":"1795654923",
    "disk_usage":"1.0 KiB","disk_usage_bytes":1024}}})json");
  EXPECT_EQ(status.format, "barman");
  ASSERT_EQ(status.backups.size(), 1U);
  EXPECT_EQ(status.backups[0].ended, 1795654923);
  EXPECT_EQ(status.backups[0].bytes, 1024);
}

TEST(JobStatus, WalGListsItsBackupsWithAndWithoutDetail) {
  const auto brief = Read(R"json([{"backup_name":"base_000000010000000000000004",
    "time":"2026-11-26T01:02:03Z","wal_file_name":"000000010000000000000004"}])json");
  EXPECT_EQ(brief.format, "wal_g");
  ASSERT_EQ(brief.backups.size(), 1U);
  EXPECT_EQ(brief.backups[0].ended, 1795654923);
  EXPECT_EQ(brief.backups[0].bytes, std::nullopt);
  const auto detail = Read(R"json([{"backup_name":"base_x","time":"2026-11-26T09:00:00Z",
    "finish_time":"2026-11-26T02:02:03.25+01:00","uncompressed_size":42}])json");
  ASSERT_EQ(detail.backups.size(), 1U);
  EXPECT_EQ(detail.backups[0].ended, 1795654923) << "fractions are cut";
  EXPECT_EQ(detail.backups[0].bytes, 42);
}

TEST(JobStatus, AToolThatListsNothingHasNoBackup) {
  EXPECT_FALSE(Read("[]").succeeded);
  EXPECT_TRUE(Read("[]").backups.empty());
}

TEST(JobStatus, AnythingElseIsRefusedWithoutAWordOfIt) {
  for (const auto* text :
       {"s3cret", "exit_code=s3cret", "{\"s3cret\": 1}", "[{\"s3cret\": 1}]", "[1, 2", "{}",
        "[{\"time\": \"s3cret\"}]", "{\"a\": {\"s3cret\": []}}", "\"s3cret\"", "[[]]", "[null]"}) {
    const auto status = ReadJobStatus(text);
    ASSERT_FALSE(status.has_value()) << text;
    EXPECT_THAT(status.error(), testing::HasSubstr("neither an exit code nor JSON"));
    EXPECT_THAT(status.error(), testing::Not(testing::HasSubstr("s3cret")));
  }
  EXPECT_THAT(ReadJobStatus(" \n").error(), testing::HasSubstr("is empty"));
}

TEST(JobStatus, DeepNestingIsSurvived) {
  const std::string deep(100'000, '[');
  EXPECT_FALSE(ReadJobStatus(deep).has_value());
  EXPECT_FALSE(ReadJobStatus(deep + std::string(100'000, ']')).has_value());
}

}  // namespace
}  // namespace pgfleet::backup
