#include "archive/scanner.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libdeflate.h>

#include "memory_folder.h"

namespace pgfleet::archive {
namespace {

using model::ArchiveFailure;
using model::UnexpectedFile;

constexpr std::int64_t kSize = 16 << 20;
constexpr double kNow = 1e9;
const std::string kBackupName = "000000010000000000000005.00000028.backup";
const std::string kBackupText =
    "START WAL LOCATION: 0/5000028 (file 000000010000000000000005)\n"
    "STOP WAL LOCATION: 0/5000158 (file 000000010000000000000005)\n"
    "LABEL: x\nSTOP TIME: 2001-01-31 23:59:59 UTC\n";

std::string SegmentAt(int number) {
  return fmt::format("00000001{:08X}{:08X}", number / 256, number % 256);
}

class ScannerTest : public testing::Test {
 protected:
  ScannerTest() : scanner_(MakeFolder()) {}
  const Inventory& Scan() {
    folder_->statuses = folder_->reads = 0;
    const auto result = scanner_.Scan(kNow);
    if (!result) throw std::runtime_error(result.error().message);
    return **result;
  }
  std::int64_t Unexpected(UnexpectedFile kind) {
    return Scan().unexpected[static_cast<std::size_t>(kind)];
  }
  std::string PackedBackup() {
    auto* packer = libdeflate_alloc_compressor(1);
    std::string packed(1000, '\0');
    packed.resize(libdeflate_gzip_compress(packer, kBackupText.data(), kBackupText.size(),
                                           packed.data(), packed.size()));
    libdeflate_free_compressor(packer);
    return packed;
  }

 private:
  std::unique_ptr<Folder> MakeFolder() {
    auto folder = std::make_unique<MemoryFolder>();
    folder_ = folder.get();
    return folder;
  }

