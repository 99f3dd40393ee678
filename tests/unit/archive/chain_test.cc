#include "archive/chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace pgfleet::archive {
namespace {

using model::ArchiveContents;
using model::Lsn;
using model::UnexpectedFile;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kMiB = 1 << 20;

// An archive whose segment n of any timeline was written in second 1000 + n.
class Archive {
 public:
  explicit Archive(std::int64_t size = 16 * kMiB) : size_(size) {}

  Archive& Segments(std::uint32_t timeline, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t number = first; number <= last; ++number) File(timeline, number, size_);
    return *this;
  }
  Archive& File(std::uint32_t timeline, std::uint64_t number, std::int64_t bytes,
                FileKind kind = FileKind::kSegment, Packing packing = Packing::kPlain,
                bool settled = true) {
    const std::uint64_t per_log = (std::uint64_t{1} << 32U) / static_cast<std::uint64_t>(size_);
    inventory_.files.push_back({.timeline = timeline,
                                .kind = kind,
                                .packing = packing,
                                .settled = settled,
                                .position = (number / per_log << 32U) | (number % per_log),
                                .bytes = bytes,
                                .modified = 1000.0 + static_cast<double>(number)});
    return *this;
  }
  // A backup from the middle of one segment to the middle of another; it ends in second 500 + last.
  Archive& Backup(std::uint32_t timeline, std::uint64_t first, std::uint64_t last) {
    inventory_.backups.push_back({.timeline = timeline,
                                  .start = At(first, 40),
                                  .stop = At(last, 300),
                                  .stopped = 500.0 + static_cast<double>(last),
                                  .label = "b",
                                  .segment_bytes = {}});
    return *this;
  }
  Archive& History(std::uint32_t timeline, std::vector<Ancestor> ancestors) {
    inventory_.histories[timeline] = std::move(ancestors);
    return *this;
  }
  Lsn At(std::uint64_t number, std::uint64_t offset = 0) const {
    return Lsn{number * static_cast<std::uint64_t>(size_) + offset};
  }
  Archive& Remove(std::uint32_t timeline, std::uint64_t number) {
    std::erase_if(inventory_.files, [&](const WalFile& file) {
      return file.timeline == timeline && file.modified == 1000.0 + static_cast<double>(number);
    });
    return *this;
  }
  ArchiveContents Assess(const Told& told = {}) {
    std::ranges::sort(inventory_.files, {}, &WalFile::Key);
    return archive::Assess(inventory_, told);
  }

 private:
  std::int64_t size_;
  Inventory inventory_;
};

std::vector<std::pair<double, double>> Times(const ArchiveContents& contents) {
  std::vector<std::pair<double, double>> times;
  for (const auto& window : contents.windows) times.emplace_back(window.from, window.until);
  return times;
}

std::int64_t Unexpected(const ArchiveContents& contents, UnexpectedFile kind) {
  return contents.unexpected[static_cast<std::size_t>(kind)];
}

TEST(Chain, FromABackupToTheNewestSegment) {
  const auto contents = Archive().Segments(1, 3, 20).Backup(1, 5, 6).Assess();
  ASSERT_EQ(contents.windows.size(), 1U);
  const auto& window = contents.windows[0];
  EXPECT_TRUE(window.newest);
  EXPECT_EQ(window.from, 506);
  EXPECT_EQ(window.until, 1020);
  EXPECT_EQ(window.until_lsn, Archive().At(21));
  EXPECT_EQ(window.last_segment, "000000010000000000000014");
  EXPECT_EQ(contents.missing_segments, 0);
  EXPECT_EQ(contents.newest_segment_modified, 1020);
  EXPECT_EQ(contents.segments, 18);
  EXPECT_TRUE(contents.backups[0].usable);
}

