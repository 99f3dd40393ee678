#include "pg/session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/use_awaitable.hpp>
#include <cerrno>

namespace pgfleet::pg {
namespace {

using namespace asio::experimental::awaitable_operators;
using model::DownReason;
using Clock = std::chrono::steady_clock;

constexpr auto kWait = asio::experimental::as_tuple(asio::use_awaitable);

// What a login may weigh before the server is held to be mad; an honest one needs a few kB.
constexpr std::size_t kMaxLoginBytes = 256U << 10U;
constexpr int kKernelBuffer = 64 << 10;

struct SessionSetting {
  std::string_view name;
  std::string_view value;
  int since = 0;  // server_version_num
};
// From 14 on a backend can notice within seconds that we closed a stalled session, and the server
// may have a limit for idle sessions that is shorter than a lane's interval.
constexpr std::array kSessionSettings = {
    SessionSetting{"search_path", ""},
    SessionSetting{"application_name", "pgfleet_exporter"},
    SessionSetting{"default_transaction_read_only", "on"},
    SessionSetting{"lock_timeout", "500ms"},
    SessionSetting{"idle_in_transaction_session_timeout", "10s"},
    SessionSetting{"client_connection_check_interval", "1s", 140000},
    SessionSetting{"idle_session_timeout", "0", 140000},
};

// One row, whose first column is false where the backend is not the one that let us in: then a
// pooler stands between, and nothing was set, because the next client would inherit it (and could
// write no more).
std::string PrepareSql(int backend_pid, int server_version, std::string_view encoding) {
  std::string sql = "SELECT p.own";
  const auto set = [&](std::string_view name, std::string_view value) {
    sql += fmt::format(", CASE WHEN p.own THEN pg_catalog.set_config('{}', '{}', false) END", name,
                       value);
  };
  for (const SessionSetting& setting : kSessionSettings)
    if (server_version >= setting.since) set(setting.name, setting.value);
  set("client_encoding", encoding);
  return sql + fmt::format(" FROM (SELECT pg_catalog.pg_backend_pid() = {} AS own OFFSET 0) p",
                           backend_pid);
}

}  // namespace

Session::Session(asio::any_io_executor loop)
    : loop_(std::move(loop)), socket_(loop_), alarm_(loop_) {}

Session::~Session() { Close(); }

void Session::Close() {
  if (socket_.is_open()) socket_.release();  // cancels waits; libpq closes the descriptor
  alarm_.cancel();
  if (connection_ != nullptr) PQfinish(connection_);
  connection_ = nullptr;
  open_ = false;
  prepared_.clear();
  pooled_ = false;
  statement_timeout_ = std::chrono::milliseconds(-1);
}

asio::awaitable<void> Session::Leave(TimePoint deadline) {
  const int copy =
      connection_ == nullptr ? -1 : fcntl(PQsocket(connection_), F_DUPFD_CLOEXEC, /*at least=*/0);
  Close();
  if (copy < 0) co_return;
  asio::posix::stream_descriptor rest(loop_, copy);
  alarm_.expires_at(deadline);
  std::array<char, 4096> last_words{};
  for (bool open = true; open;) {
    const auto woken =
        co_await (rest.async_wait(asio::posix::stream_descriptor::wait_read, kWait) ||
                  alarm_.async_wait(kWait));
    if (woken.index() != 0 || std::get<0>(std::get<0>(woken))) co_return;
    const auto got = recv(copy, last_words.data(), last_words.size(), MSG_DONTWAIT);
    open = got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
  }
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

// One timer for all waits of an operation: a timer of its own for each costs more than the wait.
void Session::SetDeadline(TimePoint deadline) {
  deadline_ = deadline;
  alarm_.expires_at(deadline);
  alarm_.async_wait([alive = std::weak_ptr(alive_), this](const asio::error_code& cancelled) {
    // It may have been on its way already when the deadline was moved, or the session destroyed.
    if (cancelled || alive.expired() || Clock::now() < deadline_) return;
    asio::error_code ignored;
    socket_.cancel(ignored);
  });
}

asio::awaitable<Session::Wait> Session::Ready(bool for_write) {
  if (Clock::now() >= deadline_) co_return Wait::kDeadline;
  const auto [error] =
      co_await socket_.async_wait(for_write ? asio::posix::stream_descriptor::wait_write
                                            : asio::posix::stream_descriptor::wait_read,
                                  kWait);
  if (connection_ == nullptr) co_return Wait::kClosed;
  if (!error) co_return Wait::kReady;
  // A descriptor that cannot be watched would be "ready" for ever.
  co_return Clock::now() >= deadline_ ? Wait::kDeadline : Wait::kClosed;
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
  SetDeadline(deadline);
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

  phases_ = {};
  const auto began = Clock::now();
  connection_ = PQconnectStartParams(keys.data(), values.data(), 0);
  phases_.connect = Clock::now() - began;  // all of it for a Unix socket
  received_ = 0;
  std::expected<void, Failure> opened =
      std::unexpected(Failure{DownReason::kOther, "connect", "", "out of memory"});
  if (connection_ != nullptr) opened = co_await Handshake();
  if (opened) {
    const auto connected = Clock::now();
    opened = co_await PrepareSession(deadline);
    phases_.prepare = Clock::now() - connected;
  }
  alarm_.cancel();
  if (opened) {
    open_ = true;
  } else {
    Close();
  }
  co_return opened;
}

std::chrono::nanoseconds& Session::PhaseUnderWay() {
  switch (PQstatus(connection_)) {
    case CONNECTION_NEEDED:
    case CONNECTION_STARTED:
      return phases_.connect;
    case CONNECTION_SSL_STARTUP:
    case CONNECTION_GSS_STARTUP:
      return phases_.tls;
    default:
      return phases_.authenticate;
  }
}

asio::awaitable<std::expected<void, Failure>> Session::Handshake() {
  PQsetErrorVerbosity(connection_,
                      PQERRORS_VERBOSE);  // the only way to the SQLSTATE of a failed login
  PQsetNoticeReceiver(connection_, [](void*, const PGresult*) {}, nullptr);
  if (PQstatus(connection_) == CONNECTION_BAD) co_return std::unexpected(Lost("connect"));
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  while (next != PGRES_POLLING_OK) {
    Rebind();
    const auto began = Clock::now();
    auto& phase = PhaseUnderWay();
    const Wait wait = co_await Ready(next == PGRES_POLLING_WRITING);
    phase += Clock::now() - began;
    if (wait != Wait::kReady) co_return std::unexpected(WaitFailed(wait, "connect"));
    if (!CountInput(kMaxLoginBytes))
      co_return std::unexpected(
          Failure{DownReason::kLimit, "connect", "", "the login answer is too large"});
    const auto read = Clock::now();
    next = PQconnectPoll(connection_);
    phase += Clock::now() - read;
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
      PrepareSql(PQbackendPID(connection_), server_version_, raw ? "SQL_ASCII" : "UTF8");
  const Statement statement{.name = {}, .sql = sql};
  RunResult result = co_await Run({&statement, 1}, std::chrono::milliseconds(0), deadline);
  if (result.failure) {
    result.failure->phase = "prepare_session";
    co_return std::unexpected(*result.failure);
  }
  const auto& rows = result.outcomes.front().rows;
  if (!rows)
    co_return std::unexpected(Failure{DownReason::kOther, "prepare_session", rows.error().sqlstate,
                                      rows.error().message});
  pooled_ = rows->size() == 1 && rows->string(0, 0) == "f";
  co_return std::expected<void, Failure>{};
}

}  // namespace pgfleet::pg
