#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// segments, bytes, oldest, newest timeline, newest history, last backup, segment size
const Row kPrimary = {"3", "50331690", "000000000000000100000002", "3", "2", "1700.5", "16777216"};

TEST(WalDirectory, TheOldestSegmentSaysWhereTheWalBegins) {
  OneNode one;
  MustDecode(kWalDirectory, Answer(kWalDirectory, {kPrimary}), one.facts());
  EXPECT_EQ(one.Page(kWalDirectory),
            "pgfleet_wal_directory_segments 3\n"
            "pgfleet_wal_directory_bytes 50331690\n"
            "pgfleet_wal_directory_oldest_lsn_bytes 4328521728\n"
            "pgfleet_wal_directory_newest_timeline 3\n");
  EXPECT_EQ(one.facts().wal_directory->oldest, model::Lsn::Parse("1/2000000"));
  EXPECT_EQ(one.facts().wal_directory->newest_history, 2);
  EXPECT_EQ(one.facts().wal_directory->last_backup, 1700.5);
}

TEST(WalDirectory, SegmentsOfAnotherSizeHaveOtherBeginnings) {
  OneNode one;
  Row row = kPrimary;
  row[6] = "1048576";
  MustDecode(kWalDirectory, Answer(kWalDirectory, {row}), one.facts());
  EXPECT_EQ(one.facts().wal_directory->oldest, model::Lsn::Parse("1/200000"));
}

TEST(WalDirectory, ADirectoryWithoutSegmentsHasNoBeginning) {
  OneNode one;
  MustDecode(kWalDirectory,
             Answer(kWalDirectory, {{"0", "0", kNull, kNull, kNull, kNull, "16777216"}}),
             one.facts());
  EXPECT_EQ(one.Page(kWalDirectory),
            "pgfleet_wal_directory_segments 0\npgfleet_wal_directory_bytes 0\n");
}

TEST(WalDirectory, ASegmentSizeThatIsNotPositiveIsRefused) {
  Row row = kPrimary;
  row[6] = "0";
  EXPECT_EQ(Refusal(kWalDirectory, Answer(kWalDirectory, {row})), model::FailureReason::kBadValue);
}

TEST(WalDirectory, OnlyNineDotSixNeedsAHelper) {
  EXPECT_FALSE(pg::SqlFor(kWalDirectory.fallback, 90624).empty());
  EXPECT_TRUE(pg::SqlFor(kWalDirectory.fallback, 100023).empty());
}

}  // namespace
}  // namespace pgfleet::collectors