TEST(Chain, AGapSplitsWhatCanBeRestored) {
  const auto contents = Archive()
                            .Segments(1, 3, 30)
                            .Backup(1, 5, 5)
                            .Backup(1, 12, 13)
                            .Backup(1, 20, 20)
                            .Remove(1, 9)
                            .Remove(1, 10)
                            .Remove(1, 17)
                            .Assess();
  EXPECT_THAT(Times(contents), ElementsAre(std::pair(505.0, 1008.0), std::pair(513.0, 1016.0),
                                           std::pair(520.0, 1030.0)));
  EXPECT_EQ(contents.missing_segments, 3);
  ASSERT_EQ(contents.gaps.size(), 2U);
  EXPECT_EQ(contents.gaps[0].first, "000000010000000000000009");
  EXPECT_EQ(contents.gaps[0].last, "00000001000000000000000A");
  EXPECT_EQ(contents.gaps[1].segments, 1);
  EXPECT_TRUE(contents.windows[2].newest);
  EXPECT_FALSE(contents.windows[1].newest);
}

TEST(Chain, ABackupNeedsEverySegmentFromItsStartToItsEnd) {
  for (const std::uint64_t missing : {5U, 6U, 7U}) {
    const auto contents =
        Archive().Segments(1, 3, 20).Backup(1, 5, 7).Remove(1, missing).Assess();
    EXPECT_FALSE(contents.backups[0].usable) << missing;
    EXPECT_THAT(contents.windows, IsEmpty()) << missing;
    EXPECT_EQ(contents.missing_segments, 1) << missing;
  }
  EXPECT_TRUE(Archive().Segments(1, 5, 7).Backup(1, 5, 7).Assess().backups[0].usable);
}

TEST(Chain, WhatLiesBeforeTheOldestUsableBackupIsNotMissed) {
  const auto contents =
      Archive().Segments(1, 1, 2).Segments(1, 8, 9).Backup(1, 1, 3).Backup(1, 8, 8).Assess();
  EXPECT_EQ(contents.missing_segments, 0);
  EXPECT_FALSE(contents.backups[0].usable);
}

TEST(Chain, WithoutAnyBackupNothingCanBeRestored) {
  const auto contents = Archive().Segments(1, 3, 20).Remove(1, 7).Assess();
  EXPECT_THAT(contents.windows, IsEmpty());
  EXPECT_EQ(contents.missing_segments, 1);
}

TEST(Chain, AnEmptyArchiveMissesNothingAndHoldsNothing) {
  const auto contents = Archive().Assess();
  EXPECT_EQ(contents.missing_segments, 0);
  EXPECT_EQ(contents.segments, 0);
  EXPECT_EQ(contents.newest_segment, "");
  EXPECT_FALSE(contents.newest_segment_modified.has_value());
}

TEST(Chain, FollowsTheTimelineOfAPromotion) {
  Archive archive;
  archive.Segments(1, 3, 9).Backup(1, 4, 4).Segments(2, 10, 15);
  archive.History(2, {{1, archive.At(10, 99)}});
  archive.File(1, 10, 16 * kMiB, FileKind::kPartial);
  const auto contents = archive.Assess();
  ASSERT_EQ(contents.windows.size(), 1U);
  EXPECT_EQ(contents.windows[0].timeline, 2);
  EXPECT_EQ(contents.windows[0].last_segment, "00000002000000000000000F");
  EXPECT_TRUE(contents.windows[0].newest);
  EXPECT_EQ(contents.missing_segments, 0);
  EXPECT_EQ(contents.partial, 1);
  EXPECT_EQ(contents.missing_histories, 0);
}

TEST(Chain, ReadsTheSegmentOfThePromotionFromTheNewTimelineAlone) {
  Archive archive;
  archive.Segments(1, 3, 10).Backup(1, 4, 4).Segments(2, 11, 15);
  archive.History(2, {{1, archive.At(10, 99)}});
  const auto contents = archive.Assess();
  ASSERT_EQ(contents.windows.size(), 1U);
  EXPECT_EQ(contents.windows[0].last_segment, "000000010000000000000009");
  EXPECT_EQ(contents.missing_segments, 1);
  EXPECT_EQ(contents.gaps[0].first, "00000002000000000000000A");
}

