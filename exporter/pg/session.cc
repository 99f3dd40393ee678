#include "pg/session.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/use_awaitable.hpp>

#include "pg/flood_guard.h"

namespace pgfleet::pg {
namespace {

using namespace asio::experimental::awaitable_operators;
using model::DownReason;
using model::FailureReason;
using Clock = std::chrono::steady_clock;
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

constexpr auto kWait = asio::experimental::as_tuple(asio::use_awaitable);

// What one answer may weigh before the server is held to be mad. A login needs a few kB; the
// largest honest poll (tens of thousands of roles) a few MB.
constexpr std::size_t kMaxLoginBytes = 256U << 10U;
constexpr std::size_t kMaxPollBytes = 16U << 20U;
constexpr int kMaxRows = 50'000;
constexpr int kKernelBuffer = 64 << 10;

// From 14 on a backend can notice within seconds that we closed a stalled session, and the server
// may have a limit for idle sessions that is shorter than a lane's interval.
constexpr std::string_view kPrepareSession =
    "SELECT pg_catalog.set_config('search_path', '', false),"
    " pg_catalog.set_config('application_name', 'pgfleet_exporter', false),"
    " pg_catalog.set_config('default_transaction_read_only', 'on', false),"
    " pg_catalog.set_config('lock_timeout', '500ms', false),"
    " pg_catalog.set_config('idle_in_transaction_session_timeout', '10s', false),"
    " pg_catalog.set_config('client_encoding', '{}', false){}";
constexpr std::string_view kPrepareSession14 =
    ", pg_catalog.set_config('client_connection_check_interval', '1s', false)"
    ", pg_catalog.set_config('idle_session_timeout', '0', false)";

std::string OneLine(const char* message) {
  return ParseVerbose(message == nullptr ? std::string_view{} : std::string_view(message)).text;
}

std::string SqlState(const PGresult* result) {
  const char* code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return code == nullptr ? std::string()
                         : std::string(code);  // a rogue server or a pooler may give none
}

Rows CopyRows(const PGresult* result) {
  Rows rows;
  const int columns = PQnfields(result);
  rows.SetColumns(static_cast<std::size_t>(columns));
  for (int row = 0; row < PQntuples(result); ++row) {
    for (int column = 0; column < columns; ++column) {
      if (PQgetisnull(result, row, column) != 0) {
        rows.AppendNull();
      } else {
        rows.Append({PQgetvalue(result, row, column),
                     static_cast<std::size_t>(PQgetlength(result, row, column))});
      }
    }
  }
  return rows;
}

// A statement that the server lost, or already has, under our name: somebody stands between, or
// said DEALLOCATE.
bool IsNameFailure(std::string_view sqlstate) { return sqlstate == "26000" || sqlstate == "42P05"; }

bool IsEncodingFailure(std::string_view sqlstate) {
  return sqlstate == "22021" || sqlstate == "22P05";
}

bool NeedsNewSession(const Outcome& outcome) {
  return !outcome.rows && (IsEncodingFailure(outcome.rows.error().sqlstate) ||
                           IsNameFailure(outcome.rows.error().sqlstate));
}

}  // namespace

// Where a pipeline stands: which answers are still to come, and when the last one came.
struct Session::Progress {
  struct Step {
    bool is_setting = false;  // the leading SET statement_timeout; has no outcome
    bool prepares = false;    // its first result is that of Parse
    std::string_view name;
  };
  std::vector<Step> steps;
  std::size_t current = 0;
  std::optional<std::expected<Rows, StatementFailure>> answer;
  Clock::time_point last = Clock::now();
  std::vector<Outcome> outcomes;
  int empty_reads = 0;

