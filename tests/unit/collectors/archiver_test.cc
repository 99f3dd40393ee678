#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// in recovery, mode, configured, archived, last wal, last time, failed, last failed, segment, wal,
// recovered to, archive_timeout, processes
const Row kIdle = {"f", "on",  "t",        "12",        "000000010000000000000002", "900",
                   "3", "800", "16777216", "0/3000060", kNull,                      "60", "1"};

std::string PageOf(const Row& row) {
  OneNode one;
  MustDecode(kArchiver, Answer(kArchiver, {row}), one.facts());
  return one.Page(kArchiver);
}

Row With(Row row, std::initializer_list<std::pair<std::size_t, std::optional<std::string>>> cells) {
  for (const auto& [column, value] : cells) row[column] = value;
  return row;
}

TEST(Archiver, CountsWhatItStoredAndWhatFailed) {
  const std::string page = PageOf(kIdle);
  EXPECT_TRUE(
      page.ends_with("pgfleet_archiver_archived_files_total 12\n"
                     "pgfleet_archiver_failed_attempts_total 3\n"))
      << page;
}

TEST(Archiver, KeepsWhatTheServerDoesNotTellApart) {
  OneNode one;
  MustDecode(kArchiver, Answer(kArchiver, {With(kIdle, {{10, "0/2FFFFF0"}, {12, kNull}})}),
             one.facts());
  EXPECT_EQ(one.facts().archiver->recovered_to, model::Lsn{0x2FFFFF0});
  EXPECT_EQ(one.facts().archiver->timeout, 60);
  EXPECT_FALSE(one.facts().archiver->processes) << "hidden, or before 14";
  MustDecode(kArchiver, Answer(kArchiver, {With(kIdle, {{12, "0"}})}), one.facts());
  EXPECT_EQ(one.facts().archiver->processes, 0);
}

// The counters of a former primary survive its demotion.
TEST(Archiver, AStandbyThatDoesNotArchiveShowsNoStaleCounters) {
  EXPECT_THAT(PageOf(With(kIdle, {{0, "t"}, {9, kNull}})),
              testing::Not(testing::HasSubstr("_total")));
}

TEST(Archiver, AStandbyThatAlwaysArchivesHasCountersOfItsOwn) {
  EXPECT_THAT(PageOf(With(kIdle, {{0, "t"}, {1, "always"}, {9, kNull}})),
              testing::HasSubstr("archived_files_total 12\n"));
}

TEST(Archiver, ASegmentSizeOfZeroIsRefused) {
  EXPECT_EQ(Refusal(kArchiver, Answer(kArchiver, {With(kIdle, {{8, "0"}})})),
            model::FailureReason::kBadValue);
}

}  // namespace
}  // namespace pgfleet::collectors
