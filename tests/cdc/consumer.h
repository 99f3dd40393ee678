#pragma once

#include <libpq-fe.h>

#include <filesystem>
#include <memory>
#include <string>

#include "support/postgres_server.h"

namespace pgfleet::test {

// A real consumer of a slot of test_decoding in the database `shop`: Debian's pg_recvlogical, which
// writes what it gets to a file and confirms it every second.
class Consumer {
 public:
  explicit Consumer(const PostgresServer& server);

  // Rows that it has written.
  std::size_t Rows() const;
  void Stall() const { process_->Signal(SIGSTOP); }
  void GoOn() const { process_->Signal(SIGCONT); }
  void Die() { process_->Kill(); }
  bool Running() { return process_->Running(); }
  std::string Log() const { return ReadFile(directory_.path() / "log"); }

 private:
  TempDir directory_;
  std::unique_ptr<Process> process_;
};

// Reads the slot by the replication protocol, and never says a word.
class SilentConsumer {
 public:
  explicit SilentConsumer(const PostgresServer& server);

  // Takes what there is; how many rows it has had so far.
  std::size_t Take();

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  std::size_t rows_ = 0;
};

}  // namespace pgfleet::test