TEST(Chain, ThatJustBeganANewTimelineHasNoGap) {
  Archive archive;
  archive.Segments(1, 3, 9).Backup(1, 4, 4).History(2, {{1, archive.At(10, 99)}});
  const auto contents = archive.Assess();
  ASSERT_EQ(contents.windows.size(), 1U);
  EXPECT_TRUE(contents.windows[0].newest);
  EXPECT_EQ(contents.windows[0].timeline, 2);
  EXPECT_EQ(contents.missing_segments, 0);
}

TEST(Chain, WithoutTheHistoryFileEndsWithTheOldTimeline) {
  Archive archive;
  archive.Segments(1, 3, 9).Backup(1, 4, 4).Segments(2, 10, 15);
  const auto contents = archive.Assess();
  EXPECT_EQ(contents.missing_histories, 1);
  ASSERT_EQ(contents.windows.size(), 1U);
  EXPECT_EQ(contents.windows[0].timeline, 1);
  EXPECT_FALSE(contents.windows[0].newest);
  archive.Backup(2, 12, 12);  // needs no history
  const auto later = archive.Assess();
  ASSERT_EQ(later.windows.size(), 2U);
  EXPECT_TRUE(later.windows[1].newest);
}

// The server looks for the history files of the timelines one after another.
TEST(Chain, DoesNotSeeATimelineBeyondAMissingHistoryFile) {
  Archive archive;
  archive.Segments(1, 3, 9).Backup(1, 4, 4).Segments(2, 10, 12).Segments(3, 13, 15);
  archive.History(3, {{1, archive.At(10, 99)}, {2, archive.At(13, 99)}});
  const auto contents = archive.Assess();
  ASSERT_EQ(contents.windows.size(), 1U);
  EXPECT_EQ(contents.windows[0].timeline, 1);
  EXPECT_EQ(contents.missing_histories, 1);
}

TEST(Chain, OfABackupThatTheNewestTimelineLeftBehindStaysOnItsOwn) {
  Archive archive;  // timeline 2 was left before the backup on 1 had ended
  archive.Segments(1, 3, 14).Backup(1, 4, 4).Backup(1, 9, 11);
  archive.Segments(2, 10, 20).History(2, {{1, archive.At(10, 99)}});
  const auto contents = archive.Assess();
  ASSERT_EQ(contents.windows.size(), 2U);
  EXPECT_EQ(contents.windows[0].timeline, 1);
  EXPECT_EQ(contents.windows[0].from, 511);
  EXPECT_EQ(contents.windows[0].until, 1014);
  EXPECT_EQ(contents.windows[1].timeline, 2);
  EXPECT_TRUE(contents.windows[1].newest);
}

TEST(Chain, AForkAtTheBoundaryOfSegmentsBelongsToTheNewTimeline) {
  Archive archive;
  archive.Segments(1, 3, 9).Backup(1, 4, 4).Segments(2, 10, 12);
  archive.History(2, {{1, archive.At(10)}});
  const auto contents = archive.Assess();
  ASSERT_EQ(contents.windows.size(), 1U);
  EXPECT_TRUE(contents.windows[0].newest);
}

TEST(Chain, CrossesTheNumbersOfSmallAndLargeSegments) {
  for (const std::int64_t size : {kMiB, 16 * kMiB, 1024 * kMiB}) {
    const std::uint64_t per_log = (std::uint64_t{1} << 32U) / static_cast<std::uint64_t>(size);
    Archive archive(size);
    archive.Segments(1, per_log - 2, per_log + 2).Backup(1, per_log - 2, per_log - 1);
    const auto contents = archive.Assess();
    ASSERT_EQ(contents.windows.size(), 1U) << size;
    EXPECT_EQ(contents.segment_bytes, size);
    EXPECT_EQ(contents.windows[0].last_segment, "000000010000000100000002") << size;
    EXPECT_EQ(contents.missing_segments, 0) << size;
  }
}

TEST(Chain, ASegmentOfTheWrongSizeIsMissing) {
  auto archive = Archive().Segments(1, 3, 20).Remove(1, 9).Backup(1, 5, 5);
  archive.File(1, 9, 4096);
  const auto contents = archive.Assess();
  EXPECT_EQ(contents.missing_segments, 1);
  EXPECT_EQ(Unexpected(contents, UnexpectedFile::kWrongSize), 1);
  EXPECT_EQ(contents.windows[0].until, 1008);
}

