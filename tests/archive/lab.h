#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/postgres_server.h"
#include "support/watch.h"

namespace pgfleet::test {

// A directory into which servers archive by cp.
class ArchiveDirectory {
 public:
  ArchiveDirectory();
  const std::filesystem::path& path() const { return path_; }
  std::vector<std::string> Conf() const;  // of a server that archives into it
  std::string RestoreCommand() const;

 private:
  TempDir directory_;
  std::filesystem::path path_;
};

// A row with the instant after its commit.
struct KnownRow {
  int id = 0;
  std::string at;      // as recovery_target_time takes it
  double epoch = 0;    // the same
  std::string segment;  // that holds its commit
};

// Makes the table of the rows.
void MakeRows(const PostgresServer& server);
// Commits one more row and waits until its segment is in the archive.
KnownRow AddRow(const PostgresServer& server, const ArchiveDirectory& archive);
// Ends the segment and waits until it is there; its name.
std::string ArchiveSegment(const PostgresServer& server, const ArchiveDirectory& archive);

// A copy of a running server by the SQL functions for it, whatever its version.
class BaseBackup {
 public:
  BaseBackup(const PostgresServer& server, const std::string& label);
  const std::filesystem::path& data() const { return data_; }
  double stopped() const { return stopped_; }  // by the server's clock, epoch seconds

 private:
  TempDir directory_;
  std::filesystem::path data_;
  double stopped_ = 0;
};

// The server that a restore of the backup up to this instant leads to, out of recovery. Throws when
// the recovery fails.
std::unique_ptr<PostgresServer> Restored(int major, const BaseBackup& backup,
                                         const ArchiveDirectory& archive,
                                         const std::string& until);

// The declared cluster with this archive.
ExporterOptions WatchingArchive(const std::vector<DeclaredNode>& nodes, int major,
                                const std::filesystem::path& directory);

}  // namespace pgfleet::test
