#include "backup/scanner.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include "folder.h"

namespace pgfleet::backup {
namespace {

using model::FailureReason;

constexpr double kNow = 1795737600;  // 2026-11-27 00:00 UTC, a Friday
constexpr double kMinute = 60, kDay = 86400;

std::string Gzipped(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

// Fast, because there are many; written at the epoch.
void WriteOneByte(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const timespec times[] = {{1, 0}, {1, 0}};
  EXPECT_TRUE(write(file, "x", 1) == 1 && futimens(file, times) == 0 && close(file) == 0);
}

class ScannerTest : public testing::Test {
 protected:
  Scan Look(double now = kNow) {
    return scanner_.Look(std::chrono::system_clock::time_point(
        std::chrono::seconds(static_cast<std::int64_t>(now))));
  }
  model::BackupFacts Facts(double now = kNow) {
    const auto scan = Look(now);
    EXPECT_FALSE(scan.failure) << scan.failure->file << ": " << scan.failure->error;
    EXPECT_NE(scan.facts, nullptr);
    return scan.facts ? *scan.facts : model::BackupFacts{};
  }

  TestFolder folder_;
  std::shared_ptr<CountingDisk> disk_ = std::make_shared<CountingDisk>();
  Scanner scanner_{{.name = "nightly",
                    .files = folder_ / "*.dump",
                    .schedule = "",
                    .grace = 0,
                    .status_file = ""},
                   disk_,
                   std::chrono::minutes(1)};
};

TEST_F(ScannerTest, AnEmptyFolderHasNoBackups) {
  const auto facts = Facts();
  EXPECT_EQ(facts.files, 0);
  EXPECT_EQ(facts.bytes, 0);
  EXPECT_EQ(facts.newest, std::nullopt);
}

TEST_F(ScannerTest, WholeDumpsAreCountedAndCompared) {
  folder_.Write("1.dump", PlainDump(1000), kNow - 3 * kDay);
  folder_.Write("2.dump", PlainDump(3000), kNow - 2 * kDay);
  const auto newest = PlainDump(500);
  folder_.Write("3.dump", newest, kNow - kDay);
  const auto facts = Facts();
  EXPECT_EQ(facts.files, 3);
  EXPECT_EQ(facts.newest, kNow - kDay);
  EXPECT_EQ(facts.newest_bytes, static_cast<double>(newest.size()));
  EXPECT_EQ(facts.oldest, kNow - 3 * kDay);
  EXPECT_EQ(facts.complete, true);
  EXPECT_EQ(facts.format, "plain");
  const double median =
      static_cast<double>(PlainDump(1000).size() + PlainDump(3000).size()) / 2;
  EXPECT_DOUBLE_EQ(*facts.size_ratio, static_cast<double>(newest.size()) / median);
}

TEST_F(ScannerTest, AFileThatStaysAsItWasIsNotOpenedAgain) {
  for (int i = 0; i < 10; ++i)
    folder_.Write(std::to_string(i) + ".dump", PlainDump(), kNow - kDay * (i + 1));
  folder_.Write("old.dump", "what nobody can judge", kNow - kDay);
  folder_.Write("packed.dump", Gzipped(PlainDump()), kNow - kDay);
  Facts();
  EXPECT_EQ(disk_->opens, 12);
  disk_->Reset();
  Facts(kNow + kMinute);
  EXPECT_EQ(disk_->opens, 0);
  folder_.Write("3.dump", PlainDump(7), kNow - kDay);
  Facts(kNow + 2 * kMinute);
  EXPECT_EQ(disk_->opens, 1);
}

TEST_F(ScannerTest, AFolderOfFiftyThousandStaysCheap) {
  constexpr int kFiles = 50'000;
  for (int i = 0; i < kFiles; ++i) WriteOneByte(folder_ / (std::to_string(i) + ".dump"));
  for (int i = 0; i < 1000; ++i) WriteOneByte(folder_ / (std::to_string(i) + ".wal"));
  EXPECT_EQ(Facts().files, kFiles);
  EXPECT_EQ(disk_->lists, 1);
  EXPECT_EQ(disk_->stats, kFiles);
  EXPECT_LE(disk_->opens, 64);
  disk_->Reset();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Facts(kNow + kMinute).bytes, kFiles);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(disk_->opens, 0);
}

TEST_F(ScannerTest, WhatIsWrittenStillIsNoBackupYet) {
  folder_.Write("1.dump", PlainDump(), kNow - kDay);
  const auto whole = PlainDump(5000);
  folder_.Write("2.dump", whole.substr(0, 1000), kNow - 10);
  auto facts = Facts();
  EXPECT_EQ(facts.growing, 1);
  EXPECT_EQ(facts.newest, kNow - kDay);
  EXPECT_EQ(facts.complete, true) << "of the one before";
  // It grew since the last look, although its time is old.
  folder_.Write("2.dump", whole.substr(0, 3000), kNow - 10);
  facts = Facts(kNow + 10 * kMinute);
  EXPECT_EQ(facts.growing, 1);
  folder_.Write("2.dump", whole, kNow + 10 * kMinute);
  facts = Facts(kNow + 10 * kMinute + 1);
  EXPECT_EQ(facts.growing, 0) << "its end proves it";
  EXPECT_EQ(facts.newest, kNow + 10 * kMinute);
}

TEST_F(ScannerTest, WhatStoppedHalfwayIsDamaged) {
  folder_.Write("1.dump", PlainDump(), kNow - kDay);
  folder_.Write("2.dump", PlainDump(5000).substr(0, 1000), kNow - 10);
  EXPECT_EQ(Facts().growing, 1);
  const auto facts = Facts(kNow + kMinute);
  EXPECT_EQ(facts.growing, 0);
  EXPECT_EQ(facts.complete, false);
  EXPECT_EQ(facts.newest, kNow - kDay);
  EXPECT_EQ(facts.files, 2);
}

TEST_F(ScannerTest, AClockThatRunsAheadDoesNotHideABackup) {
  folder_.Write("1.dump", "nobody can judge", kNow + kDay);
  EXPECT_EQ(Facts().newest, kNow + kDay);
}

TEST_F(ScannerTest, GzipOfNothingIsNoBackup) {
  folder_.Write("1.dump", Gzipped(PlainDump()), kNow - 2 * kDay);
  folder_.Write("2.dump", Gzipped(""), kNow - kDay);
  ASSERT_EQ(std::filesystem::file_size(folder_ / "2.dump"), 20U);
  const auto facts = Facts();
  EXPECT_EQ(facts.complete, false);
  EXPECT_EQ(facts.format, "empty");
  EXPECT_EQ(facts.compression, "gzip");
  EXPECT_EQ(facts.newest, kNow - 2 * kDay);
}

TEST_F(ScannerTest, SeveralMembersOfAGzipAreOneFile) {
  const auto dump = PlainDump(100'000);
  folder_.Write("1.dump", Gzipped(dump.substr(0, 50'000)) + Gzipped(dump.substr(50'000)),
                kNow - kDay);
  EXPECT_EQ(Facts().complete, true);
  folder_.Write("1.dump", Gzipped(dump) + std::string(1024, '\0'), kNow - kDay);
  EXPECT_EQ(Facts().complete, true) << "zeros fill the record of a tape";
}

TEST_F(ScannerTest, ABitThatFlippedInAGzipIsSeen) {
  auto packed = Gzipped(PlainDump(100'000));
  packed[packed.size() - 6] = static_cast<char>(packed[packed.size() - 6] ^ 1);
  folder_.Write("1.dump", packed, kNow - kDay);
  EXPECT_EQ(Facts().complete, false);
}

// A file of 65 MiB that begins as a gzip does.
TEST_F(ScannerTest, ALargeGzipIsNotReadAsAWhole) {
  const auto path = folder_.Write("1.dump", Gzipped(PlainDump(10'000'000)), kNow - kDay);
  std::filesystem::resize_file(path, 65 << 20);
  folder_.SetTime("1.dump", kNow - kDay);
  const auto facts = Facts();
  EXPECT_EQ(facts.complete, std::nullopt);
  EXPECT_EQ(facts.format, "plain");
  EXPECT_EQ(facts.newest, kNow - kDay);
}

TEST_F(ScannerTest, AFileRemovedBetweenTwoStepsIsNoFailure) {
  folder_.Write("1.dump", PlainDump(), kNow - kDay);
  disk_->before_open = [](const std::string& path) { std::filesystem::remove(path); };
  EXPECT_EQ(Facts().files, 0);
}

TEST_F(ScannerTest, AFileThatMayNotBeReadIsNamedAndCounted) {
  class Forbidding : public CountingDisk {
    OrError<std::unique_ptr<File>> Open(const std::string& /*path*/) override {
      return std::unexpected(std::make_error_code(std::errc::permission_denied));
    }
  };
  folder_.Write("1.dump", PlainDump(), kNow - kDay);
  Scanner scanner({.name = "n", .files = folder_ / "*", .schedule = "", .status_file = ""},
                  std::make_shared<Forbidding>(), std::chrono::minutes(1));
  const auto scan = scanner.Look(std::chrono::system_clock::time_point(
      std::chrono::seconds(static_cast<std::int64_t>(kNow))));
  ASSERT_TRUE(scan.failure);
  EXPECT_EQ(scan.failure->reason, FailureReason::kPermission);
  EXPECT_EQ(scan.failure->file, folder_ / "1.dump");
  ASSERT_NE(scan.facts, nullptr);
  EXPECT_EQ(scan.facts->newest, kNow - kDay);
  EXPECT_EQ(scan.facts->complete, std::nullopt);
}

TEST_F(ScannerTest, AFolderThatIsMissingLeavesNothingToSay) {
  Scanner scanner({.name = "n", .files = folder_ / "gone/*", .schedule = "", .status_file = ""},
                  disk_, std::chrono::minutes(1));
  const auto scan = scanner.Look(std::chrono::system_clock::now());
  EXPECT_EQ(scan.facts, nullptr);
  ASSERT_TRUE(scan.failure);
  EXPECT_EQ(scan.failure->reason, FailureReason::kMissing);
}

}  // namespace
}  // namespace pgfleet::backup
