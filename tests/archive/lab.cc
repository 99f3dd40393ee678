#include "archive/lab.h"

#include <stdexcept>
#include <thread>

#include "support/majors.h"

namespace pgfleet::test {
namespace fs = std::filesystem;

ArchiveDirectory::ArchiveDirectory() : path_(directory_.path() / "archive") {
  fs::create_directory(path_);
  GiveToServerUser(path_);
}

std::vector<std::string> ArchiveDirectory::Conf() const {
  const std::string file = (path_ / "%f").string();
  return {"archive_mode = on",
          "archive_command = 'cp %p " + file + ".tmp && mv " + file + ".tmp " + file + "'"};
}

std::string ArchiveDirectory::RestoreCommand() const {
  return "restore_command = 'cp " + (path_ / "%f").string() + " %p'";
}

void MakeRows(const PostgresServer& server) { server.Execute("CREATE TABLE known (id serial)"); }

std::string ArchiveSegment(const PostgresServer& server, const ArchiveDirectory& archive) {
  const std::string segment = server.Value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
  server.Execute("SELECT pg_switch_wal()");
  if (!WaitUntil([&] { return fs::exists(archive.path() / segment); }))
    throw std::runtime_error(segment + " is not archived; the server's log ends:\n" +
                             server.LogTail());
  return segment;
}

KnownRow AddRow(const PostgresServer& server, const ArchiveDirectory& archive) {
  Connection session = server.Connect();
  KnownRow row;
  row.id = std::stoi(session.Value("INSERT INTO known DEFAULT VALUES RETURNING id"));
  const Answer now = session.Execute(
      "SELECT t, extract(epoch from t) FROM (SELECT clock_timestamp() AS t OFFSET 0) s");
  row.at = *now.rows[0][0];
  row.epoch = std::stod(*now.rows[0][1]);
  // The exporter says of no instant that it is restorable before a pulse has seen the primary there.
  std::this_thread::sleep_for(Milliseconds(1200));
  row.segment = ArchiveSegment(server, archive);
  return row;
}

BaseBackup::BaseBackup(const PostgresServer& server, const std::string& label)
    : data_(directory_.path() / "data") {
  const bool renamed = server.major() >= 15;
  Connection session = server.Connect();
  session.Execute(renamed ? "SELECT pg_backup_start(" + Quoted(label) + ", true)"
                          : "SELECT pg_start_backup(" + Quoted(label) + ", true, false)");
  Run({.argv = {"/bin/cp", "-a", server.data(), data_}});
  const std::string text = session.Value(renamed ? "SELECT labelfile FROM pg_backup_stop()"
                                                 : "SELECT labelfile FROM pg_stop_backup(false)");
  stopped_ = std::stod(session.Value("SELECT extract(epoch from clock_timestamp())"));
  const fs::path wal = data_ / WalName(server.major(), "pg_wal");
  for (const fs::path& emptied : {wal, data_ / "pg_replslot"}) {
    fs::remove_all(emptied);
    fs::create_directory(emptied);
    fs::permissions(emptied, fs::perms::owner_all);
  }
  fs::create_directory(wal / "archive_status");
  fs::remove(data_ / "postmaster.pid");
  WriteFile(data_ / "backup_label", text);
}

std::unique_ptr<PostgresServer> Restored(int major, const BaseBackup& backup,
                                         const ArchiveDirectory& archive,
                                         const std::string& until) {
  auto server = std::make_unique<PostgresServer>(major, ServerOptions{.name = "restored"});
  fs::remove_all(server->data());
  CopyDataDirectory(backup.data(), server->data());
  server->AddConf({"unix_socket_directories = '" + server->socket_directory().string() + "'",
                   "archive_mode = off", "hot_standby = off"});
  const std::vector<std::string> recovery = {
      archive.RestoreCommand(), "recovery_target_time = '" + until + "'",
      "recovery_target_timeline = 'latest'", "recovery_target_action = 'promote'"};
  const bool has_signal_file = major >= 12;
  const fs::path file = server->data() / (has_signal_file ? "recovery.signal" : "recovery.conf");
  std::string text;
  if (has_signal_file)
    server->AddConf(recovery);
  else
    for (const std::string& line : recovery) text += line + "\n";
  WriteFile(file, text);
  GiveToServerUser(file);
  server->Start();  // accepts nobody before the recovery is over
  return server;
}

ExporterOptions WatchingArchive(const std::vector<DeclaredNode>& nodes, int major,
                                const fs::path& directory) {
  ExporterOptions options = Watching(nodes, major);
  const auto replace = [&](const std::string& what, const std::string& with) {
    options.config.replace(options.config.find(what), what.size(), with);
  };
  replace("    nodes:\n", "    archive: {directory: '" + directory.string() + "'}\n    nodes:\n");
  replace("inventory: 500ms", "inventory: {interval: 500ms, deadline: 2s}");
  return options;
}

}  // namespace pgfleet::test
