#include "archive/file_name.h"

#include <gtest/gtest.h>

#include <string>

namespace pgfleet::archive {
namespace {

const std::string kSegmentName = "0000000A0000000B000000FF";

TEST(FileName, OfASegmentGivesItsNumbers) {
  const FileName name = Classify(kSegmentName);
  EXPECT_EQ(name.kind, FileKind::kSegment);
  EXPECT_EQ(name.packing, Packing::kPlain);
  EXPECT_EQ(name.timeline, 10U);
  EXPECT_EQ(name.log, 11U);
  EXPECT_EQ(name.segment, 255U);
}

TEST(FileName, EndsInWhatPackedIt) {
  constexpr std::pair<const char*, Packing> kPacked[] = {
      {".gz", Packing::kGzip},   {".zst", Packing::kZstd}, {".lz4", Packing::kLz4},
      {".bz2", Packing::kBzip2}, {".xz", Packing::kXz},    {".lzo", Packing::kLzo},
      {".br", Packing::kBrotli}};
  for (const auto& [suffix, packing] : kPacked) {
    EXPECT_EQ(Classify(kSegmentName + suffix).kind, FileKind::kSegment) << suffix;
    EXPECT_EQ(Classify(kSegmentName + suffix).packing, packing) << suffix;
    EXPECT_EQ(Classify(kSegmentName + ".partial" + suffix).kind, FileKind::kPartial) << suffix;
    EXPECT_EQ(Classify(kSegmentName + suffix + ".partial").kind, FileKind::kPartial) << suffix;
    EXPECT_EQ(Classify(kSegmentName + suffix + ".partial").packing, packing) << suffix;
    EXPECT_EQ(Classify(std::string("0000000A.history") + suffix).packing, packing) << suffix;
  }
}

TEST(FileName, OfHistoriesIsTold) {
  EXPECT_EQ(Classify("0000000A.history").kind, FileKind::kHistory);
  EXPECT_EQ(Classify("0000000A.history").timeline, 10U);
  const FileName backup = Classify(kSegmentName + ".00000028.backup");
  EXPECT_EQ(backup.kind, FileKind::kBackup);
  EXPECT_EQ(backup.segment, 255U);
  EXPECT_EQ(Classify(kSegmentName + ".00000028.backup.gz").kind, FileKind::kBackup);
  EXPECT_EQ(Classify(kSegmentName + ".partial").kind, FileKind::kPartial);
}

TEST(FileName, OfWhatIsBeingCopiedIsTemporary) {
  for (const std::string& name :
       {kSegmentName + ".tmp", kSegmentName + ".part", kSegmentName + ".ready",
        kSegmentName + ".done", "." + kSegmentName + ".a1B2c3", kSegmentName + ".gz.tmp",
        kSegmentName + "~", std::string("archtemp.") + kSegmentName + ".17.4"})
    EXPECT_EQ(Classify(name).kind, FileKind::kTemporary) << name;
}

TEST(FileName, OfAnythingElseIsForeign) {
  for (const std::string& name :
       {std::string(), std::string("README"), std::string("\xff\xfe\n\t\"\\"),
        std::string("0000000a0000000b000000ff"), std::string("00000000000000010000000A"),
        kSegmentName + "0", kSegmentName.substr(1), kSegmentName + ".sql", kSegmentName + ".gz.gz",
        kSegmentName + ".0000002.backup", kSegmentName + ".0000002g.backup",
        std::string("00000000.history"), std::string("A.history"),
        kSegmentName + ".partial.partial", std::string("x.gz"), std::string(4000, '0')})
    EXPECT_EQ(Classify(name).kind, FileKind::kForeign) << name;
}

}  // namespace
}  // namespace pgfleet::archive