  bool done() const { return current == steps.size(); }
};

Session::Session(asio::any_io_executor loop)
    : loop_(std::move(loop)), socket_(loop_), timer_(loop_) {}

Session::~Session() { Close(); }

void Session::Close() {
  if (socket_.is_open()) socket_.release();  // cancels waits; libpq closes the descriptor
  timer_.cancel();
  if (connection_ != nullptr) PQfinish(connection_);
  connection_ = nullptr;
  open_ = false;
  prepared_.clear();
  statement_timeout_ = std::chrono::milliseconds(-1);
}

// libpq may change its socket while it connects, even to one with the same number, so the binding
// is made anew.
void Session::Rebind() {
  if (socket_.is_open()) socket_.release();
  if (const int fd = PQsocket(connection_); fd >= 0) {
    // libpq reads on as long as the kernel has more, past any limit of ours; with little room in
    // the kernel it comes back often enough for CountInput to stop a flood.
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kKernelBuffer, sizeof kKernelBuffer);
    asio::error_code ignored;
    socket_.assign(fd, ignored);
  }
}

asio::awaitable<Session::Wait> Session::Ready(bool for_write, TimePoint deadline) {
  if (Clock::now() >= deadline) co_return Wait::kDeadline;
  const auto type = for_write ? asio::posix::stream_descriptor::wait_write
                              : asio::posix::stream_descriptor::wait_read;
  timer_.expires_at(deadline);
  const auto woken = co_await (socket_.async_wait(type, kWait) || timer_.async_wait(kWait));
  if (connection_ == nullptr) co_return Wait::kClosed;
  // A descriptor that cannot be watched would be "ready" for ever.
  if (woken.index() == 0 && std::get<0>(std::get<0>(woken))) co_return Wait::kClosed;
  co_return woken.index() == 0 ? Wait::kReady : Wait::kDeadline;
}

Failure Session::WaitFailed(Wait wait, std::string_view phase) const {
  if (wait == Wait::kClosed)
    return {DownReason::kLost, std::string(phase), "",
            "the session was closed on the exporter's side"};
  return {DownReason::kTimeout, std::string(phase), "", "no answer within the deadline"};
}

Failure Session::Lost(std::string_view phase) const {
  const VerboseMessage parsed = ParseVerbose(PQerrorMessage(connection_));
  return {ClassifyConnection(parsed.sqlstate, parsed.text), std::string(phase), parsed.sqlstate,
          parsed.text};
}

// False when what waits in the socket would exceed the limit: libpq buffers without bounds, so we
// look before it reads.
bool Session::CountInput(std::size_t limit) {
  int waiting = 0;
  if (ioctl(PQsocket(connection_), FIONREAD, &waiting) == 0)
    received_ += static_cast<std::size_t>(waiting);
  return received_ <= limit;
}

