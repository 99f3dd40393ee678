#include "topology/remake.h"

#include <csignal>

#include "support/majors.h"

namespace pgfleet::test {
namespace {

namespace fs = std::filesystem;

// What belongs to a server that runs, or says what the source was.
void RemoveWhatIsTheSources(const fs::path& data) {
  for (const char* file : {"postmaster.pid", "postmaster.opts", "recovery.conf", "recovery.done",
                           "standby.signal", "recovery.signal", "backup_label", "tablespace_map"})
    fs::remove(data / file);
  for (const auto& slot : fs::directory_iterator(data / "pg_replslot")) fs::remove_all(slot);
}

// In its own place, with its own socket; the last line wins.
void KeepPlace(PostgresServer& node) {
  node.AddConf({"listen_addresses = ''", "port = " + std::to_string(PostgresServer::port()),
                "unix_socket_directories = '" + node.socket_directory().string() + "'",
                "fsync = off"});
  if (node.major() >= 12) node.AddConf({"primary_conninfo = ''", "primary_slot_name = ''"});
}

pid_t SenderTo(const PostgresServer& primary, const PostgresServer& standby) {
  return static_cast<pid_t>(Number(
      primary,
      "SELECT pid FROM pg_stat_replication WHERE application_name = " + Quoted(standby.name())));
}

}  // namespace

void CopyOnline(const PostgresServer& source, PostgresServer& node) {
  Connection session = source.Connect();
  const bool renamed = source.major() >= 15;
  session.Execute(renamed ? "SELECT pg_backup_start('remake', true)"
                          : "SELECT pg_start_backup('remake', true, false)");
  fs::remove_all(node.data());
  // Files may vanish under it, as those of sessions do: the backup label makes good for that.
  Run({.argv = {"/bin/sh", "-c", "cp -a \"$0\" \"$1\" 2>/dev/null; test -f \"$1/PG_VERSION\"",
                source.data(), node.data()}});
  RemoveWhatIsTheSources(node.data());
  const Answer label = session.Execute(renamed ? "SELECT labelfile FROM pg_backup_stop(false)"
                                               : "SELECT labelfile FROM pg_stop_backup(false)");
  WriteFile(node.data() / "backup_label", label.rows.at(0).at(0).value());
  // The WAL up to the end of the backup. A checkpoint may take older files away meanwhile.
  const fs::path wal = WalName(source.major(), "pg_wal");
  Run({.argv = {"/bin/sh", "-c",
                "for i in 1 2 3 4 5; do cp -a \"$0\"/0* \"$1\" && exit 0; done; exit 1",
                source.data() / wal, node.data() / wal}});
  GiveToServerUser(node.data());
  KeepPlace(node);
}

void RemakeAsStandby(const PostgresServer& upstream, PostgresServer& node) {
  CopyOnline(upstream, node);
  node.Follow(upstream, "");
  node.Start();
  WaitUntilStreaming(upstream, node, node.name());
}

void InitialiseAnew(PostgresServer& node) {
  fs::remove_all(node.data());
  Run({.argv = {ServerProgram(node.major(), "initdb"), "-D", node.data(), "-U", "postgres", "-A",
                "trust", "-N", "--locale=C", "-E", "UTF8"},
       .as_server_user = true});
  KeepPlace(node);
  Run({.argv = {ServerProgram(node.major(), "postgres"), "--single", "-D", node.data(), "postgres"},
       .input = node.major() < 10 ? "CREATE ROLE mon LOGIN\n"
                                  : "CREATE ROLE mon LOGIN IN ROLE pg_monitor\n",
       .as_server_user = true});
}

CutOff::CutOff(PostgresServer& primary, const PostgresServer& standby)
    : primary_(primary), standby_(standby), sender_(SenderTo(primary, standby)), held_(sender_) {}

double CutOff::Missing() const {
  const std::string flushed = primary_.Value("SELECT pg_current_wal_flush_lsn()");
  return Number(standby_,
                "SELECT pg_wal_lsn_diff(" + Quoted(flushed) + ", pg_last_wal_receive_lsn())");
}

// The postmaster first, so that it does not take the end of its child for a crash.
void CutOff::KillPrimary() {
  primary_.Signal(SIGQUIT);
  kill(sender_, SIGKILL);
  primary_.Stop(SIGQUIT);
}

std::string SystemIdentifier(const PostgresServer& server) {
  return server.Value("SELECT system_identifier FROM pg_control_system()");
}

}  // namespace pgfleet::test
