#include "cli/notify.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace pgfleet::cli {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread starts
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

Notifier Notifier::FromEnvironment() {
  Notifier notifier;
  notifier.socket_ = Variable("NOTIFY_SOCKET");
  const std::string allowed = Variable("WATCHDOG_USEC");
  std::int64_t microseconds = 0;
  const auto [end, error] =
      std::from_chars(allowed.data(), allowed.data() + allowed.size(), microseconds);
  if (error == std::errc{} && microseconds > 1)
    notifier.watchdog_interval_ = std::chrono::microseconds(microseconds / 2);
  return notifier;
}

void Notifier::Reloading() const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  Send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                   std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
}

void Notifier::Send(std::string_view state) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof(address.sun_path)) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // the abstract name space
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // A supervisor that does not listen is not our problem: the worst is that it restarts us.
  sendto(fd, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
         reinterpret_cast<const sockaddr*>(&address), length);
  close(fd);
}

}  // namespace pgfleet::cli
