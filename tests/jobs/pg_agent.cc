#include "jobs/pg_agent.h"

#include <sstream>
#include <stdexcept>

namespace pgfleet::test {
namespace {

std::string Installed(const std::filesystem::path& path) {
  if (std::filesystem::exists(path)) return path;
  throw std::runtime_error("pgAgent is not installed (no " + path.string() +
                           "): run `make setup`");
}

// The script of the extension, without what only CREATE EXTENSION may do.
std::string Script() {
  std::istringstream in(
      ReadFile(Installed("/usr/share/postgresql/15/extension/pgagent--4.2.sql")));
  std::string script;
  for (std::string line; std::getline(in, line);)
    if (line.find("pg_extension_config_dump(") == std::string::npos) script += line + "\n";
  return script;
}

}  // namespace

void InstallPgAgent(const PostgresServer& server, const std::string& database) {
  if (database != "postgres") server.Execute("CREATE DATABASE " + database);
  Connection session(server.Conninfo("postgres", database));
  session.Execute("CREATE SCHEMA pgagent");
  session.Execute(Script());
}

std::string PgAgentTables::Add(const std::string& name, const JobStep& step) {
  const std::string id = session_.Value(
      "INSERT INTO pgagent.pga_job (jobjclid, jobname) VALUES (1, " + Quoted(name) +
      ") RETURNING jobid");
  session_.Execute(
      "INSERT INTO pgagent.pga_jobstep (jstjobid, jstname, jstkind, jstcode, jstdbname, "
      "jstconnstr, jstonerror) VALUES (" +
      id + ", 'step', 's', " + Quoted(step.code) + ", " +
      Quoted(step.connection.empty() ? database_ : "") + ", " + Quoted(step.connection) + ", " +
      Quoted(step.on_error) + ")");
  return id;
}

void PgAgentTables::Due(const std::string& id, const std::string& since) {
  session_.Execute("UPDATE pgagent.pga_job SET jobnextrun = now() - interval " + Quoted(since) +
                   " WHERE jobid = " + id);
}

PgAgent::PgAgent(const PostgresServer& server, const std::string& database)
    : process_({.argv = {Installed("/usr/bin/pgagent"), "-f", "-t", "1", "-l", "0",
                         "host=" + server.socket_directory().string() +
                             " port=" + std::to_string(PostgresServer::port()) +
                             " user=postgres dbname=" + database},
                .as_server_user = true}) {}

}  // namespace pgfleet::test