TEST(Chain, ASegmentThatIsBeingCopiedIsNoFault) {
  auto archive = Archive().Segments(1, 3, 20).Backup(1, 5, 5);
  archive.File(1, 21, 4096, FileKind::kSegment, Packing::kPlain, false);
  const auto contents = archive.Assess();
  EXPECT_EQ(contents.missing_segments, 0);
  EXPECT_EQ(Unexpected(contents, UnexpectedFile::kWrongSize), 0);
  EXPECT_EQ(Unexpected(contents, UnexpectedFile::kTemporary), 1);
  EXPECT_TRUE(contents.windows[0].newest);
}

TEST(Chain, PackedSegmentsCountWhateverTheirSizeUnlessTheyAreEmpty) {
  Archive archive;
  for (std::uint64_t number = 3; number <= 9; ++number)
    archive.File(1, number, number == 8 ? 0 : 1000, FileKind::kSegment, Packing::kZstd);
  archive.Backup(1, 4, 4);
  EXPECT_FALSE(archive.Assess().segment_bytes.has_value()) << "nothing tells it";
  const auto contents = archive.Assess({.segment_bytes = 16 * kMiB});
  EXPECT_EQ(contents.missing_segments, 1);
  EXPECT_EQ(contents.windows.at(0).until, 1007);
  EXPECT_EQ(contents.bytes, 6000);
}

TEST(Chain, ASegmentThatIsThereTwiceCountsOnce) {
  auto archive = Archive().Segments(1, 3, 9).Backup(1, 4, 4);
  archive.File(1, 5, 1000, FileKind::kSegment, Packing::kGzip);
  EXPECT_EQ(archive.Assess().segments, 7);
  EXPECT_EQ(archive.Assess().missing_segments, 0);
}

TEST(Chain, AFarNumberCostsNoTime) {
  auto archive = Archive().Segments(1, 3, 9).Backup(1, 4, 4);
  archive.File(1, (std::uint64_t{1} << 40U) - 2, 16 * kMiB);
  EXPECT_EQ(archive.Assess().missing_segments, (std::int64_t{1} << 40U) - 2 - 10);
}

TEST(Chain, OnlyTheFirstThousandGapsAreNamedAndAllAreCounted) {
  Archive archive;
  archive.Backup(1, 2, 2);
  for (std::uint64_t number = 2; number <= 6000; number += 2) archive.File(1, number, 16 * kMiB);
  const auto contents = archive.Assess();
  EXPECT_EQ(contents.missing_segments, 2999);
  EXPECT_EQ(contents.gaps.size(), ArchiveContents::kMostGaps);
}

Told Promised(std::uint32_t timeline, std::uint64_t segments, std::int64_t files = 1000) {
  return {.segment_bytes = 16 * kMiB,
          .timeline = timeline,
          .archived_end = Archive().At(segments),
          .archived_files = files};
}

TEST(Promise, OfThePrimaryIsComparedWithTheEndOfTheArchive) {
  auto archive = Archive().Segments(1, 3, 9);
  EXPECT_FALSE(archive.Assess().behind_segments.has_value());
  EXPECT_EQ(archive.Assess(Promised(1, 10)).behind_segments, 0);
  EXPECT_EQ(archive.Assess(Promised(1, 9)).behind_segments, 0) << "it has archived since";
  EXPECT_EQ(archive.Assess(Promised(1, 15)).behind_segments, 5);
}

TEST(Promise, OfAPrimaryWhoseArchiveIsEmptyIsBroken) {
  EXPECT_EQ(Archive().Assess(Promised(1, 15)).behind_segments, 15);
  EXPECT_EQ(Archive().Assess(Promised(1, 15, 4)).behind_segments, 4);
  Archive archive;
  archive.Segments(1, 3, 9).History(2, {{1, archive.At(10, 99)}});
  EXPECT_EQ(archive.Assess(Promised(2, 12)).behind_segments, 2);
}

}  // namespace
}  // namespace pgfleet::archive
