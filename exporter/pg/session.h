#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pg/conninfo.h"
#include "pg/failure.h"
#include "pg/rows.h"

struct pg_conn;
struct pg_result;

namespace pgfleet::pg {

class FloodGuard;

struct Statement {
  std::string_view name;  // of the prepared statement, which lives as long as the session; empty:
                          // not prepared
  std::string_view sql;   // read-only, without parameters
};

struct Outcome {
  std::expected<Rows, StatementFailure> rows;
  std::chrono::nanoseconds duration{};  // from the answer before (or the sending) to this one
};

struct RunResult {
  std::vector<Outcome>
      outcomes;  // one per statement, in order; those never answered carry the session's failure
  std::optional<Failure> failure;     // set: the session is closed
  std::chrono::nanoseconds waited{};  // then: for the first answer that did not come
};

// One connection to one server, driven by one coroutine at a time on the event loop. Every wait
// ends at the caller's deadline; a missed deadline closes the socket, because nothing else stops a
// hung server (PQcancel blocks, and statement_timeout is kept by the very process that hangs).
// Calls none of libpq's blocking functions.
class Session {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // How long the parts of an Open took; 0 for one that was not reached or not needed.
  struct Phases {
    std::chrono::nanoseconds connect{};       // until the network has a connection
    std::chrono::nanoseconds tls{};           // encryption, GSSAPI's too
    std::chrono::nanoseconds authenticate{};  // until the server takes statements
    std::chrono::nanoseconds prepare{};       // the settings of the session
  };

  explicit Session(asio::any_io_executor loop);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Opens the connection and prepares the session: search_path empty, read-only, lock and idle
  // timeouts, our application_name; all by SET, because values in the startup packet would taint
  // pg_settings.reset_val. Through a pooler nothing is set, because others get the server's session
  // after us. `address` overrides hostaddr where the target's name was resolved; empty otherwise.
  asio::awaitable<std::expected<void, Failure>> Open(const Target& target,
                                                     const std::string& address,
                                                     TimePoint deadline);

  // Sends all statements as one pipeline, each with a sync point of its own, so that a failing one
  // costs only itself. `statement_timeout` is what the server is told; it should lie under the
  // deadline. Through a pooler each statement is a transaction that carries its settings with it,
  // and nothing is prepared. Requires is_open().
  asio::awaitable<RunResult> Run(std::span<const Statement> statements,
                                 std::chrono::milliseconds statement_timeout, TimePoint deadline);

  // Closes at once, without a word to the server that could block. Safe at any time on the loop's
  // thread; a Run or Open under way then ends with reason `lost`.
  void Close();

  // Close(), and then waits until the server has ended its side too, `deadline` at the latest: only
  // then does the session no longer count among those that the role may have. Close() ends the
  // wait.
  asio::awaitable<void> Leave(TimePoint deadline);

  bool is_open() const { return open_; }
  const Phases& phases() const { return phases_; }        // of the last Open
  int server_version() const { return server_version_; }  // server_version_num; 0 before Open
  // A connection pooler stands between: the backend that answers is not the one that let us in.
  bool is_pooled() const { return pooled_; }

 private:
  struct Progress;
  enum class Wait : unsigned char { kReady, kDeadline, kClosed };

  void SetDeadline(TimePoint deadline);  // for every Ready() from now on
  asio::awaitable<Wait> Ready(bool for_write);
  asio::awaitable<std::expected<void, Failure>> Handshake();
  std::chrono::nanoseconds& PhaseUnderWay();
  asio::awaitable<std::expected<void, Failure>> PrepareSession(TimePoint deadline);
  asio::awaitable<std::optional<Failure>> Flush();
  asio::awaitable<std::optional<Failure>> FillInput(FloodGuard& guard);
  asio::awaitable<std::optional<Failure>> ReadAll(Progress& progress);
  bool Send(std::span<const Statement> statements, std::chrono::milliseconds statement_timeout,
            Progress& progress);
  bool SendTimeout(std::chrono::milliseconds statement_timeout, Progress& progress);
  bool SendUnprepared(std::string_view sql);
  bool SendPrepared(const Statement& statement, Progress& progress);
  bool SendPooled(const Statement& statement, std::chrono::milliseconds statement_timeout,
                  Progress& progress);
  bool Handle(pg_result* result, Progress& progress);
  static Failure WithLastWord(Failure failure, const Progress& progress);
  bool CountInput(std::size_t limit);
  void Rebind();
  Failure Lost(std::string_view phase) const;
  Failure WaitFailed(Wait wait, std::string_view phase) const;

  asio::any_io_executor loop_;
  asio::posix::stream_descriptor socket_;  // libpq owns the descriptor itself
  asio::steady_timer alarm_;               // cancels the socket's wait at the deadline
  TimePoint deadline_;
  const std::shared_ptr<const Session*> alive_ = std::make_shared<const Session*>(this);
  pg_conn* connection_ = nullptr;
  bool open_ = false;
  Phases phases_;
  bool pooled_ = false;
  bool raw_encoding_ =
      false;  // ask for bytes as they are stored: conversion failed on this server before
  int server_version_ = 0;
  std::size_t received_ = 0;  // bytes since Open or Run began
  std::chrono::milliseconds statement_timeout_{-1};
  std::set<std::string, std::less<>> prepared_;
};

}  // namespace pgfleet::pg
