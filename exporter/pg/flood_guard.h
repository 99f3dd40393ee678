#pragma once

#include <chrono>

namespace pgfleet::pg {

// One read of libpq from one socket, watched from a thread of its own. libpq reads on as long as
// the kernel has more, so a server on the same machine that sends one endless message would hold
// the event loop, and with it every other node, until its message ends. After kLongestRead the
// guard shuts the socket down, and the read ends.
class FloodGuard {
 public:
  static constexpr std::chrono::milliseconds kLongestRead{100};

  explicit FloodGuard(int socket);
  ~FloodGuard();
  FloodGuard(const FloodGuard&) = delete;
  FloodGuard& operator=(const FloodGuard&) = delete;

  // Whether the guard had to end the read.
  bool fired() const;

 private:
  friend class FloodWatcher;
  const int socket_;
  const std::chrono::steady_clock::time_point began_;
  bool fired_ = false;  // guarded by the watcher's mutex
};

}  // namespace pgfleet::pg
