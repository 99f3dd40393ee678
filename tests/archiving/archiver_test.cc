// Every state of an archiver, by its cause, and out of it again.
#include <gmock/gmock.h>

#include <set>
#include <utility>

#include "archiving/archive.h"
#include "support/cluster.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

// A primary that archives, with what the test lays over it.
class ArchivingPrimary {
 public:
  ArchivingPrimary(int major, const Archive& archive, std::vector<std::string> conf = {})
      : cluster_(major, WithConf(archive, std::move(conf))) {}

  PostgresServer& server() { return cluster_.primary(); }
  Cluster& cluster() { return cluster_; }
  ExporterOptions Watched() { return Watching(Declared(cluster_), server().major()); }

 private:
  static ClusterOptions WithConf(const Archive& archive, std::vector<std::string> more) {
    ClusterOptions options = Alone();
    options.primary_conf = archive.Conf();
    options.primary_conf.insert(options.primary_conf.end(), more.begin(), more.end());
    return options;
  }

  Cluster cluster_;
};

std::optional<double> OnPg1(const Page& page, const std::string& metric) {
  return page.Value("pgfleet_archiver_" + metric, On("pg1"));
}

// Until the server says that this segment was its last, and the page that it is idle since.
Page WaitUntilArchived(const ExporterProcess& exporter, const PostgresServer& server,
                       const std::string& segment) {
  const std::string is_last =
      "SELECT count(*) FROM pg_stat_archiver WHERE last_archived_wal = '" + segment + "'";
  EXPECT_TRUE(WaitUntil([&] { return server.Value(is_last) == "1"; }));
  const double count = Number(server, "SELECT archived_count FROM pg_stat_archiver");
  return exporter.WaitForPage([&](const Page& page) {
    return OnPg1(page, "archived_files_total") == count &&
           page.State("pgfleet_archiver_state", "state", On("pg1")) == "idle";
  });
}

// Nothing is written any more, not even a switch that is still due.
void WaitUntilAtRest(const PostgresServer& server) {
  std::string position;
  ASSERT_TRUE(WaitUntil(
      [&] {
        const std::string now = server.Value("SELECT pg_current_wal_insert_lsn()");
        return std::exchange(position, now) == now;
      },
      kPatience, Milliseconds(3000)));
}

