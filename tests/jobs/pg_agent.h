#pragma once

#include <csignal>
#include <filesystem>
#include <string>

#include "support/postgres_server.h"

namespace pgfleet::test {

// Makes the database with pgAgent's own tables and functions in it, as its extension would. Throws
// with the remedy when Debian's pgagent is not installed.
void InstallPgAgent(const PostgresServer& server, const std::string& database);

// What a job's only step does, and what happens when it fails: f (the job fails), i (it goes on).
struct JobStep {
  std::string code = "SELECT 1";
  std::string on_error = "f";
  std::string connection{};  // instead of the jobs' own database
};

// A session of the superuser in the database of the jobs.
class PgAgentTables {
 public:
  PgAgentTables(const PostgresServer& server, const std::string& database)
      : database_(database), session_(server.Conninfo("postgres", database)) {}

  // Adds a job that no schedule starts. Returns its number.
  std::string Add(const std::string& name, const JobStep& step = {});
  // It is due: since so long, as an interval of PostgreSQL's.
  void Due(const std::string& id, const std::string& since = "0s");
  Connection& session() { return session_; }

 private:
  std::string database_;
  Connection session_;
};

// A real agent that looks for jobs every second.
class PgAgent {
 public:
  PgAgent(const PostgresServer& server, const std::string& database);
  // Without a word to the server: its registration and its runs stay as they are.
  void Kill() { process_.Signal(SIGKILL); }

 private:
  Process process_;
};

}  // namespace pgfleet::test
