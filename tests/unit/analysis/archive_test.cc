#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/list.h"
#include "model/archive_report.h"

namespace pgfleet::analysis {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kSegment = 16 << 20;

// An archive that was read at second 5000 of the wall, when the monotonic clock stood at an hour.
class ArchiveSamples : public testing::Test {
 protected:
  ArchiveSamples() {
    contents_.segment_bytes = kSegment;
    contents_.missing_segments = 0;
    report_.max_age = 4min;
    report_.scanned = {now_, model::Wall(5000s)};
    report_.duration = 20ms;
  }
  void HasWindow(bool newest) {
    contents_.windows.push_back({.timeline = 1,
                                 .from = 1000,
                                 .until = 4000,
                                 .from_lsn = model::Lsn{kSegment},
                                 .until_lsn = model::Lsn{10 * kSegment},
                                 .base_backups = 1,
                                 .newest = newest});
  }
  std::string PageAfter(model::Duration passed) {
    report_.contents = std::make_shared<model::ArchiveContents>(contents_);
    cluster_.archive = std::make_shared<model::ArchiveReport>(report_);
    cluster_.at = now_ + passed;
    kArchive.run(cluster_, memory_);
    metric::MetricWriter out(kArchive.metrics);
    out.EnterCluster("c");
    kArchive.write(cluster_, cluster_.at, out);
    std::string page;
    for (std::size_t i = 0; i < kArchive.metrics.size(); ++i) page += out.Lines(i);
    return page;
  }
  static std::string Line(const std::string& name, const std::string& value) {
    return "pgfleet_archive_" + name + "{pg_cluster=\"c\"} " + value + "\n";
  }

  model::Monotonic now_ = model::Monotonic() + 1h;
  model::ArchiveContents contents_;
  model::ArchiveReport report_;
  model::ClusterSnapshot cluster_;
  Memory memory_;
};

TEST_F(ArchiveSamples, OfAnUndeclaredArchiveThereAreNone) {
  metric::MetricWriter out(kArchive.metrics);
  kArchive.run(cluster_, memory_);
  kArchive.write(cluster_, now_, out);
  EXPECT_EQ(out.samples(), 0U);
}

TEST_F(ArchiveSamples, TellFromWhenToWhenCanBeRestored) {
  HasWindow(true);
  const std::string page = PageAfter(1s);
  EXPECT_THAT(page, HasSubstr(Line("recoverable", "1")));
  EXPECT_THAT(page, HasSubstr(Line("recoverable_from_timestamp_seconds", "1000")));
  EXPECT_THAT(page, HasSubstr(Line("recoverable_until_timestamp_seconds", "4000")));
  EXPECT_THAT(page, HasSubstr(Line("recoverable_until_lsn_bytes", "167772160")));
  EXPECT_THAT(page, HasSubstr(Line("recoverable_timeline", "1")));
  EXPECT_THAT(page, HasSubstr(Line("missing_segments", "0")));
  EXPECT_THAT(page, HasSubstr(Line("scan_timestamp_seconds", "5000")));
  EXPECT_THAT(page, Not(HasSubstr("behind")));
}

TEST_F(ArchiveSamples, TellThatNothingCanBeRestored) {
  const std::string page = PageAfter(1s);
  EXPECT_THAT(page, HasSubstr(Line("recoverable", "0")));
  EXPECT_THAT(page, HasSubstr(Line("base_backups", "0")));
  EXPECT_THAT(page, Not(HasSubstr("recoverable_until")));
  EXPECT_THAT(page, Not(HasSubstr("last_base_backup")));
}

// Segments that waited long for the archiver carry the time of their copy.
TEST_F(ArchiveSamples, DoNotPromiseWhatThePrimaryWroteAfterTheLastSegment) {
  HasWindow(true);
  memory_.clock_timeline = 1;
  const auto passes = [&](double wall, std::uint64_t segments) {
    const auto at = now_ + std::chrono::duration_cast<model::Duration>(
                               std::chrono::duration<double>(wall - 5000));
    memory_.clock.Observe(model::Lsn{segments * kSegment}, {.began = at, .ended = at}, false);
  };
  passes(2999, 9);
  passes(3000, 10);
  passes(3001, 11);
  EXPECT_THAT(PageAfter(1s), HasSubstr(Line("recoverable_until_timestamp_seconds", "3000")));
  memory_.clock_timeline = 2;
  EXPECT_THAT(PageAfter(1s), HasSubstr(Line("recoverable_until_timestamp_seconds", "4000")));
}

TEST_F(ArchiveSamples, AreDroppedWhenTheyAreOldButForTheTimeOfTheScan) {
  HasWindow(true);
  report_.failure = model::ArchiveFailure::kHung;
  const std::string hung = "pgfleet_archive_scan_failure{pg_cluster=\"c\",reason=\"hung\"} 1\n";
  const std::string fresh = PageAfter(239s);
  EXPECT_THAT(fresh, HasSubstr(Line("recoverable", "1")));
  EXPECT_THAT(fresh, HasSubstr(hung));
  EXPECT_EQ(PageAfter(241s), Line("scan_timestamp_seconds", "5000") + hung);
}

TEST_F(ArchiveSamples, WithoutTheSizeOfASegmentTellOnlyWhatIsKnown) {
  contents_.segment_bytes.reset();
  contents_.unexpected[3] = 2;
  const std::string page = PageAfter(1s);
  EXPECT_THAT(page, HasSubstr("unexpected_files{pg_cluster=\"c\",kind=\"foreign\"} 2\n"));
  EXPECT_THAT(page, Not(HasSubstr("recoverable")));
  EXPECT_THAT(page, Not(HasSubstr("segments{")));
}

TEST_F(ArchiveSamples, CountTheBackupsThatAreUsable) {
  contents_.backups = {{.label = "a", .timeline = 1, .stopped = 3000, .usable = true},
                       {.label = "b", .timeline = 1, .stopped = 2000, .usable = false}};
  const std::string page = PageAfter(1s);
  EXPECT_THAT(page, HasSubstr(Line("base_backups", "2")));
  EXPECT_THAT(page, HasSubstr(Line("usable_base_backups", "1")));
  EXPECT_THAT(page, HasSubstr(Line("last_base_backup_timestamp_seconds", "3000")));
}

}  // namespace
}  // namespace pgfleet::analysis