class Archiver : public testing::TestWithParam<int> {
 protected:
  Archive archive_;
};
INSTANTIATE_TEST_SUITE_P(Server, Archiver, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

TEST_P(Archiver, IsDisabledUntilTheModeIsOn) {
  ArchivingPrimary primary(GetParam(), archive_, {"archive_mode = off"});
  const ExporterProcess exporter(primary.Watched());
  const Page page = WaitForArchiver(exporter, "pg1", "disabled");
  EXPECT_FALSE(OnPg1(page, "backlog_segments"));
  EXPECT_FALSE(OnPg1(page, "unarchived_bytes"));
  primary.server().AddConf({"archive_mode = on"});
  primary.server().Restart();
  CompleteSegment(primary.server());
  WaitForArchiver(exporter, "pg1", "idle");
}

TEST_P(Archiver, WithoutACommandIsUnconfiguredAndWalAccumulates) {
  ArchivingPrimary primary(GetParam(), archive_, {"archive_command = ''"});
  const ExporterProcess exporter(primary.Watched());
  WaitForArchiver(exporter, "pg1", "unconfigured");
  for (int i = 0; i < 3; ++i) CompleteSegment(primary.server());
  EXPECT_EQ(primary.server().Value("SELECT failed_count FROM pg_stat_archiver"), "0");
  exporter.WaitForPage(
      [](const Page& page) { return OnPg1(page, "backlog_segments").value_or(0) >= 3; });
  primary.server().AddConf({"archive_command = '" + archive_.Command() + "'"});
  primary.server().Reload();
  CompleteSegment(primary.server());  // wakes the archiver
  const Page page = WaitForArchiver(exporter, "pg1", "idle");
  EXPECT_EQ(OnPg1(page, "backlog_segments"), 0);
}

TEST_P(Archiver, FailsFromBirthAndThenWorks) {
  archive_.Fail(true);
  ArchivingPrimary primary(GetParam(), archive_);
  const ExporterProcess exporter(primary.Watched());
  CompleteSegment(primary.server());
  const Page failing = WaitForArchiver(exporter, "pg1", "failing");
  EXPECT_FALSE(OnPg1(failing, "last_archived_timestamp_seconds")) << "never is absent";
  EXPECT_GT(OnPg1(failing, "last_failed_timestamp_seconds").value_or(0), 1.7e9);
  EXPECT_FALSE(OnPg1(failing, "unarchived_bytes")) << "nothing is in the archive";
  archive_.Fail(false);
  CompleteSegment(primary.server());
  const Page page = WaitForArchiver(exporter, "pg1", "idle", Milliseconds(90000));
  EXPECT_GT(OnPg1(page, "last_archived_timestamp_seconds").value_or(0),
            OnPg1(page, "last_failed_timestamp_seconds").value_or(0));
}

TEST_P(Archiver, FailsAfterASuccessAndCountsWhatWaits) {
  ArchivingPrimary primary(GetParam(), archive_);
  const ExporterProcess exporter(primary.Watched());
  const Page works =
      WaitUntilArchived(exporter, primary.server(), CompleteSegment(primary.server()));
  const double archived = OnPg1(works, "last_archived_timestamp_seconds").value_or(0);
  archive_.Fail(true);
  std::set<std::string> waiting;
  for (int i = 0; i < 4; ++i) waiting.insert(CompleteSegment(primary.server()));
  WaitForArchiver(exporter, "pg1", "failing");
  const Page page = exporter.WaitForPage([&](const Page& each) {
    return OnPg1(each, "backlog_segments") == static_cast<double>(waiting.size());
  });
  for (const std::string& segment : waiting) EXPECT_FALSE(archive_.Holds(segment));
  EXPECT_EQ(OnPg1(page, "last_archived_timestamp_seconds"), archived);
  archive_.Fail(false);
  WaitForArchiver(exporter, "pg1", "idle", Milliseconds(90000));  // it waits a minute by itself
  for (const std::string& segment : waiting) EXPECT_TRUE(archive_.Holds(segment));
}

TEST_P(Archiver, IsOkWhileItWorksOnWhatWaits) {
  archive_.Dawdle(true);
  ArchivingPrimary primary(GetParam(), archive_);
  const ExporterProcess exporter(primary.Watched());
  CompleteSegment(primary.server());
  exporter.WaitForPage(
      [](const Page& page) { return OnPg1(page, "archived_files_total").value_or(0) >= 1; });
  for (int i = 0; i < 5; ++i) CompleteSegment(primary.server());
  const Page page = exporter.WaitForPage([](const Page& each) {
    return each.State("pgfleet_archiver_state", "state", On("pg1")) == "ok" &&
           OnPg1(each, "backlog_segments") >= 3;
  });
  EXPECT_GT(OnPg1(page, "unarchived_bytes").value_or(0), 3 * SegmentBytes(primary.server()) - 1);
  archive_.Dawdle(false);
  WaitForArchiver(exporter, "pg1", "idle");
}

TEST_P(Archiver, ACrashWipesTheStatisticsAndNotWhatIsKnown) {
  ArchivingPrimary primary(GetParam(), archive_);
  const ExporterProcess exporter(primary.Watched());
  const Page before =
      WaitUntilArchived(exporter, primary.server(), CompleteSegment(primary.server()));
  archive_.Hang(true);
  const std::string waits = CompleteSegment(primary.server());
  WaitForArchiver(exporter, "pg1", "ok");
  primary.server().Stop(SIGQUIT);
  primary.server().Start();
  EXPECT_EQ(primary.server().Value("SELECT last_archived_time IS NULL FROM pg_stat_archiver"), "t")
      << "the test itself";
  const Page after = WaitForArchiver(exporter, "pg1", "ok");
  EXPECT_EQ(OnPg1(after, "last_archived_timestamp_seconds"),
            OnPg1(before, "last_archived_timestamp_seconds"));
  EXPECT_EQ(OnPg1(after, "archived_lsn_bytes"), OnPg1(before, "archived_lsn_bytes"));
  EXPECT_GE(OnPg1(after, "backlog_segments").value_or(0), 1);
  archive_.Hang(false);
  WaitForArchiver(exporter, "pg1", "idle");
  EXPECT_TRUE(archive_.Holds(waits));
}

TEST_P(Archiver, AfterADemotionItDoesNotApply) {
  ClusterOptions options = Pair();
  options.primary_conf = options.standbys[0].conf = archive_.Conf();
  Cluster cluster(GetParam(), options);
  const ExporterProcess exporter(Watching(Declared(cluster), GetParam()));
  CompleteSegment(cluster.primary());
  WaitForArchiver(exporter, "pg1", "idle");
  WaitForArchiver(exporter, "pg2", "not_applicable");
  cluster.primary().Stop(SIGINT);
  cluster.standby().Promote();
  cluster.primary().Follow(cluster.standby(), "");
  cluster.primary().Start();
  WaitUntilStreaming(cluster.standby(), cluster.primary(), "pg1");
  const Page page = WaitForArchiver(exporter, "pg1", "not_applicable");
  EXPECT_FALSE(OnPg1(page, "archived_files_total"));
  EXPECT_FALSE(OnPg1(page, "last_archived_timestamp_seconds"));
  CompleteSegment(cluster.standby());
  const Page promoted = WaitForArchiver(exporter, "pg2", "idle");
  EXPECT_EQ(promoted.Value("pgfleet_archiver_backlog_segments", On("pg2")), 0);
}

TEST_P(Archiver, OnAStandbyThatAlwaysArchivesHasItsOwnBacklog) {
  const Archive own;
  ClusterOptions options = Pair();
  options.standbys[0].conf = own.Conf("always");
  Cluster cluster(GetParam(), options);
  const ExporterProcess exporter(Watching(Declared(cluster), GetParam()));
  const std::string first = CompleteSegment(cluster.primary());
  WaitForArchiver(exporter, "pg2", "idle");
  EXPECT_TRUE(WaitUntil([&] { return own.Holds(first); }));
  own.Fail(true);
  for (int i = 0; i < 3; ++i) CompleteSegment(cluster.primary());
  WaitForArchiver(exporter, "pg2", "failing");
  exporter.WaitForPage([](const Page& page) {
    return page.Value("pgfleet_archiver_backlog_segments", On("pg2")) >= 3;
  });
  WaitForArchiver(exporter, "pg1", "disabled");
}

// Its position rests a few bytes behind the last switch, for ever.
TEST_P(Archiver, AnIdleServerIsIdleWhateverItsTimeout) {
  for (const std::string timeout : {"1s", "0"}) {
    SCOPED_TRACE(timeout);
    ArchivingPrimary primary(GetParam(), archive_, {"archive_timeout = " + timeout});
    const ExporterProcess exporter(primary.Watched());
    CompleteSegmentCalmly(primary.server());
    WaitUntilAtRest(primary.server());
    exporter.WaitForPage([](const Page& page) {
      return page.State("pgfleet_archiver_state", "state", On("pg1")) == "idle" &&
             page.Value("pgfleet_archive_rpo_seconds") == 0;
    });
    ForEachPage(exporter, Milliseconds(4000), [](const Page& page) {
      EXPECT_EQ(page.State("pgfleet_archiver_state", "state", On("pg1")), "idle");
      EXPECT_EQ(page.Value("pgfleet_archive_rpo_seconds"), 0);
      EXPECT_EQ(page.Value("pgfleet_archive_rpo_bytes"), 0);
    });
  }
}

class HungArchiver : public testing::TestWithParam<int> {
 protected:
  Archive archive_;
};
INSTANTIATE_TEST_SUITE_P(Server, HungArchiver, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

// Neither counter moves, and nothing is in the server's log. From birth: nothing was ever archived.
TEST_P(HungArchiver, IsStalledAfterAMinuteAlsoWhenItNeverWorked) {
  archive_.Hang(true);
  Archive other;
  ArchivingPrimary born(GetParam(), archive_);
  ArchivingPrimary later(GetParam(), other);
  const ExporterProcess exporter(born.Watched());
  const ExporterProcess second(later.Watched());
  CompleteSegment(later.server());
  WaitForArchiver(second, "pg1", "idle");
  other.Hang(true);
  const auto began = Clock::now();
  CompleteSegment(born.server());
  CompleteSegment(later.server());
  WaitForArchiver(exporter, "pg1", "never");
  WaitForArchiver(second, "pg1", "ok");
  WaitForArchiver(exporter, "pg1", "stalled", Milliseconds(100000));
  WaitForArchiver(second, "pg1", "stalled", Milliseconds(100000));
  EXPECT_GE(SecondsSince(began), 59);
  EXPECT_EQ(born.server().Value("SELECT failed_count + archived_count FROM pg_stat_archiver"), "0");
  archive_.Hang(false);
  other.Hang(false);
  WaitForArchiver(exporter, "pg1", "idle");
  WaitForArchiver(second, "pg1", "idle");
}

// The archiver dies with a fatal error at every start, and its failures are not counted.
TEST_P(HungArchiver, WithBothACommandAndALibraryIsDead) {
  if (GetParam() < 16) return;  // they allow both
  ArchivingPrimary primary(GetParam(), archive_);
  const ExporterProcess exporter(primary.Watched());
  CompleteSegment(primary.server());
  WaitForArchiver(exporter, "pg1", "idle");
  primary.server().AddConf({"archive_library = 'basic_archive'"});
  primary.server().Reload();
  WaitForArchiver(exporter, "pg1", "dead");
  CompleteSegment(primary.server());
  ForEachPage(exporter, Milliseconds(7000), [](const Page& page) {  // it is started every five
    EXPECT_EQ(page.State("pgfleet_archiver_state", "state", On("pg1")), "dead");
  });
  EXPECT_EQ(primary.server().Value("SELECT failed_count FROM pg_stat_archiver"), "0");
  primary.server().AddConf({"archive_library = ''"});
  primary.server().Reload();
  WaitForArchiver(exporter, "pg1", "idle", Milliseconds(100000));  // started anew within a minute
}

}  // namespace
}  // namespace pgfleet::test
