// The half of Session that asks: a pipeline out, its answers in.
#include <fmt/format.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

#include "pg/flood_guard.h"
#include "pg/session.h"

namespace pgfleet::pg {
namespace {

using model::DownReason;
using model::FailureReason;
using Clock = std::chrono::steady_clock;
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

// What a poll may weigh before the server is held to be mad; the largest honest one (tens of
// thousands of roles) needs a few MB.
constexpr std::size_t kMaxPollBytes = 16U << 20U;
constexpr int kMaxRows = 50'000;

// Holds back what is sent until it is whole. libpq sends at every sync point, and each send would
// be a packet of its own and wake the server for one statement. A Unix socket has no packets to
// spare.
class Cork {
 public:
  explicit Cork(int socket) : socket_(socket) { Set(1); }
  ~Cork() { Set(0); }
  Cork(const Cork&) = delete;
  Cork& operator=(const Cork&) = delete;

 private:
  void Set(int corked) const { setsockopt(socket_, IPPROTO_TCP, TCP_CORK, &corked, sizeof corked); }
  int socket_;
};

std::string OneLine(const char* message) {
  return ParseVerbose(message == nullptr ? std::string_view{} : std::string_view(message)).text;
}

// A process that outlives its postmaster says admin_shutdown as well, though nobody told it to go:
// then it speaks from where it waited for its client, and crash_shutdown is what it means.
bool OutlivesItsPostmaster(const PGresult* result, std::string_view code) {
  const char* function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
  return code == "57P01" && function != nullptr &&
         std::string_view(function) != "ProcessInterrupts";
}

std::string SqlState(const PGresult* result) {
  const char* code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (code == nullptr) return {};  // a rogue server or a pooler may give none
  return OutlivesItsPostmaster(result, code) ? "57P02" : code;
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

bool Session::SendUnprepared(std::string_view sql) {
  return PQsendQueryParams(connection_, std::string(sql).c_str(), 0, nullptr, nullptr, nullptr,
                           nullptr, 0) == 1;
}

bool Session::SendTimeout(std::chrono::milliseconds statement_timeout, Progress& progress) {
  if (statement_timeout.count() <= 0 || statement_timeout == statement_timeout_) return true;
  if (!SendUnprepared(fmt::format("SET statement_timeout = {}", statement_timeout.count())) ||
      PQpipelineSync(connection_) != 1)
    return false;
  progress.steps.push_back({.is_setting = true, .prepares = false, .name = {}});
  statement_timeout_ = statement_timeout;
  return true;
}

bool Session::SendPrepared(const Statement& statement, Progress& progress) {
  const std::string name(statement.name);
  const bool prepares = !name.empty() && !prepared_.contains(name);
  if (prepares &&
      PQsendPrepare(connection_, name.c_str(), std::string(statement.sql).c_str(), 0, nullptr) != 1)
    return false;
  const bool sent = name.empty() ? SendUnprepared(statement.sql)
                                 : PQsendQueryPrepared(connection_, name.c_str(), 0, nullptr,
                                                       nullptr, nullptr, 0) == 1;
  if (!sent || PQpipelineSync(connection_) != 1) return false;
  progress.steps.push_back({.is_setting = false, .prepares = prepares, .name = statement.name});
  return true;
}

// Both between two sync points, so that they are one transaction on one backend: the settings end
// with it.
bool Session::SendPooled(const Statement& statement, std::chrono::milliseconds statement_timeout,
                         Progress& progress) {
  const std::string settings = fmt::format(
      "SELECT pg_catalog.set_config('search_path', '', true),"
      " pg_catalog.set_config('transaction_read_only', 'on', true),"
      " pg_catalog.set_config('lock_timeout', '500ms', true),"
      " pg_catalog.set_config('statement_timeout', '{}ms', true)",
      statement_timeout.count());
  if (!SendUnprepared(settings) || !SendUnprepared(statement.sql) ||
      PQpipelineSync(connection_) != 1)
    return false;
  progress.steps.push_back({.is_setting = false, .prepares = false, .name = statement.name});
  return true;
}

bool Session::Send(std::span<const Statement> statements,
                   std::chrono::milliseconds statement_timeout, Progress& progress) {
  const auto send = [&](const Statement& statement) {
    return pooled_ ? SendPooled(statement, statement_timeout, progress)
                   : SendPrepared(statement, progress);
  };
  const Cork cork(PQsocket(connection_));
  return (pooled_ || SendTimeout(statement_timeout, progress)) &&
         std::ranges::all_of(statements, send);
}

asio::awaitable<std::optional<Failure>> Session::Flush() {
  for (;;) {
    const int flushed = PQflush(connection_);
    if (flushed == 0) co_return std::nullopt;
    if (flushed < 0) co_return Lost("query");
    const Wait wait = co_await Ready(/*for_write=*/true);
    if (wait != Wait::kReady) co_return WaitFailed(wait, "query");
  }
}

asio::awaitable<std::optional<Failure>> Session::FillInput(FloodGuard& guard) {
  while (PQisBusy(connection_) != 0) {
    const Wait wait = co_await Ready(/*for_write=*/false);
    if (wait != Wait::kReady) co_return WaitFailed(wait, "query");
    const bool within = CountInput(kMaxPollBytes);
    guard.Begin(PQsocket(connection_));
    const bool read = within && PQconsumeInput(connection_) == 1;
    if (guard.End() || !within)
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
        progress.last = now;  // the way there and back belongs to the first statement
      }
      progress.answer.reset();
      ++progress.current;
      return true;
    }
    default:
      return false;
  }
}

// The server's last word (57P01 and the like) says more than "closed the connection".
Failure Session::WithLastWord(Failure failure, const Progress& progress) {
  if (failure.reason != DownReason::kLost || !progress.answer || *progress.answer) return failure;
  const StatementFailure& word = progress.answer->error();
  if (word.sqlstate.empty()) return failure;
  failure.sqlstate = word.sqlstate;
  failure.message = word.message;
  failure.reason = ClassifyConnection(word.sqlstate, word.message);
  return failure;
}

asio::awaitable<std::optional<Failure>> Session::ReadAll(Progress& progress) {
  FloodGuard guard;
  while (!progress.done()) {
    // Most answers came with the one before.
    if (PQisBusy(connection_) != 0)
      if (auto failure = co_await FillInput(guard))
        co_return WithLastWord(std::move(*failure), progress);
    const bool in_step = Handle(PQgetResult(connection_), progress);
    if (PQstatus(connection_) == CONNECTION_BAD) co_return WithLastWord(Lost("query"), progress);
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
  SetDeadline(deadline);
  RunResult result;
  if (connection_ == nullptr) {
    result.failure = Failure{DownReason::kLost, "query", "", "the session is closed"};
  } else if (!Send(statements, statement_timeout, progress)) {
    result.failure = Lost("query");
  } else {
    result.failure = co_await Flush();
    if (!result.failure) result.failure = co_await ReadAll(progress);
  }
  alarm_.cancel();
  result.outcomes = std::move(progress.outcomes);
  if (result.failure) {
    result.waited = Clock::now() - progress.last;
    while (result.outcomes.size() < statements.size())
      result.outcomes.push_back({std::unexpected(AsStatementFailure(*result.failure)), {}});
    Close();
  } else if (std::ranges::any_of(result.outcomes, NeedsNewSession)) {
    Close();  // the next poll opens one that knows better
  }
  co_return result;
}

}  // namespace pgfleet::pg
