// Base backups that run, and pages that fail their checksum when a session or a backup reads them.
#include <gmock/gmock.h>

#include <fstream>

#include "servers/world.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

class Basebackup : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, Basebackup, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

class Checksums : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, Checksums, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

// A client that asks for a base backup and reads no more of it than it is told to: the server then
// waits in the middle of its work.
class BackupClient {
 public:
  BackupClient(const PostgresServer& server, bool estimate)
      : connection_(PQconnectdb((server.Conninfo() + " replication=true").c_str()), &PQfinish) {
    PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
    const std::string options =
        server.major() < 15
            ? std::string("BASE_BACKUP LABEL 'slow' FAST NOWAIT") + (estimate ? " PROGRESS" : "")
            : std::string("BASE_BACKUP (LABEL 'slow', CHECKPOINT 'fast', WAIT ") + "false" +
                  (estimate ? ", PROGRESS)" : ")");
    if (PQsendQuery(connection_.get(), options.c_str()) == 0) Fail();
    while (true) {
      const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQgetResult(connection_.get()),
                                                                 &PQclear);
      const ExecStatusType status = PQresultStatus(result.get());
      if (status == PGRES_COPY_OUT) return;
      if (result == nullptr || status != PGRES_TUPLES_OK) Fail();
    }
  }

  void Read(std::size_t bytes) {
    while (read_ < bytes) {
      char* buffer = nullptr;
      const int length = PQgetCopyData(connection_.get(), &buffer, 0);
      if (length <= 0) Fail();
      read_ += static_cast<std::size_t>(length);
      PQfreemem(buffer);
    }
  }

  // To the end of the backup, whether it goes well or not.
  void Finish() {
    char* buffer = nullptr;
    while (true) {
      while (PQgetCopyData(connection_.get(), &buffer, 0) > 0) PQfreemem(buffer);
      const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQgetResult(connection_.get()),
                                                                 &PQclear);
      if (result == nullptr) return;
    }
  }

  std::int64_t bytes() const { return static_cast<std::int64_t>(read_); }

 private:
  [[noreturn]] void Fail() const { throw std::runtime_error(PQerrorMessage(connection_.get())); }

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  std::size_t read_ = 0;
};

std::int64_t BytesBelow(const std::filesystem::path& directory) {
  std::int64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.is_regular_file()) bytes += static_cast<std::int64_t>(entry.file_size());
  return bytes;
}

model::BasebackupFacts BackupsOf(const PostgresServer& server) {
  return *FactsOf("basebackup_progress", server).basebackup_progress;
}

TEST_P(Basebackup, ARunningBaseBackupShowsWhatItSent) {
  if (GetParam() < 13) return;  // not told by servers before 13
  constexpr std::int64_t kMegabyte = 1 << 20;
  Cluster cluster(GetParam(), Alone());
  const PostgresServer& primary = cluster.primary();
  EXPECT_EQ(BackupsOf(primary).running, 0);
  BackupClient client(primary, true);
  client.Read(4 * kMegabyte);
  ASSERT_TRUE(WaitUntil([&] { return BackupsOf(primary).phase == "streaming database files"; }));
  const model::BasebackupFacts facts = BackupsOf(primary);
  EXPECT_EQ(facts.running, 1);
  ASSERT_TRUE(facts.streamed_bytes && facts.expected_bytes);
  // Ahead of the client by what the socket holds; the client also counts the framing.
  EXPECT_NEAR(static_cast<double>(*facts.streamed_bytes), static_cast<double>(client.bytes()),
              static_cast<double>(kMegabyte));
  EXPECT_LT(*facts.streamed_bytes, *facts.expected_bytes);
  const std::int64_t wal = BytesBelow(primary.data() / "pg_wal");
  EXPECT_NEAR(static_cast<double>(*facts.expected_bytes),
              static_cast<double>(BytesBelow(primary.data()) - wal), 3.0 * kMegabyte);
}

TEST_P(Basebackup, ABackupWithoutAnEstimateLeavesTheWholeUnexpected) {
  if (GetParam() < 13) return;
  Cluster cluster(GetParam(), Alone());
  BackupClient estimated(cluster.primary(), true);
  estimated.Read(1000);
  EXPECT_TRUE(BackupsOf(cluster.primary()).expected_bytes);
  BackupClient blind(cluster.primary(), false);
  blind.Read(1000);
  const model::BasebackupFacts facts = BackupsOf(cluster.primary());
  EXPECT_EQ(facts.running, 2);
  EXPECT_FALSE(facts.expected_bytes);
  EXPECT_EQ(facts.phase, "streaming database files");
}

TEST_P(Basebackup, ARoleThatSeesOnlyThePidOfABackupIsRefusedTheRest) {
  if (GetParam() < 13) return;
  Cluster cluster(GetParam(), Alone());
  BackupClient client(cluster.primary(), true);
  client.Read(1000);
  const CollectorRun run =
      RunCollector(CollectorNamed("basebackup_progress"), cluster.primary(), "plain");
  ASSERT_FALSE(run.decoded);
  EXPECT_EQ(run.decoded.error().reason, model::FailureReason::kPermission);
}

