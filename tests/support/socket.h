#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "support/wait.h"

namespace pgfleet::test {

// A blocking TCP socket, closed at the end.
class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  int descriptor() const { return descriptor_; }
  // False when the other side is gone.
  bool SendAll(std::string_view bytes) const;
  // Exactly so many bytes; absent when the other side ends before.
  std::optional<std::string> Receive(std::size_t bytes) const;
  // All until the other side closes. Throws at the deadline.
  std::string ReceiveAll(Clock::time_point deadline) const;
  // Ends both directions, so that a thread waiting on it wakes up.
  void Shutdown() const;

 private:
  int descriptor_;
};

// Throws when nobody listens.
Socket ConnectLoopback(int port);

struct Listener {
  Socket socket;
  int port;
};

// Listens on 127.0.0.1 on a free port.
Listener ListenLoopback(int backlog);

// An address that swallows connection attempts: it listens, its backlog is full, nobody accepts.
class BlackHole {
 public:
  BlackHole();
  int port() const { return listener_.port; }

 private:
  Listener listener_;
  Socket first_, second_;
};

}  // namespace pgfleet::test
