#include "log/stderr_sink.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <string>

#include "log/escape.h"

namespace pgfleet::log {
namespace {

bool IsWritable(int patience_ms) {
  pollfd wait{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  return ::poll(&wait, 1, patience_ms) == 1 && (wait.revents & POLLOUT) != 0;
}

std::string LostLine(bool json, std::size_t lost) {
  std::string line = json ? JsonHead(spdlog::level::warn) : LogfmtHead(spdlog::level::warn);
  const auto append = json ? &AppendJson : &AppendLogfmt;
  append(line, "msg", "log lines were lost");
  append(line, "lines", std::to_string(lost));
  return line + (json ? "}\n" : "\n");
}

}  // namespace

StderrSink::StderrSink() { std::signal(SIGPIPE, SIG_IGN); }

void StderrSink::sink_it_(const spdlog::details::log_msg& message) {
  std::string line(message.payload.data(), message.payload.size());
  Put(line += '\n');
}

void StderrSink::Put(std::string_view line) {
  std::string text = torn_ ? "\n" : "";
  if (lost_ > 0) text += LostLine(line.starts_with('{'), lost_);
  text += line;
  if (Write(text))
    lost_ = 0;
  else
    ++lost_;
}

bool StderrSink::Write(std::string_view bytes) {
  constexpr int kPatienceMs = 20;
  while (!bytes.empty()) {
    // A pipe that is ready takes PIPE_BUF bytes without blocking.
    if (!IsWritable(lost_ == 0 ? kPatienceMs : 0)) return false;
    const ssize_t sent =
        ::write(STDERR_FILENO, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    torn_ = bytes[static_cast<std::size_t>(sent) - 1] != '\n';
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace pgfleet::log
