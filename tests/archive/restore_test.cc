// What the exporter calls restorable is restored; what it does not is not.
#include <gmock/gmock.h>

#include "archive/lab.h"
#include "support/cluster.h"

namespace pgfleet::test {
namespace {

namespace fs = std::filesystem;
constexpr const char* kFrom = "pgfleet_archive_recoverable_from_timestamp_seconds";
constexpr const char* kUntil = "pgfleet_archive_recoverable_until_timestamp_seconds";
constexpr const char* kRecoverable = "pgfleet_archive_recoverable";
constexpr const char* kMissing = "pgfleet_archive_missing_segments";

class Restore : public testing::TestWithParam<int> {
 protected:
  Restore() : server_(GetParam(), {.name = "pg1", .conf = archive_.Conf()}) {
    server_.Start();
    MakeRows(server_);
  }
  void AddRows(int count) {
    for (int i = 0; i < count; ++i) rows_.push_back(AddRow(server_, archive_));
  }
  const KnownRow& row(int id) const { return rows_.at(static_cast<std::size_t>(id - 1)); }
  // How many rows a restore to the instant after this row's commit has.
  std::string RowsAfterRestore(const BaseBackup& backup, const std::string& until) {
    return Restored(GetParam(), backup, archive_, until)
        ->Value("SELECT count(*) || ' to ' || max(id) FROM known");
  }

