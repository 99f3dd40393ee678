// What would be lost if only the archive were left, against rows whose positions are known.
#include <gmock/gmock.h>

#include <thread>

#include "archiving/archive.h"
#include "support/cluster.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

// The page is as old as its lanes: a pulse of half a second, a status of a fifth, and a moment.
constexpr double kLanes = 1.5;

// Rows that the test committed itself: when, and at which position.
class KnownRows {
 public:
  explicit KnownRows(const PostgresServer& server) : session_(server.Connect()) {
    session_.Execute("CREATE TABLE known (x int)");
  }
  void Commit() {
    session_.Execute("INSERT INTO known VALUES (1)");
    const auto position =
        session_.Execute("SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')");
    rows_.push_back({Clock::now(), std::stod(position.rows[0][0].value())});
  }
  // Seconds since the first row that is beyond this position; 0 when there is none.
  double OldestBeyond(double position) const {
    for (const auto& [at, end] : rows_)
      if (end > position) return SecondsSince(at);
    return 0;
  }

 private:
  struct Row {
    Clock::time_point at;
    double end = 0;
  };
  Connection session_;
  std::vector<Row> rows_;
};

// Where the newest archived segment ends.
double EndOfArchive(const Archive& archive, std::int64_t segment_bytes) {
  const std::string newest = archive.Segments().back();
  const auto log = std::stoull(newest.substr(8, 8), nullptr, 16);
  const auto number = std::stoull(newest.substr(16), nullptr, 16);
  return static_cast<double>((log << 32U) +
                             (number + 1) * static_cast<std::uint64_t>(segment_bytes));
}

class ArchiveLoss : public testing::TestWithParam<int> {
 protected:
  static ClusterOptions Options(const Archive& archive) {
    ClusterOptions options = Alone();
    options.primary_conf = archive.Conf();
    return options;
  }
  // The page's loss in seconds and bytes is that of the rows, within one lane and one segment.
  void ExpectTruth(const ExporterProcess& exporter, const KnownRows& rows) {
    const double segment = static_cast<double>(SegmentBytes(cluster_.primary()));
    const auto position = [&] {
      return Number(cluster_.primary(),
                    "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')");
    };
    EXPECT_TRUE(WaitUntil(
        [&] {
          const double end = EndOfArchive(archive_, SegmentBytes(cluster_.primary()));
          const Page page = exporter.Metrics();
          const double seconds = page.Value("pgfleet_archive_rpo_seconds").value_or(-1);
          const double bytes = page.Value("pgfleet_archive_rpo_bytes").value_or(-1);
          const double true_seconds = rows.OldestBeyond(end);
          return std::abs(seconds - true_seconds) <= kLanes && bytes >= 0 &&
                 std::abs(bytes - (position() - end)) <= segment;
        },
        Milliseconds(5000)))
        << "by the rows "
        << rows.OldestBeyond(EndOfArchive(archive_, SegmentBytes(cluster_.primary())))
        << " s, by the page "
        << exporter.Metrics().Value("pgfleet_archive_rpo_seconds").value_or(-1) << " s";
  }

