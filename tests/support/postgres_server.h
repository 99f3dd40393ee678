#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/connection.h"
#include "support/files.h"
#include "support/process.h"

namespace pgfleet::test {

struct ServerOptions {
  std::string name = "pg1";  // its own directory's name, and its application_name as a standby
  std::vector<std::string> conf{};  // lines over the harness' own
  bool tuned = true;                // false: nothing in postgresql.conf but sockets and fsync=off
  std::filesystem::path program{};  // another build of this major's postgres; empty: the usual one
};

// A real server of one major on a Unix socket, in a directory of its own below /tmp. Nothing
// listens on the network. Not thread-safe. Every member that cannot do what it says throws with the
// end of the server's log.
class PostgresServer {
 public:
  // A copy of the major's template, not started.
  PostgresServer(int major, ServerOptions options);
  // A copy of a running server made by Debian's pg_basebackup with this role, not started; `flags`
  // are more of its flags, such as -R.
  PostgresServer(const PostgresServer& source, const std::string& role,
                 const std::vector<std::string>& flags, ServerOptions options);
  // Stops it (immediate mode).
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // Starts it and waits until it accepts sessions.
  void Start();
  // Starts it and waits for nothing but the socket: for a server that will not accept.
  void StartWithoutSessions();
  void Stop(int signal = SIGQUIT);  // SIGQUIT: immediate, SIGINT: fast
  void Restart();
  void Reload();
  void Signal(int signal) const { process_->Signal(signal); }  // to the postmaster alone
  // SIGSTOP and SIGCONT of the postmaster and all its children.
  void Freeze();
  void Thaw();
  // Ends recovery and waits for it.
  void Promote();

  // Lines for postgresql.conf: from the next start or Reload on.
  void AddConf(const std::vector<std::string>& lines);
  // Replaces pg_hba.conf: from the next start or Reload on.
  void SetHba(const std::string& text);
  // Makes it a standby of `upstream` at the next start; an empty slot means none.
  void Follow(const PostgresServer& upstream, const std::string& slot);

  int major() const { return major_; }
  const std::string& name() const { return options_.name; }
  const std::filesystem::path& data() const { return data_; }
  const std::filesystem::path& socket_directory() const { return directory_.path(); }
  static constexpr int port() { return 5432; }
  pid_t pid() const { return process_->pid(); }
  std::string Conninfo(const std::string& user = "postgres",
                       const std::string& dbname = "postgres") const;
  Connection Connect(const std::string& user = "postgres") const;
  std::string LogTail() const { return Tail(log_); }
  std::string Log() const { return ReadFile(log_); }

  // One session for each call, as the superuser. The names of 10 and later do on 9.6 as well: they
  // go through WalName, as a statement for a session of Connect must by itself.
  Answer Execute(const std::string& sql) const;
  std::string Value(const std::string& sql) const;

 private:
  void WriteConf();
  [[noreturn]] void Fail(const std::string& what) const;
  std::vector<pid_t> Processes() const;

  int major_;
  ServerOptions options_;
  TempDir directory_;
  std::filesystem::path data_;
  std::filesystem::path log_;
  std::unique_ptr<Process> process_;
};

}  // namespace pgfleet::test