  ArchiveDirectory archive_;
  PostgresServer server_;
  std::vector<KnownRow> rows_;
};
INSTANTIATE_TEST_SUITE_P(Server, Restore, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(Restore, WorksForWhatTheExporterCallsRestorableAndForNothingElse) {
  const BaseBackup first(server_, "first");
  AddRows(6);
  const ExporterProcess exporter(WatchingArchive({Declared(server_)}, GetParam(), archive_.path()));
  Page page = exporter.WaitForPage([&](const Page& each) {
    return each.Value(kRecoverable) == 1 && each.Value(kUntil).value_or(0) >= row(6).epoch;
  });
  EXPECT_EQ(page.Value(kMissing), 0);
  EXPECT_EQ(page.Value("pgfleet_archive_base_backups"), 1);
  EXPECT_NEAR(page.Value(kFrom).value_or(0), first.stopped(), 2);
  EXPECT_LE(page.Value(kFrom).value_or(1e18), row(1).epoch);
  EXPECT_EQ(RowsAfterRestore(first, row(4).at), "4 to 4");

  fs::rename(archive_.path() / row(5).segment, archive_.path().parent_path() / row(5).segment);
  page = WaitForValue(exporter, kMissing, {}, 1);
  EXPECT_EQ(page.Value(kRecoverable), 0);
  EXPECT_LE(page.Value(kFrom).value_or(1e18), row(1).epoch);
  EXPECT_GE(page.Value(kUntil).value_or(0), row(4).epoch);
  EXPECT_LT(page.Value(kUntil).value_or(1e18), row(5).epoch);
  EXPECT_EQ(RowsAfterRestore(first, row(3).at), "3 to 3");
  if (GetParam() >= 13)
    EXPECT_THROW(RowsAfterRestore(first, row(5).at), std::runtime_error);
  else  // older servers promote with what they found
    EXPECT_EQ(RowsAfterRestore(first, row(5).at), "4 to 4");

  const BaseBackup second(server_, "second");
  AddRows(3);
  page = exporter.WaitForPage([&](const Page& each) {
    return each.Value(kRecoverable) == 1 && each.Value(kUntil).value_or(0) >= row(9).epoch;
  });
  EXPECT_EQ(page.Value(kMissing), 1) << "the older backup still has its gap";
  EXPECT_GE(page.Value(kFrom).value_or(0), row(6).epoch);
  EXPECT_LE(page.Value(kFrom).value_or(1e18), row(7).epoch);
  EXPECT_EQ(page.Value("pgfleet_archive_usable_base_backups"), 2);
  EXPECT_EQ(RowsAfterRestore(second, row(8).at), "8 to 8");

  fs::rename(archive_.path().parent_path() / row(5).segment, archive_.path() / row(5).segment);
  page = WaitForValue(exporter, kMissing, {}, 0);
  EXPECT_LE(page.Value(kFrom).value_or(1e18), row(1).epoch);
  EXPECT_EQ(RowsAfterRestore(first, row(8).at), "8 to 8");
}

TEST_P(Restore, FollowsTheTimelineOfAPromotion) {
  const ArchiveDirectory archive;
  Cluster cluster(GetParam(), {.primary_conf = archive.Conf(),
                               .standbys = {{.name = "pg2", .conf = archive.Conf()}}});
  MakeRows(cluster.primary());
  const BaseBackup backup(cluster.primary(), "before");
  const KnownRow before = AddRow(cluster.primary(), archive);
  const ExporterProcess exporter(WatchingArchive(Declared(cluster), GetParam(), archive.path()));
  exporter.WaitForPage([&](const Page& each) {
    return each.Value(kRecoverable) == 1 && each.Value(kUntil).value_or(0) >= before.epoch;
  });
  cluster.WaitUntilCaughtUp();
  cluster.primary().Stop(SIGINT);
  cluster.standby().Promote();
  const KnownRow after = AddRow(cluster.standby(), archive);
  AddRow(cluster.standby(), archive);
  const Page page = exporter.WaitForPage([&](const Page& each) {
    return each.Value("pgfleet_archive_recoverable_timeline") == 2 &&
           each.Value(kUntil).value_or(0) >= after.epoch;
  });
  EXPECT_EQ(page.Value(kRecoverable), 1);
  EXPECT_EQ(page.Value(kMissing), 0);
  EXPECT_EQ(page.Value("pgfleet_archive_missing_history_files"), 0);
  EXPECT_LE(page.Value(kFrom).value_or(1e18), before.epoch);
  const auto restored = Restored(GetParam(), backup, archive, after.at);
  EXPECT_EQ(restored->Value("SELECT count(*) FROM known"), "2");
  fs::remove(archive.path() / "00000002.history");
  EXPECT_EQ(WaitForValue(exporter, kRecoverable, {}, 0)
                .Value("pgfleet_archive_missing_history_files"),
            1);
}

class Promise : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, Promise, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

// An archive_command that succeeds without storing is invisible to SQL.
TEST_P(Promise, OfAnArchiveCommandThatStoresNothingIsSeenToBeBroken) {
  constexpr const char* kBehind = "pgfleet_archive_behind_segments";
  const ArchiveDirectory archive;
  PostgresServer server(GetParam(), {.name = "pg1", .conf = archive.Conf()});
  server.Start();
  MakeRows(server);
  AddRow(server, archive);
  const ExporterProcess exporter(WatchingArchive({Declared(server)}, GetParam(), archive.path()));
  WaitForValue(exporter, kBehind, {}, 0);
  server.AddConf({"archive_command = '/bin/true'"});
  server.Reload();
  ASSERT_TRUE(WaitUntil([&] { return server.Value("SHOW archive_command") == "/bin/true"; }));
  std::string last;
  for (int i = 0; i < 3; ++i) {
    last = server.Value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
    server.Execute("INSERT INTO known DEFAULT VALUES");
    server.Execute("SELECT pg_switch_wal()");
    ASSERT_TRUE(WaitUntil(
        [&] { return server.Value("SELECT last_archived_wal FROM pg_stat_archiver") == last; }));
  }
  EXPECT_FALSE(fs::exists(archive.path() / last)) << "the test itself";
  WaitForValue(exporter, kBehind, {}, 3);
  EXPECT_EQ(exporter.Metrics().Value(kMissing), 0) << "no gap shows it";
}

}  // namespace
}  // namespace pgfleet::test
