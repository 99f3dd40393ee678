// A base backup that waits for the archiver, and what is known of it when its traces are gone.
#include <gmock/gmock.h>
#include <libpq-fe.h>

#include <filesystem>
#include <thread>

#include "support/majors.h"
#include "support/watch.h"

namespace pgfleet::test {
namespace {

// A base backup that waits for its WAL to be archived, to its end: by Debian's pg_basebackup, where
// that does not refuse a newer server.
class WholeBackup {
 public:
  explicit WholeBackup(const PostgresServer& server) {
    constexpr int kClient = 15;
    if (server.major() > kClient)
      reader_ = std::thread([this, target = server.Conninfo()] { ended_ = Read(target); });
    else
      process_ = std::make_unique<Process>(
          Command{.argv = {ClientProgram("pg_basebackup"), "-h", server.socket_directory(), "-p",
                           std::to_string(PostgresServer::port()), "-U", "postgres", "-D",
                           directory_.path() / "copy", "-X", "none", "-c", "fast", "-N"},
                  .as_server_user = true});
  }
  ~WholeBackup() {
    if (reader_.joinable()) reader_.join();
  }
  WholeBackup(const WholeBackup&) = delete;
  WholeBackup& operator=(const WholeBackup&) = delete;

  bool EndsWell() {
    if (process_) return process_->Wait(kPatience) == 0;
    reader_.join();
    return ended_;
  }

 private:
  static bool Read(const std::string& target) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
        PQconnectdb((target + " replication=true").c_str()), &PQfinish);
    PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
    PQsendQuery(connection.get(), "BASE_BACKUP (LABEL 'whole', CHECKPOINT 'fast', WAIT true)");
    bool well = true;
    while (auto* result = PQgetResult(connection.get())) {
      const auto status = PQresultStatus(result);
      PQclear(result);
      well = well && status != PGRES_FATAL_ERROR;
      char* buffer = nullptr;
      while (status == PGRES_COPY_OUT && PQgetCopyData(connection.get(), &buffer, 0) > 0)
        PQfreemem(buffer);
    }
    return well;
  }

  TempDir directory_;
  std::unique_ptr<Process> process_;
  std::thread reader_;
  bool ended_ = false;
};

class LastBackup : public testing::TestWithParam<int> {
 protected:
  // The archive takes nothing until the test lets it.
  static ClusterOptions Blocked(const std::filesystem::path& gate) {
    ClusterOptions options = Alone();
    options.primary_conf = {"archive_mode = on",
                            "archive_command = 'until test -f " + gate.string() + "; do test -d " +
                                gate.parent_path().string() + " || exit 1; sleep 0.1; done'"};
    return options;
  }
  ExporterOptions Remembering() const {
    ExporterOptions options = Watching(Declared(cluster_), GetParam());
    options.flags = {"--state-dir=" + state_.path().string()};
    return options;
  }
  static std::optional<double> Waiting(const Page& page) {
    return page.Value("pgfleet_basebackup_waiting_archive_seconds", On("pg1"));
  }
  void ExpectWaiting(const ExporterProcess& exporter) {
    const Page first = exporter.WaitForPage([](const Page& page) { return Waiting(page) >= 0; });
    EXPECT_EQ(first.State("pgfleet_basebackup_phase", "phase", On("pg1")), "waiting_archive");
    const auto since = Clock::now();
    const double before = Waiting(first).value_or(0);
    const Page page =
        exporter.WaitForPage([&](const Page& each) { return Waiting(each) >= before + 2; });
    EXPECT_NEAR(Waiting(page).value_or(0) - before, SecondsSince(since), 1.5);
    EXPECT_EQ(cluster_.primary().Value("SELECT phase FROM pg_stat_progress_basebackup"),
              "waiting for wal archiving to finish");
  }
  std::vector<std::filesystem::path> HistoryFiles() {
    std::vector<std::filesystem::path> files;
    const auto directory = cluster_.primary().data() / WalName(GetParam(), "pg_wal");
    for (const auto& file : std::filesystem::directory_iterator(directory))
      if (file.path().extension() == ".backup") files.push_back(file.path());
    return files;
  }

  TempDir state_;
  TempDir gates_;
  mutable Cluster cluster_{GetParam(), Blocked(gates_.path() / "gate")};
};
INSTANTIATE_TEST_SUITE_P(Server, LastBackup, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

TEST_P(LastBackup, WaitsForTheArchiverAndIsRememberedWhenItsFileIsGone) {
  constexpr const char* kLast = "pgfleet_basebackup_last_timestamp_seconds";
  double ended = 0;
  {
    ExporterProcess exporter(Remembering());
    WaitForValue(exporter, "pgfleet_up", On("pg1"), 1);
    WholeBackup backup(cluster_.primary());
    if (GetParam() >= 13) ExpectWaiting(exporter);  // servers before do not tell
    WriteFile(gates_.path() / "gate", "");
    EXPECT_TRUE(backup.EndsWell());
    const std::string modified =
        GetParam() < 10 ? "(pg_stat_file('pg_xlog/' || name)).modification" : "modification";
    const std::string files =
        GetParam() < 10 ? "pg_ls_dir('pg_xlog') AS f(name)" : "pg_ls_waldir()";
    ended = Number(cluster_.primary(), "SELECT extract(epoch from max(" + modified + ")) FROM " +
                                           files + " WHERE name LIKE '%.backup'");
    const Page page = exporter.WaitForPage(
        [&](const Page& each) { return each.Value(kLast) == ended && !Waiting(each); });
    ASSERT_EQ(HistoryFiles().size(), 1U);
    for (const auto& file : HistoryFiles()) std::filesystem::remove(file);  // as the server would
    const auto gone =
        page.Value("pgfleet_last_success_timestamp_seconds", On("pg1", {{"lane", "inventory"}}));
    exporter.WaitForPage([&](const Page& each) {
      const auto seen =
          each.Value("pgfleet_last_success_timestamp_seconds", On("pg1", {{"lane", "inventory"}}));
      return *seen > *gone + 1.5 && each.Value(kLast) == ended;
    });
    EXPECT_EQ(exporter.Stop(), 0);
  }
  const ExporterProcess again(Remembering());
  again.WaitUntilReady();
  EXPECT_EQ(again.Metrics().Value(kLast), ended);
}

}  // namespace
}  // namespace pgfleet::test