// Like a template's server, but with data checksums on every major.
class ChecksummedServer {
 public:
  explicit ChecksummedServer(int major) : server_(major, {}) {
    const std::string conf = ReadFile(server_.data() / "postgresql.conf");
    std::filesystem::remove_all(server_.data());
    Run({.argv = {ServerProgram(major, "initdb"), "-D", server_.data(), "-U", "postgres", "-A",
                  "trust", "--no-sync", "--locale=C", "-E", "UTF8", "-k", "--wal-segsize=1"},
         .as_server_user = true});
    WriteFile(server_.data() / "postgresql.conf", conf);
    server_.Start();
    server_.Execute("CREATE ROLE mon LOGIN IN ROLE pg_monitor");
  }
  PostgresServer& server() { return server_; }

 private:
  PostgresServer server_;
};

// Flips a byte near the end of this page of each relation while the server is down.
void Corrupt(PostgresServer& server, const std::vector<std::string>& relations, int page) {
  const std::streamoff at = 8192 * page + 8000;
  std::vector<std::filesystem::path> files;
  for (const std::string& relation : relations)
    files.push_back(server.data() /
                    server.Value("SELECT pg_relation_filepath(" + Quoted(relation) + ")"));
  server.Stop(SIGINT);
  for (const auto& path : files) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const char flipped = static_cast<char>(file.get() ^ 0x55);
    file.seekp(at);
    file.put(flipped);
    if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
  }
  server.Start();
}

const model::DatabaseChecksums& ChecksumsOf(const model::ChecksumFacts& facts,
                                            const std::string& database) {
  for (const auto& each : facts.databases)
    if (each.database == database) return each;
  throw std::runtime_error("no database " + database);
}

// Waits, because before 15 statistics take a while to arrive.
void ExpectFailures(const PostgresServer& server, std::int64_t own, std::int64_t shared) {
  model::ChecksumFacts facts;
  WaitUntil([&] {
    facts = *FactsOf("checksums", server).checksums;
    return ChecksumsOf(facts, "postgres").failures >= own &&
           ChecksumsOf(facts, "(shared)").failures >= shared;
  });
  EXPECT_EQ(ChecksumsOf(facts, "postgres").failures, own);
  EXPECT_EQ(ChecksumsOf(facts, "(shared)").failures, shared);
}

TEST_P(Checksums, PagesThatFailTheirChecksumAreCounted) {
  if (GetParam() < 12) return;  // servers before 12 tell it to their log only
  ChecksummedServer checksummed(GetParam());
  PostgresServer& server = checksummed.server();
  server.Execute("CREATE TABLE t AS SELECT * FROM generate_series(1, 1000)");
  // Comments on roles are kept in a shared relation: here on two pages at least.
  server.Execute(
      "DO $$ BEGIN FOR i IN 1..100 LOOP EXECUTE 'CREATE ROLE r' || i;"
      " EXECUTE 'COMMENT ON ROLE r' || i || ' IS ' || quote_literal(repeat('x', 200));"
      " END LOOP; END $$");
  EXPECT_EQ(FactsOf("checksums", server).checksums->databases.size(), 4U);
  const double before = std::stod(server.Value("SELECT extract(epoch from clock_timestamp())"));
  Corrupt(server, {"t", "pg_shdescription"}, 0);
  for (const char* table : {"t", "t", "pg_shdescription"}) {
    const Answer answer = server.Connect().Query("SELECT count(*) FROM " + std::string(table));
    EXPECT_EQ(answer.sqlstate, "XX001") << answer.message;
  }
  // Before 18 a session counts every page for its own database.
  const bool told_apart = GetParam() >= 18;
  ExpectFailures(server, told_apart ? 2 : 3, told_apart ? 1 : 0);
  // A base backup knows whose the pages are, and counts from the second one of a file on.
  Corrupt(server, {"t", "pg_shdescription"}, 1);
  BackupClient(server, false).Finish();
  ExpectFailures(server, told_apart ? 4 : 5, told_apart ? 3 : 2);
  const model::ChecksumFacts facts = *FactsOf("checksums", server).checksums;
  EXPECT_GE(ChecksumsOf(facts, "postgres").last_failure.value_or(0), before);
  EXPECT_EQ(ChecksumsOf(facts, "template1").failures, 0);
  EXPECT_EQ(ChecksumsOf(facts, "template1").last_failure, std::nullopt);
}

TEST_P(Checksums, ChecksumsThatAreOffCountNothing) {
  if (GetParam() < 12) return;
  const PostgresServer& primary = SharedPair(GetParam()).primary();
  const auto facts = FactsOf("checksums", primary).checksums;
  EXPECT_EQ(facts->databases.empty(), primary.Value("SHOW data_checksums") == "off");
}

}  // namespace
}  // namespace pgfleet::test