  Archive archive_;
  Cluster cluster_{GetParam(), Options(archive_)};
};
INSTANTIATE_TEST_SUITE_P(Server, ArchiveLoss, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

TEST_P(ArchiveLoss, IsTheAgeOfTheOldestRowThatIsNotInTheArchive) {
  PostgresServer& primary = cluster_.primary();
  const ExporterProcess exporter(Watching(Declared(cluster_), GetParam()));
  KnownRows rows(primary);
  CompleteSegmentCalmly(primary);
  WaitForValue(exporter, "pgfleet_archive_rpo_seconds", {}, 0);
  EXPECT_EQ(exporter.Metrics().Value("pgfleet_archive_rpo_bytes"), 0);
  // One small commit in the open segment is a loss, and ages.
  std::this_thread::sleep_for(Milliseconds(3000));  // idle before it: that is no age
  rows.Commit();
  for (int second = 0; second < 3; ++second) {
    std::this_thread::sleep_for(Milliseconds(1000));
    ExpectTruth(exporter, rows);
  }
  EXPECT_GT(exporter.Metrics().Value("pgfleet_archive_rpo_seconds").value_or(0), 2);
  // Archived, and not any more while it fails.
  CompleteSegmentCalmly(primary);
  WaitForValue(exporter, "pgfleet_archive_rpo_seconds", {}, 0);
  archive_.Fail(true);
  for (int segment = 0; segment < 4; ++segment) {
    rows.Commit();
    CompleteSegment(primary);
    ExpectTruth(exporter, rows);
    std::this_thread::sleep_for(Milliseconds(500));
  }
  // The archive is all that there is, so the best copy is no better.
  const Page page = exporter.Metrics();
  EXPECT_EQ(page.Value("pgfleet_rpo_bytes"), page.Value("pgfleet_archive_rpo_bytes"));
  archive_.Fail(false);
  CompleteSegmentCalmly(primary);
  exporter.WaitForPage(
      [](const Page& each) { return each.Value("pgfleet_archive_rpo_seconds") == 0; },
      Milliseconds(90000));
}

class ArchiveGap : public testing::TestWithParam<int> {
 protected:
  static ClusterOptions Options(const Archive& archive) {
    ClusterOptions options = Pair();
    options.primary_conf = options.standbys[0].conf = archive.Conf();
    return options;
  }
  // Segments of the first timeline, up to the one in which the second began, that are missing.
  std::int64_t Missing() const {
    const std::int64_t bytes = SegmentBytes(cluster_.standby());
    const std::string history = ReadFile(archive_.path() / "00000002.history");
    const auto tab = history.find('\t');
    const auto slash = history.find('/');
    const auto high = std::stoull(history.substr(tab + 1, slash - tab - 1), nullptr, 16);
    const auto low = std::stoull(history.substr(slash + 1), nullptr, 16);
    const auto last = static_cast<std::int64_t>((high << 32U) + low) / bytes;
    const auto first = std::stoll(archive_.Segments().front().substr(16), nullptr, 16);
    std::int64_t missing = 0;
    for (std::int64_t number = first; number < last; ++number)
      if (!archive_.Holds(SegmentName(1, number, bytes))) ++missing;
    return missing;
  }

  Archive archive_;
  mutable Cluster cluster_{GetParam(), Options(archive_)};
};
INSTANTIATE_TEST_SUITE_P(Server, ArchiveGap, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

TEST_P(ArchiveGap, IsWhatTheOldPrimaryTookWithIt) {
  const ExporterProcess exporter(Watching(Declared(cluster_), GetParam()));
  CompleteSegment(cluster_.primary());
  CompleteSegment(cluster_.primary());
  WaitForArchiver(exporter, "pg1", "idle");
  EXPECT_FALSE(exporter.Metrics().Has("pgfleet_archive_gap_segments")) << "no failover yet";
  archive_.Fail(true);
  for (int i = 0; i < 4; ++i) CompleteSegment(cluster_.primary());
  cluster_.WaitUntilCaughtUp();
  exporter.WaitForPage([](const Page& page) {
    return page.Value("pgfleet_archiver_backlog_segments", On("pg1")) == 4;
  });
  cluster_.primary().Stop(SIGQUIT);
  archive_.Fail(false);
  cluster_.standby().Promote();
  const std::string first = CompleteSegment(cluster_.standby());
  ASSERT_TRUE(WaitUntil([&] { return archive_.Holds("00000002.history") && archive_.Holds(first); },
                        Milliseconds(90000)));
  const auto missing = Missing();
  EXPECT_EQ(missing, 4) << "the test itself";
  WaitForValue(exporter, "pgfleet_archive_gap_segments", {}, static_cast<double>(missing));
  WaitForValue(exporter, "pgfleet_archive_gap_bytes", {},
               static_cast<double>(missing * SegmentBytes(cluster_.standby())));
  const Page page = WaitForArchiver(exporter, "pg2", "idle");
  EXPECT_EQ(page.Value("pgfleet_archiver_backlog_segments", On("pg2")), 0);
}

TEST_P(ArchiveGap, IsNoneWhenTheOldPrimaryArchivedAllAtItsEnd) {
  const ExporterProcess exporter(Watching(Declared(cluster_), GetParam()));
  CompleteSegment(cluster_.primary());
  WaitForArchiver(exporter, "pg1", "idle");
  for (int i = 0; i < 3; ++i) CompleteSegment(cluster_.primary());
  cluster_.WaitUntilCaughtUp();
  cluster_.primary().Stop(SIGINT);  // it archives what is left before it ends
  cluster_.standby().Promote();
  const std::string first = CompleteSegment(cluster_.standby());
  ASSERT_TRUE(WaitUntil([&] { return archive_.Holds(first); }, Milliseconds(90000)));
  EXPECT_EQ(Missing(), 0) << "the test itself";
  cluster_.primary().Follow(cluster_.standby(), "");
  cluster_.primary().Start();
  WaitUntilStreaming(cluster_.standby(), cluster_.primary(), "pg1");
  WaitForValue(exporter, "pgfleet_archive_gap_segments", {}, 0);
}

}  // namespace
}  // namespace pgfleet::test
