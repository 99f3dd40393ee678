#include "support/delay_proxy.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace pgfleet::test {
namespace {

constexpr std::size_t kMostHeld = std::size_t{64} << 20;
constexpr int kBacklog = 64;

std::filesystem::path SocketIn(const std::filesystem::path& directory) {
  return directory / ".s.PGSQL.5432";
}

sockaddr_un AddressOf(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.string().size() >= sizeof(address.sun_path))
    throw std::runtime_error("too long for a socket: " + path.string());
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  return address;
}

// The sockets API takes every kind of address by one pointer type.
const sockaddr* Generic(const sockaddr_un& address) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

Socket UnixSocket() {
  return Socket(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

DelayProxy::DelayProxy(const std::filesystem::path& server_directory, Milliseconds delay)
    : server_(SocketIn(server_directory)),
      delay_(delay),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  Listen();
  thread_ = std::thread([this] { Run(); });
}

DelayProxy::~DelayProxy() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    eventfd_write(wake_.descriptor(), 1);
  }
  thread_.join();
}

void DelayProxy::Listen() {
  const std::filesystem::path path = SocketIn(directory());
  const sockaddr_un address = AddressOf(path);
  listener_.emplace(UnixSocket());
  if (bind(listener_->descriptor(), Generic(address), sizeof(address)) != 0 ||
      listen(listener_->descriptor(), kBacklog) != 0)
    throw std::runtime_error("cannot listen on " + path.string() + ": " + std::strerror(errno));
  std::filesystem::permissions(path, std::filesystem::perms::all);  // servers are another user
}

void DelayProxy::Become(Mode mode) {
  const std::lock_guard lock(mutex_);
  if (mode == Mode::kRefusing) {
    pairs_.clear();
    listener_.reset();
    std::filesystem::remove(SocketIn(directory()));
  } else if (!listener_) {
    Listen();
  }
  mode_ = mode;
  eventfd_write(wake_.descriptor(), 1);
}

void DelayProxy::Run() {
  while (true) {
    Wait();
    const std::lock_guard lock(mutex_);
    if (stop_) return;
    if (mode_ != Mode::kOpen) continue;
    AcceptAll();
    std::erase_if(pairs_, [this](Pair& pair) { return !Pass(pair); });
  }
}

// Until something may be there to do. Nothing is concluded from what poll says: everything is
// tried.
void DelayProxy::Wait() {
  std::vector<pollfd> waits = {{wake_.descriptor(), POLLIN, 0}};
  auto due = Clock::time_point::max();
  {
    const std::lock_guard lock(mutex_);
    const auto add = [&](const Socket& socket, const Direction& in, const Direction& out) {
      const bool now = !out.chunks.empty() && out.chunks.front().due <= Clock::now();
      if (!out.chunks.empty() && !now) due = std::min(due, out.chunks.front().due);
      const int events = (!in.ended && in.held < kMostHeld ? POLLIN : 0) | (now ? POLLOUT : 0);
      if (events != 0) waits.push_back({socket.descriptor(), static_cast<short>(events), 0});
    };
    if (mode_ == Mode::kOpen) {
      waits.push_back({listener_->descriptor(), POLLIN, 0});
      for (const Pair& pair : pairs_) {
        add(pair.client, pair.there, pair.back);
        add(pair.server, pair.back, pair.there);
      }
    }
  }
  int timeout = -1;
  if (due != Clock::time_point::max()) {
    const auto left = std::chrono::ceil<Milliseconds>(due - Clock::now()).count();
    timeout = static_cast<int>(std::max<long>(0, left));
  }
  poll(waits.data(), waits.size(), timeout);
  eventfd_t ignored = 0;
  eventfd_read(wake_.descriptor(), &ignored);
}

void DelayProxy::AcceptAll() {
  while (true) {
    Socket client(accept4(listener_->descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (client.descriptor() < 0) return;
    Socket server = UnixSocket();
    const sockaddr_un address = AddressOf(server_);
    if (connect(server.descriptor(), Generic(address), sizeof(address)) == 0)
      pairs_.push_back({.client = std::move(client), .server = std::move(server)});
  }
}

// False when the connection is over.
bool DelayProxy::Pass(Pair& pair) const {
  Take(pair.there, pair.client);
  Take(pair.back, pair.server);
  return Deliver(pair.there, pair.server) && Deliver(pair.back, pair.client) &&
         !(pair.there.delivered && pair.back.delivered);
}

void DelayProxy::Take(Direction& direction, const Socket& from) const {
  std::array<char, 65536> buffer;
  while (!direction.ended && direction.held < kMostHeld) {
    const ssize_t got = recv(from.descriptor(), buffer.data(), buffer.size(), 0);
    if (got < 0 && WouldBlock()) return;
    const std::size_t bytes = got <= 0 ? 0 : static_cast<std::size_t>(got);
    direction.ended = bytes == 0;
    direction.held += bytes;
    direction.chunks.push_back(
        {.due = Clock::now() + delay_, .bytes = std::string(buffer.data(), bytes)});
  }
}

// False when the receiver is gone.
bool DelayProxy::Deliver(Direction& direction, const Socket& to) const {
  while (!direction.chunks.empty() && direction.chunks.front().due <= Clock::now()) {
    std::string& bytes = direction.chunks.front().bytes;
    if (bytes.empty()) {
      shutdown(to.descriptor(), SHUT_WR);
      direction.delivered = true;
    } else {
      const ssize_t sent = send(to.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) return WouldBlock();
      direction.held -= static_cast<std::size_t>(sent);
      bytes.erase(0, static_cast<std::size_t>(sent));
      if (!bytes.empty()) return true;
    }
    direction.chunks.pop_front();
  }
  return true;
}

}  // namespace pgfleet::test
