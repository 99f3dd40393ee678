// The WAL directory, what waits to be archived, WAL counters, checkpoints, exclusive backups and
// the summarizer, against the files of the data directory and what the tests make happen.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <regex>

#include "servers/world.h"
#include "support/majors.h"
#include "support/wait.h"

namespace pgfleet::test {
namespace {

using testing::Optional;

class Wal : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, Wal, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

std::filesystem::path WalDirectory(const PostgresServer& server) {
  return server.data() / (server.major() >= 10 ? "pg_wal" : "pg_xlog");
}

std::vector<std::filesystem::directory_entry> FilesOf(const std::filesystem::path& directory) {
  std::vector<std::filesystem::directory_entry> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    if (entry.is_regular_file()) files.push_back(entry);
  return files;
}

// The names that match, sorted.
std::vector<std::string> NamesOf(const std::filesystem::path& directory, const char* pattern) {
  std::vector<std::string> names;
  for (const auto& entry : FilesOf(directory)) {
    const std::string name = entry.path().filename();
    if (std::regex_match(name, std::regex(pattern))) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

void SwitchWal(const PostgresServer& server) {
  Connection session = server.Connect();
  session.Execute("CREATE TABLE IF NOT EXISTS w (x int)");
  session.Execute("INSERT INTO w VALUES (1)");
  session.Execute(WalName(server.major(), "SELECT pg_switch_wal()"));
}

double Now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

double SecondsSinceChange(const std::filesystem::path& file) {
  return std::chrono::duration<double>(std::filesystem::file_time_type::clock::now() -
                                       std::filesystem::last_write_time(file))
      .count();
}

// --- the WAL directory ---

constexpr const char* kSegmentName = "[0-9A-F]{24}";

TEST_P(Wal, TheDirectoryIsWhatLiesOnTheDisk) {
  Cluster cluster(GetParam());
  SwitchWal(cluster.primary());
  SwitchWal(cluster.primary());
  cluster.primary().Execute("CHECKPOINT");
  for (const auto& node : cluster.nodes()) {
    const auto facts = FactsOf("wal_directory", *node).wal_directory;
    const auto segments = NamesOf(WalDirectory(*node), kSegmentName);
    std::uintmax_t bytes = 0;
    for (const auto& file : FilesOf(WalDirectory(*node))) bytes += file.file_size();
    EXPECT_EQ(facts->segments, static_cast<std::int64_t>(segments.size()));
    EXPECT_EQ(facts->bytes, static_cast<std::int64_t>(bytes));
    EXPECT_EQ(facts->newest_timeline, 1);
    EXPECT_EQ(facts->newest_history, std::nullopt);
  }
}

TEST_P(Wal, TheOldestPositionIsWhereTheOldestFileBegins) {
  Cluster cluster(GetParam(), Alone());
  const PostgresServer& primary = cluster.primary();
  SwitchWal(primary);
  SwitchWal(primary);
  const auto facts = FactsOf("wal_directory", primary).wal_directory;
  ASSERT_TRUE(facts->oldest);
  const std::string oldest = NamesOf(WalDirectory(primary), kSegmentName).front();
  // A position inside a segment, because at its beginning the server names the one before.
  const std::string inside = fmt::format("{:X}/{:X}", facts->oldest->value >> 32U,
                                         (facts->oldest->value & 0xFFFFFFFFU) + 1);
  EXPECT_EQ(primary.Value("SELECT pg_walfile_name(" + Quoted(inside) + ")"), oldest);
  EXPECT_EQ(facts->oldest->value % (GetParam() >= 11 ? 1U << 20 : 1U << 24), 0U);
}

TEST_P(Wal, ATimelineThatAPromotionBeganIsSeenAndTheOldestSegmentStays) {
  Cluster cluster(GetParam());
  SwitchWal(cluster.primary());
  cluster.WaitUntilCaughtUp();
  const auto before = FactsOf("wal_directory", cluster.standby()).wal_directory;
  cluster.standby().Promote();
  const auto facts = FactsOf("wal_directory", cluster.standby()).wal_directory;
  EXPECT_EQ(facts->newest_history, 2);
  EXPECT_EQ(facts->newest_timeline, 2);
  EXPECT_EQ(facts->oldest, before->oldest);
}

TEST_P(Wal, TheFileOfABaseBackupIsDated) {
  Cluster cluster(GetParam(),
                  {.primary_conf = {"archive_mode = on", "archive_command = '/bin/true'"}});
  EXPECT_EQ(FactsOf("wal_directory", cluster.primary()).wal_directory->last_backup, std::nullopt);
  const double before = Now();
  Connection session = cluster.primary().Connect();
  session.Execute(GetParam() >= 15 ? "SELECT pg_backup_start('x', true)"
                                   : "SELECT pg_start_backup('x', true, false)");
  session.Execute(GetParam() >= 15 ? "SELECT pg_backup_stop()" : "SELECT pg_stop_backup(false)");
  // A file's time comes from a clock that ticks some hundred times a second.
  EXPECT_THAT(FactsOf("wal_directory", cluster.primary()).wal_directory->last_backup,
              Optional(testing::AllOf(testing::Ge(before - 1), testing::Le(Now() + 1))));
}

// --- what waits to be archived ---

TEST_P(Wal, WhatTheArchiverCannotArchiveIsCountedAndAged) {
  Cluster cluster(GetParam(),
                  {.primary_conf = {"archive_mode = on", "archive_command = '/bin/false'"}});
  const PostgresServer& primary = cluster.primary();
  for (int i = 0; i < 3; ++i) SwitchWal(primary);
  const std::filesystem::path directory = WalDirectory(primary) / "archive_status";
  const auto ready = NamesOf(directory, "[0-9A-F]{24}\\.ready");
  ASSERT_GE(ready.size(), 3U);
  // Before 12 the files are a superuser's (or a helper's) to see.
  const CollectorRun run = RunCollector(CollectorNamed("archive_status"), primary,
                                        GetParam() >= 12 ? "mon" : "postgres");
  ASSERT_TRUE(run.decoded) << run.answer.message;
  const auto facts = run.facts.archive_status;
  EXPECT_EQ(facts->ready_segments, static_cast<std::int64_t>(ready.size()));
  EXPECT_EQ(facts->ready_files, static_cast<std::int64_t>(NamesOf(directory, ".*\\.ready").size()));
  EXPECT_THAT(facts->oldest_age,
              Optional(testing::DoubleNear(SecondsSinceChange(directory / ready.front()), 2)));
  EXPECT_TRUE(CollectorNamed("archive_status").wanted(FactsOf("archiver", primary)));
}

TEST_P(Wal, OnceAllIsArchivedTheDirectoryIsNotReadAgain) {
  Cluster cluster(GetParam(),
                  {.primary_conf = {"archive_mode = on", "archive_command = '/bin/true'"}});
  SwitchWal(cluster.primary());
  const auto& archive_status = CollectorNamed("archive_status");
  EXPECT_TRUE(
      WaitUntil([&] { return !archive_status.wanted(FactsOf("archiver", cluster.primary())); }));
  EXPECT_FALSE(archive_status.wanted(FactsOf("archiver", SharedPair(GetParam()).standby())))
      << "a standby that does not archive";
}

}  // namespace
}  // namespace pgfleet::test
