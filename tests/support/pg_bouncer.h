#pragma once

#include <memory>
#include <string>

#include "support/files.h"
#include "support/postgres_server.h"
#include "support/process.h"

namespace pgfleet::test {

// A real PgBouncer before a real server, on a Unix socket in a directory of its own, with one
// server session for all clients of a user and database. Stopped at the end.
class PgBouncer {
 public:
  enum class Pooling { kSession, kTransaction };

  // Accepts sessions of postgres, mon and plain once constructed. Throws with the end of its log
  // when it does not.
  PgBouncer(const PostgresServer& server, Pooling pooling);

  const std::filesystem::path& socket_directory() const { return directory_.path(); }
  static constexpr int port() { return 6432; }
  std::string Conninfo(const std::string& user, const std::string& dbname = "postgres") const;

 private:
  TempDir directory_;
  std::unique_ptr<Process> process_;
};

}  // namespace pgfleet::test