asio::awaitable<std::expected<void, Failure>> Session::Open(const Target& target,
                                                            const std::string& address,
                                                            TimePoint deadline) {
  Close();
  std::vector<const char*> keys;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : target.keywords) {
    keys.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  if (!address.empty()) {
    keys.push_back("hostaddr");
    values.push_back(address.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);

  connection_ = PQconnectStartParams(keys.data(), values.data(), 0);
  received_ = 0;
  std::expected<void, Failure> opened =
      std::unexpected(Failure{DownReason::kOther, "connect", "", "out of memory"});
  if (connection_ != nullptr) opened = co_await Handshake(deadline);
  if (opened) opened = co_await PrepareSession(deadline);
  if (opened) {
    open_ = true;
  } else {
    Close();
  }
  co_return opened;
}

asio::awaitable<std::expected<void, Failure>> Session::Handshake(TimePoint deadline) {
  PQsetErrorVerbosity(connection_,
                      PQERRORS_VERBOSE);  // the only way to the SQLSTATE of a failed login
  PQsetNoticeReceiver(connection_, [](void*, const PGresult*) {}, nullptr);
  if (PQstatus(connection_) == CONNECTION_BAD) co_return std::unexpected(Lost("connect"));
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  while (next != PGRES_POLLING_OK) {
    Rebind();
    const Wait wait = co_await Ready(next == PGRES_POLLING_WRITING, deadline);
    if (wait != Wait::kReady) co_return std::unexpected(WaitFailed(wait, "connect"));
    if (!CountInput(kMaxLoginBytes))
      co_return std::unexpected(
          Failure{DownReason::kLimit, "connect", "", "the login answer is too large"});
    next = PQconnectPoll(connection_);
    if (next == PGRES_POLLING_FAILED) co_return std::unexpected(Lost("connect"));
  }
  Rebind();
  server_version_ = PQserverVersion(connection_);
  if (PQsetnonblocking(connection_, 1) != 0 || PQenterPipelineMode(connection_) != 1)
    co_return std::unexpected(Lost("connect"));
  co_return std::expected<void, Failure>{};
}

asio::awaitable<std::expected<void, Failure>> Session::PrepareSession(TimePoint deadline) {
  // A SQL_ASCII database may hold any bytes in a name; asking for UTF8 would fail the whole
  // statement.
  const char* encoding = PQparameterStatus(connection_, "server_encoding");
  const bool raw =
      raw_encoding_ || (encoding != nullptr && std::string_view(encoding) == "SQL_ASCII");
  const std::string sql =
      fmt::format(kPrepareSession, raw ? "SQL_ASCII" : "UTF8",
                  server_version_ >= 140000 ? kPrepareSession14 : std::string_view{});
  const Statement statement{.name = "pgfleet_session", .sql = sql};
  RunResult result = co_await Run({&statement, 1}, std::chrono::milliseconds(0), deadline);
  if (result.failure) {
    result.failure->phase = "prepare_session";
    co_return std::unexpected(*result.failure);
  }
  if (const auto& rows = result.outcomes.front().rows; !rows)
    co_return std::unexpected(Failure{DownReason::kOther, "prepare_session", rows.error().sqlstate,
                                      rows.error().message});
  co_return std::expected<void, Failure>{};
}

bool Session::Send(std::span<const Statement> statements,
                   std::chrono::milliseconds statement_timeout, Progress& progress) {
  if (statement_timeout.count() > 0 && statement_timeout != statement_timeout_) {
    const std::string set = fmt::format("SET statement_timeout = {}", statement_timeout.count());
    if (PQsendQueryParams(connection_, set.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) !=
            1 ||
        PQpipelineSync(connection_) != 1)
      return false;
    progress.steps.push_back({.is_setting = true, .prepares = false, .name = {}});
    statement_timeout_ = statement_timeout;
  }
  for (const Statement& statement : statements) {
    const std::string name(statement.name);
    const bool prepares = !prepared_.contains(name);
    if (prepares && PQsendPrepare(connection_, name.c_str(), std::string(statement.sql).c_str(), 0,
                                  nullptr) != 1)
      return false;
    if (PQsendQueryPrepared(connection_, name.c_str(), 0, nullptr, nullptr, nullptr, 0) != 1 ||
        PQpipelineSync(connection_) != 1)
      return false;
    progress.steps.push_back({.is_setting = false, .prepares = prepares, .name = statement.name});
  }
  return true;
}

asio::awaitable<std::optional<Failure>> Session::Flush(TimePoint deadline) {
  for (;;) {
    const int flushed = PQflush(connection_);
    if (flushed == 0) co_return std::nullopt;
    if (flushed < 0) co_return Lost("query");
    const Wait wait = co_await Ready(/*for_write=*/true, deadline);
    if (wait != Wait::kReady) co_return WaitFailed(wait, "query");
  }
}

asio::awaitable<std::optional<Failure>> Session::FillInput(TimePoint deadline) {
  while (PQisBusy(connection_) != 0) {
    const Wait wait = co_await Ready(/*for_write=*/false, deadline);
    if (wait != Wait::kReady) co_return WaitFailed(wait, "query");
    const FloodGuard guard(PQsocket(connection_));
    const bool within = CountInput(kMaxPollBytes);
    const bool read = within && PQconsumeInput(connection_) == 1;
    if (!within || guard.fired())
      co_return Failure{DownReason::kLimit, "query", "",
                        "the answer is larger than a poll may be (16 MB)"};
    if (!read) co_return Lost("query");
  }
  co_return std::nullopt;
}

// Takes one result into the progress. False when it is none that may come here: the protocol is out
// of step.
bool Session::Handle(PGresult* raw, Progress& progress) {
  const Result result(raw, &PQclear);
  if (!result)
    return ++progress.empty_reads < 3;  // ends one query; twice in a row only around a sync
  progress.empty_reads = 0;
  Progress::Step& step = progress.steps[progress.current];
  switch (PQresultStatus(result.get())) {
    case PGRES_COMMAND_OK:
      if (step.prepares) prepared_.emplace(step.name);
      return true;
    case PGRES_TUPLES_OK:
      // A flood that arrived in one read is noticed only here.
      if (PQntuples(result.get()) > kMaxRows || PQresultMemorySize(result.get()) > kMaxPollBytes) {
        progress.answer = std::unexpected(
            StatementFailure{FailureReason::kLimit, "", "more rows or bytes than a poll may have"});
      } else {
        progress.answer = CopyRows(result.get());
      }
      return true;
    case PGRES_FATAL_ERROR: {
      const std::string code = SqlState(result.get());
      raw_encoding_ = raw_encoding_ || IsEncodingFailure(code);
      progress.answer = std::unexpected(StatementFailure{
          ClassifyStatement(code), code, OneLine(PQresultErrorMessage(result.get()))});
      return true;
    }
    case PGRES_PIPELINE_ABORTED:
      return true;
    case PGRES_PIPELINE_SYNC: {
      const auto now = Clock::now();
      if (!step.is_setting) {
        if (!progress.answer) return false;
        progress.outcomes.push_back({std::move(*progress.answer), now - progress.last});
      }
      progress.answer.reset();
      progress.last = now;
      ++progress.current;
      return true;
    }
    default:
      return false;
  }
}

asio::awaitable<std::optional<Failure>> Session::ReadAll(Progress& progress, TimePoint deadline) {
  while (!progress.done()) {
    if (auto failure = co_await FillInput(deadline)) co_return failure;
    const bool in_step = Handle(PQgetResult(connection_), progress);
    if (PQstatus(connection_) == CONNECTION_BAD) {
      // The server's last word (57P01 and the like) says more than "closed the connection".
      Failure failure = Lost("query");
      if (progress.answer && !*progress.answer && !progress.answer->error().sqlstate.empty()) {
        failure.sqlstate = progress.answer->error().sqlstate;
        failure.message = progress.answer->error().message;
        failure.reason = ClassifyConnection(failure.sqlstate, failure.message);
      }
      co_return failure;
    }
    if (!in_step)
      co_return Failure{DownReason::kProtocol, "query", "", "an answer that fits no statement"};
  }
  co_return std::nullopt;
}

asio::awaitable<RunResult> Session::Run(std::span<const Statement> statements,
                                        std::chrono::milliseconds statement_timeout,
                                        TimePoint deadline) {
  Progress progress;
  received_ = 0;
  RunResult result;
  if (connection_ == nullptr) {
    result.failure = Failure{DownReason::kLost, "query", "", "the session is closed"};
  } else if (!Send(statements, statement_timeout, progress)) {
    result.failure = Lost("query");
  } else {
    result.failure = co_await Flush(deadline);
    if (!result.failure) result.failure = co_await ReadAll(progress, deadline);
  }
  result.outcomes = std::move(progress.outcomes);
  if (result.failure) {
    while (result.outcomes.size() < statements.size())
      result.outcomes.push_back({std::unexpected(AsStatementFailure(*result.failure)), {}});
    Close();
  } else if (std::ranges::any_of(result.outcomes, NeedsNewSession)) {
    Close();  // the next poll opens one that knows better
  }
  co_return result;
}

}  // namespace pgfleet::pg
