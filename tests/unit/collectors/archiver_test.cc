#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

// in recovery, mode, configured, archived, last wal, last time, failed, last failed, segment, wal
const Row kIdle = {"f",   "on", "t",   "12",       "000000010000000000000002",
                   "900", "3",  "800", "16777216", "0/3000060"};

std::string PageOf(const Row& row) {
  OneNode one;
  MustDecode(kArchiver, Answer(kArchiver, {row}), one.facts());
  return one.Page(kArchiver);
}

std::string StateOf(const Row& row) {
  const std::string page = PageOf(row);
  std::string found;
  for (const char* state : {"disabled", "not_applicable", "unconfigured", "dead", "failing",
                            "stalled", "never", "idle", "ok"})
    if (page.find(std::string("state=\"") + state + "\"} 1\n") != std::string::npos) found += state;
  return found;
}

Row With(Row row, std::initializer_list<std::pair<std::size_t, std::optional<std::string>>> cells) {
  for (const auto& [column, value] : cells) row[column] = value;
  return row;
}

TEST(Archiver, AnIdlePrimaryWaitsForNothing) {
  EXPECT_EQ(StateOf(kIdle), "idle");
  const std::string page = PageOf(kIdle);
  EXPECT_TRUE(
      page.ends_with("pgfleet_archiver_archived_files_total 12\n"
                     "pgfleet_archiver_failed_attempts_total 3\n"
                     "pgfleet_archiver_last_archived_timestamp_seconds 900\n"
                     "pgfleet_archiver_last_failed_timestamp_seconds 800\n"
                     "pgfleet_archiver_backlog_segments 0\n"))
      << page;
}

TEST(Archiver, StatesFollowFromWhatTheServerSays) {
  EXPECT_EQ(StateOf(With(kIdle, {{1, "off"}, {2, "f"}})), "disabled");
  EXPECT_EQ(StateOf(With(kIdle, {{0, "t"}, {9, kNull}})), "not_applicable");
  EXPECT_EQ(StateOf(With(kIdle, {{2, "f"}})), "unconfigured");
  EXPECT_EQ(StateOf(With(kIdle, {{7, "901"}})), "failing");
  EXPECT_EQ(StateOf(With(kIdle, {{3, "0"}, {4, kNull}, {5, kNull}})), "failing");
  EXPECT_EQ(StateOf(With(kIdle, {{3, "0"}, {4, kNull}, {5, kNull}, {6, "0"}, {7, kNull}})),
            "never");
  EXPECT_EQ(StateOf(With(kIdle, {{9, "0/5000000"}})), "ok");
  // A hung command counts no failure: with a real backlog it was called ok.
  EXPECT_EQ(StateOf(With(kIdle, {{9, "0/F000000"}})), "");
  EXPECT_EQ(StateOf(With(kIdle, {{6, "0"}, {7, kNull}})), "idle");
}

// After a promotion the last file archived may be a history file, which says nothing of positions.
TEST(Archiver, NoStateIsBetterThanAGuess) {
  const std::string page = PageOf(With(kIdle, {{4, "00000002.history"}}));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("archiver_state")));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("backlog")));
  EXPECT_THAT(page, testing::HasSubstr("archived_files_total 12\n"));
}

// The counters of a former primary survive its demotion.
TEST(Archiver, AStandbyThatDoesNotArchiveShowsNoStaleCounters) {
  const std::string page = PageOf(With(kIdle, {{0, "t"}, {9, kNull}}));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("_total")));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("_timestamp_")));
}

TEST(Archiver, AStandbyThatAlwaysArchivesHasCountersOfItsOwn) {
  const std::string page = PageOf(With(kIdle, {{0, "t"}, {1, "always"}, {9, kNull}}));
  EXPECT_THAT(page, testing::HasSubstr("archived_files_total 12\n"));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("backlog")));
}

TEST(Archiver, ASegmentSizeOfZeroIsRefused) {
  EXPECT_EQ(Refusal(kArchiver, Answer(kArchiver, {With(kIdle, {{8, "0"}})})),
            model::FailureReason::kBadValue);
}

}  // namespace
}  // namespace pgfleet::collectors
