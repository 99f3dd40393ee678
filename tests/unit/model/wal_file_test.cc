#include "model/wal_file.h"

#include <gtest/gtest.h>

namespace pgfleet::model {
namespace {

constexpr std::int64_t kSegment = 16 * 1024 * 1024;

TEST(WalFile, ASegmentIsArchivedToItsEnd) {
  EXPECT_EQ(ArchivedEnd("000000010000000000000002", kSegment), (Lsn{0x3000000}));
  EXPECT_EQ(ArchivedEnd("0000000A00000001000000FF", kSegment), (Lsn{0x200000000}));
  EXPECT_EQ(ArchivedEnd("000000010000000000000FFF", 1024 * 1024), (Lsn{0x100000000}));
}

TEST(WalFile, ABackupHistoryFileProvesItsSegment) {
  EXPECT_EQ(ArchivedEnd("000000010000000000000004.00000028.backup", kSegment), (Lsn{0x5000000}));
}

TEST(WalFile, APartialSegmentProvesOnlyItsBeginning) {
  EXPECT_EQ(ArchivedEnd("000000010000000000000004.partial", kSegment), (Lsn{0x4000000}));
}

TEST(WalFile, OtherNamesProveNothing) {
  for (const char* name : {"", "00000002.history", "000000010000000000000004.done", "base.tar",
                           "00000001000000000000000g", "000000010000000000000004.0028.backup",
                           "00000001000000000000000a", "0000000100000000000000041"})
    EXPECT_FALSE(ArchivedEnd(name, kSegment)) << name;
}

TEST(WalFile, OnlyCompleteSegmentsWait) {
  const Lsn end{0x3000000};
  EXPECT_EQ(CompleteSegments(end, Lsn{0x3000060}, kSegment), 0);
  EXPECT_EQ(CompleteSegments(end, Lsn{0x4000000}, kSegment), 1);
  EXPECT_EQ(CompleteSegments(end, Lsn{0x6000001}, kSegment), 3);
}

TEST(WalFile, AnArchiveAheadOfTheNodeIsNoBacklog) {
  EXPECT_EQ(CompleteSegments(Lsn{0x5000000}, Lsn{0x3000000}, kSegment), 0);
}

TEST(TimelineOf, IsWhatNamesOfWalBeginWith) {
  EXPECT_EQ(TimelineOf("0000000A0000000000000002"), 10);
  EXPECT_EQ(TimelineOf("000000020000000000000002.partial"), 2);
  EXPECT_EQ(TimelineOf("000000020000000000000002.00000028.backup"), 2);
  EXPECT_FALSE(TimelineOf("00000002.history")) << "it holds no WAL";
  EXPECT_FALSE(TimelineOf(""));
}

TEST(SegmentStart, IsTheBeginningOfTheSegmentThatHoldsThePosition) {
  EXPECT_EQ(SegmentStart(Lsn{(3 << 20) + 5}, 1 << 20), Lsn{3 << 20});
  EXPECT_EQ(SegmentStart(Lsn{3 << 20}, 1 << 20), Lsn{3 << 20});
}

}  // namespace
}  // namespace pgfleet::model
