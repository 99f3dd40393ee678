#pragma once

#include <chrono>
#include <optional>

namespace pgfleet::pg {

// The reads of libpq from one socket, watched from a thread of its own. libpq reads on as long as
// the kernel has more, so a server on the same machine that sends one endless message would hold
// the event loop, and with it every other node, until its message ends. Where a read takes longer
// than kLongestRead, and at the latest at twice that, the guard shuts the socket down, and the read
// ends. It lives for one poll: to begin to watch, and to end it, costs a system call; each read
// costs none.
class FloodGuard {
 public:
  static constexpr std::chrono::milliseconds kLongestRead{100};

  FloodGuard() = default;
  ~FloodGuard();
  FloodGuard(const FloodGuard&) = delete;
  FloodGuard& operator=(const FloodGuard&) = delete;

  // Before and after each read. The socket may be closed after End, which says whether the guard
  // had to end the read.
  void Begin(int socket);
  bool End();

 private:
  friend class FloodWatcher;
  // Begin and End write the first two, the watcher the last, under the watcher's mutex.
  int socket_ = -1;
  std::optional<std::chrono::steady_clock::time_point> reads_since_;
  bool fired_ = false;
};

}  // namespace pgfleet::pg
