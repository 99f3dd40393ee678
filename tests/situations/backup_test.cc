// Base backups that run, and one that nobody ended.
#include <gmock/gmock.h>

#include "support/watch.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

// A base backup by the replication protocol whose client reads nothing: the server stays in the
// middle of it until the client goes.
class BackupClient {
 public:
  explicit BackupClient(const PostgresServer& server)
      : connection_(PQconnectdb((server.Conninfo() + " replication=true").c_str()), &PQfinish) {
    PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
    const char* command = server.major() < 15
                              ? "BASE_BACKUP LABEL 'slow' PROGRESS FAST NOWAIT"
                              : "BASE_BACKUP (LABEL 'slow', PROGRESS, CHECKPOINT 'fast', WAIT 0)";
    if (PQsendQuery(connection_.get(), command) == 0)
      throw std::runtime_error(PQerrorMessage(connection_.get()));
  }

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

// pg_basebackup at its slowest. It refuses servers newer than itself.
class SlowBasebackup {
 public:
  explicit SlowBasebackup(const PostgresServer& server)
      : process_({.argv = {ClientProgram("pg_basebackup"), "-h", server.socket_directory(), "-p",
                           std::to_string(PostgresServer::port()), "-U", "postgres", "-D",
                           Directory(), "-X", "none", "-c", "fast", "-N", "-r", "32k"},
                  .as_server_user = true}) {}

 private:
  std::string Directory() const { return directory_.path() / "copy"; }

  TempDir directory_;
  Process process_;
};

class Basebackup : public testing::TestWithParam<int> {
 protected:
  static std::optional<double> Running(const Page& page) {
    return page.Value("pgfleet_basebackup_running", On("pg1"));
  }
  static std::optional<double> Streamed(const Page& page) {
    return page.Value("pgfleet_basebackup_streamed_bytes", On("pg1"));
  }
  void WaitForRunning(double count) const {
    WaitForValue(exporter_, "pgfleet_basebackup_running", On("pg1"), count);
  }
  std::string ServersCount() {
    return cluster_.primary().Value("SELECT count(*) FROM pg_stat_progress_basebackup");
  }

  Cluster cluster_{GetParam(), Alone()};
  ExporterProcess exporter_{Watching(Declared(cluster_), GetParam())};
};
// Servers before 13 do not tell.
INSTANTIATE_TEST_SUITE_P(Server, Basebackup, testing::ValuesIn(MajorsFrom(13)),
                         testing::PrintToStringParamName());
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Basebackup);

TEST_P(Basebackup, IsSeenWhileItRunsAndNoLonger) {
  WaitForRunning(0);
  EXPECT_FALSE(exporter_.Metrics().Has("pgfleet_basebackup_streamed_bytes"));
  {
    const BackupClient client(cluster_.primary());
    const Page page = exporter_.WaitForPage(
        [](const Page& each) { return Running(each) == 1 && Streamed(each).value_or(0) > 0; });
    EXPECT_EQ(ServersCount(), "1");
    EXPECT_LT(Streamed(page), page.Value("pgfleet_basebackup_expected_bytes", On("pg1")));
    EXPECT_EQ(page.State("pgfleet_basebackup_phase", "phase", On("pg1")), "streaming");
    EXPECT_EQ(page.Value("pgfleet_walsenders", On("pg1", {{"kind", "basebackup"}})), 1);
  }
  WaitForRunning(0);
  EXPECT_EQ(ServersCount(), "0");
}

TEST_P(Basebackup, ByPgBasebackupGrowsAtItsPace) {
  constexpr int kClient = 15;
  if (GetParam() > kClient) return;
  WaitForRunning(0);
  {
    const SlowBasebackup backup(cluster_.primary());
    const Page page = exporter_.WaitForPage(
        [](const Page& each) { return Running(each) == 1 && Streamed(each).value_or(0) > 0; });
    EXPECT_EQ(ServersCount(), "1");
    const double before = *Streamed(page);
    exporter_.WaitForPage([&](const Page& each) { return Streamed(each) > before; });
  }
  WaitForRunning(0);
}

class ExclusiveBackup : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, ExclusiveBackup, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(ExclusiveBackup, ThatNobodyEndedIsSeenUntilItIsEnded) {
  Cluster cluster(GetParam(), Alone());
  const PostgresServer& primary = cluster.primary();
  const ExporterProcess exporter(Watching(Declared(cluster), GetParam()));
  if (GetParam() >= 15) {  // cannot happen any more, so there is nothing to tell
    exporter.WaitForPage(
        [](const Page& page) { return page.Has("pgfleet_checkpoint_timestamp_seconds"); });
    EXPECT_FALSE(exporter.Metrics().Has("pgfleet_exclusive_backup_running"));
    return;
  }
  WaitForValue(exporter, "pgfleet_exclusive_backup_running", On("pg1"), 0);
  primary.Execute("SELECT pg_start_backup('forgotten', true)");  // its session ends at once
  const Page page = WaitForValue(exporter, "pgfleet_exclusive_backup_running", On("pg1"), 1);
  EXPECT_TRUE(std::filesystem::exists(primary.data() / "backup_label"));
  EXPECT_NEAR(page.Value("pgfleet_exclusive_backup_start_timestamp_seconds", On("pg1")).value_or(0),
              Number(primary, "SELECT extract(epoch from pg_backup_start_time())"), 1e-3);
  primary.Execute("SELECT pg_stop_backup()");
  WaitForValue(exporter, "pgfleet_exclusive_backup_running", On("pg1"), 0);
  EXPECT_FALSE(std::filesystem::exists(primary.data() / "backup_label"));
}

}  // namespace
}  // namespace pgfleet::test