 protected:
  MemoryFolder* folder_ = nullptr;
  Scanner scanner_;
};

TEST_F(ScannerTest, AnUnchangedArchiveOfAHundredThousandFilesIsHardlyLookedAtAgain) {
  constexpr int kFiles = 100'000;
  for (int i = 0; i < kFiles; ++i) folder_->Add(SegmentAt(i), kSize);
  EXPECT_EQ(Scan().files.size(), 100'000U);
  EXPECT_EQ(folder_->statuses, kFiles);
  for (int i = 0; i < 10; ++i) folder_->Add(SegmentAt(kFiles + i), kSize, kNow);
  EXPECT_EQ(Scan().files.size(), 100'010U);
  EXPECT_LE(folder_->statuses, kFiles / Scanner::kTurns + 11);
  EXPECT_EQ(folder_->reads, 0);
}

TEST_F(ScannerTest, EveryFileIsLookedAtAgainWithinThirtyRounds) {
  constexpr int kFiles = 3'000;
  for (int i = 0; i < kFiles; ++i) folder_->Add(SegmentAt(i), kSize);
  Scan();
  int looks = 0;
  for (int round = 0; round < Scanner::kTurns; ++round) {
    EXPECT_EQ(Scan().files.size(), 3'000U);
    EXPECT_LE(folder_->statuses, kFiles / Scanner::kTurns + 1) << round;
    looks += folder_->statuses;
  }
  EXPECT_EQ(looks, kFiles);
}

TEST_F(ScannerTest, FilesThatShrinkAreFoundWithinThirtyRounds) {
  for (int i = 0; i < 100; ++i) folder_->Add(SegmentAt(i), kSize);
  Scan();
  folder_->files[SegmentAt(50)].bytes = 1;
  bool found = false;
  for (int round = 0; round < Scanner::kTurns; ++round)
    found = std::ranges::count(Scan().files, 1, &WalFile::bytes) == 1;
  EXPECT_TRUE(found);
}

TEST_F(ScannerTest, FilesThatAreRemovedAreGoneAtOnceAndMayComeBack) {
  for (int i = 0; i < 100; ++i) folder_->Add(SegmentAt(i), kSize);
  Scan();
  folder_->files.erase(SegmentAt(50));
  EXPECT_EQ(Scan().files.size(), 99U);
  folder_->Add(SegmentAt(50), kSize / 2);
  const auto& files = Scan().files;
  EXPECT_EQ(files.size(), 100U);
  EXPECT_TRUE(std::ranges::is_sorted(files, {}, &WalFile::Key));
  EXPECT_EQ(std::ranges::count(files, kSize / 2, &WalFile::bytes), 1);
}

TEST_F(ScannerTest, AFileThatIsBeingWrittenIsLookedAtUntilItIsOld) {
  folder_->Add(SegmentAt(1), 100, kNow - 1);
  EXPECT_EQ(Scan().files[0].bytes, 100);
  folder_->files[SegmentAt(1)].bytes = kSize;
  EXPECT_EQ(Scan().files[0].bytes, kSize);
  EXPECT_FALSE(Scan().files[0].settled);
}

TEST_F(ScannerTest, HistoriesAreReadOnceAndAgainWhenTheyChange) {
  folder_->AddText(kBackupName, kBackupText);
  folder_->AddText("00000002.history", "1\t0/3000000\tx\n");
  const Inventory& inventory = Scan();
  ASSERT_EQ(inventory.backups.size(), 1U);
  EXPECT_EQ(inventory.backups[0].label, "x");
  EXPECT_THAT(inventory.histories, testing::SizeIs(1));
  EXPECT_EQ(inventory.other_bytes, std::ssize(kBackupText) + 14);
  EXPECT_EQ(folder_->reads, 2);
  for (int round = 0; round < Scanner::kTurns; ++round) {
    Scan();
    EXPECT_EQ(folder_->reads, 0);
  }
  folder_->AddText(kBackupName, kBackupText + "MORE: 1\n", 5);
  int reads = 0;
  for (int round = 0; round < Scanner::kTurns; ++round) {
    Scan();
    reads += folder_->reads;
  }
  EXPECT_EQ(reads, 1);
}

TEST_F(ScannerTest, PackedHistoriesAreReadWhereThatCanBeDone) {
  folder_->AddText(kBackupName + ".gz", PackedBackup());
  EXPECT_EQ(Scan().backups.size(), 1U);
  EXPECT_EQ(Unexpected(UnexpectedFile::kDamaged), 0);
  folder_->AddText(kBackupName + ".gz", "\x1f\x8b no gzip", 7);
  folder_->AddText("00000002.history.zst", "whatever");
  for (int round = 0; round < Scanner::kTurns; ++round) Scan();
  EXPECT_EQ(Scan().backups.size(), 0U);
  EXPECT_EQ(Unexpected(UnexpectedFile::kDamaged), 2);
}

TEST_F(ScannerTest, DamagedHistoriesAreCountedAndReadAgainOnceTheyAreMended) {
  folder_->AddText(kBackupName, kBackupText.substr(0, 80));
  EXPECT_EQ(Unexpected(UnexpectedFile::kDamaged), 1);
  folder_->AddText(kBackupName, kBackupText);
  EXPECT_EQ(Unexpected(UnexpectedFile::kDamaged), 0);
  EXPECT_EQ(Scan().backups.size(), 1U);
}

TEST_F(ScannerTest, WhatDoesNotBelongThereIsCountedByKindAndNotLookedAt) {
  folder_->Add("README", 5);
  folder_->Add("\xff\xfe\n\"", 5);
  folder_->Add(SegmentAt(1) + ".tmp", 5);
  folder_->files["base"] = {.is_directory = true};
  folder_->files["lost+found"] = {.is_directory = true};
  folder_->files[".snapshot"] = {.is_directory = true};
  EXPECT_EQ(Unexpected(UnexpectedFile::kForeign), 2);
  EXPECT_EQ(folder_->statuses, 0);
  EXPECT_EQ(Unexpected(UnexpectedFile::kTemporary), 1);
  EXPECT_EQ(Unexpected(UnexpectedFile::kDirectory), 1);
}

TEST_F(ScannerTest, HalfAnArchiveIsNoArchive) {
  folder_->Add(SegmentAt(1), kSize);
  folder_->Add(SegmentAt(2), kSize);
  folder_->files[SegmentAt(2)].fails = std::error_code(EIO, std::generic_category());
  const auto result = scanner_.Scan(kNow);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().failure, ArchiveFailure::kOther);
  EXPECT_EQ(result.error().file, SegmentAt(2));
  folder_->files[SegmentAt(2)].fails = {};
  EXPECT_EQ(Scan().files.size(), 2U);
}

// cp keeps the mode 0600 of the server's files.
TEST_F(ScannerTest, AHistoryThatMayNotBeReadIsNoArchiveEither) {
  folder_->AddText(kBackupName, kBackupText);
  folder_->read_fails = std::error_code(EACCES, std::generic_category());
  for (int round = 0; round < 3; ++round) {
    const auto result = scanner_.Scan(kNow);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().failure, ArchiveFailure::kPermission);
    EXPECT_EQ(result.error().file, kBackupName);
  }
  folder_->read_fails = {};
  EXPECT_EQ(Scan().backups.size(), 1U);
}

TEST_F(ScannerTest, WhyTheDirectoryCannotBeReadIsTold) {
  constexpr std::pair<int, ArchiveFailure> kReasons[] = {{ENOENT, ArchiveFailure::kMissing},
                                                         {EACCES, ArchiveFailure::kPermission},
                                                         {ENOTDIR, ArchiveFailure::kNotADirectory},
                                                         {ESTALE, ArchiveFailure::kOther}};
  for (const auto& [code, failure] : kReasons) {
    folder_->list_fails = std::error_code(code, std::generic_category());
    const auto result = scanner_.Scan(kNow);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().failure, failure) << code;
  }
}

}  // namespace
}  // namespace pgfleet::archive
