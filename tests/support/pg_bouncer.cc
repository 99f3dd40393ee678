#include "support/pg_bouncer.h"

#include <stdexcept>

namespace pgfleet::test {
namespace {

std::filesystem::path Program() {
  const std::filesystem::path program = "/usr/sbin/pgbouncer";
  if (std::filesystem::exists(program)) return program;
  throw std::runtime_error("PgBouncer is not installed (no " + program.string() +
                           "): run `make setup`");
}

std::string Settings(const PostgresServer& server, const std::filesystem::path& directory,
                     PgBouncer::Pooling pooling) {
  const bool by_transaction = pooling == PgBouncer::Pooling::kTransaction;
  return "[databases]\n* = host=" + server.socket_directory().string() +
         " port=" + std::to_string(PostgresServer::port()) +
         "\n[pgbouncer]\nlisten_addr =\nlisten_port = " + std::to_string(PgBouncer::port()) +
         "\nunix_socket_dir = " + directory.string() +
         "\nauth_type = trust\nauth_file = " + (directory / "users").string() +
         "\nadmin_users = postgres\npool_mode = " + (by_transaction ? "transaction" : "session") +
         // A session is kept by its client, so each needs one of its own.
         "\ndefault_pool_size = " + (by_transaction ? "1" : "5") + "\n";
}

}  // namespace

PgBouncer::PgBouncer(const PostgresServer& server, Pooling pooling) {
  const auto settings = directory_.path() / "pgbouncer.ini";
  const auto log = directory_.path() / "log";
  WriteFile(directory_.path() / "users", "\"postgres\" \"\"\n\"mon\" \"\"\n\"plain\" \"\"\n");
  WriteFile(settings, Settings(server, directory_.path(), pooling));
  process_ = std::make_unique<Process>(
      Command{.argv = {Program(), settings}, .output = log, .as_server_user = true});
  if (!WaitUntil([&] { return Accepts(Conninfo("postgres")) || !process_->Running(); }) ||
      !process_->Running())
    throw std::runtime_error("PgBouncer does not accept sessions; its log ends:\n" + Tail(log));
}

std::string PgBouncer::Conninfo(const std::string& user, const std::string& dbname) const {
  return "host=" + directory_.path().string() + " port=" + std::to_string(port()) +
         " user=" + user + " dbname=" + dbname + " connect_timeout=10";
}

}  // namespace pgfleet::test
