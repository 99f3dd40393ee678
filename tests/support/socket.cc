#include "support/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace pgfleet::test {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// The sockets API takes every kind of address by one pointer type.
sockaddr* Generic(sockaddr_in& address) {
  return static_cast<sockaddr*>(static_cast<void*>(&address));
}

// Starts to connect and does not wait: the kernel may never answer.
Socket BeginConnect(int port) {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address = Loopback(port);
  connect(socket.descriptor(), Generic(address), sizeof(address));
  return socket;
}

}  // namespace

Socket::~Socket() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool Socket::SendAll(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::optional<std::string> Socket::Receive(std::size_t bytes) const {
  std::string result(bytes, '\0');
  std::size_t have = 0;
  while (have < bytes) {
    const ssize_t got = recv(descriptor_, result.data() + have, bytes - have, 0);
    if (got <= 0) return std::nullopt;
    have += static_cast<std::size_t>(got);
  }
  return result;
}

std::string Socket::ReceiveAll(Clock::time_point deadline) const {
  std::string result;
  std::string buffer(65536, '\0');
  while (true) {
    const auto left = std::chrono::duration_cast<Milliseconds>(deadline - Clock::now()).count();
    pollfd wait{descriptor_, POLLIN, 0};
    if (left <= 0 || poll(&wait, 1, static_cast<int>(left)) == 0)
      throw std::runtime_error("no whole answer in time; so far:\n" + result);
    const ssize_t got = recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got <= 0) return result;
    result.append(buffer, 0, static_cast<std::size_t>(got));
  }
}

void Socket::Shutdown() const { shutdown(descriptor_, SHUT_RDWR); }

Socket ConnectLoopback(int port) {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = Loopback(port);
  if (connect(socket.descriptor(), Generic(address), sizeof(address)) != 0)
    throw std::runtime_error("nobody listens on port " + std::to_string(port) + ": " +
                             std::strerror(errno));
  return socket;
}

Listener ListenLoopback(int backlog) {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof(address);
  if (bind(socket.descriptor(), Generic(address), sizeof(address)) != 0 ||
      listen(socket.descriptor(), backlog) != 0 ||
      getsockname(socket.descriptor(), Generic(address), &length) != 0)
    throw std::runtime_error(std::string("cannot listen: ") + std::strerror(errno));
  return {std::move(socket), ntohs(address.sin_port)};
}

// A backlog of 0 holds one connection; the kernel drops the SYN of the next.
BlackHole::BlackHole()
    : listener_(ListenLoopback(0)),
      first_(BeginConnect(listener_.port)),
      second_(BeginConnect(listener_.port)) {}

}  // namespace pgfleet::test
