#include "pg/flood_guard.h"

#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <mutex>
#include <set>
#include <thread>

namespace pgfleet::pg {

// The thread behind all guards of the process. It sleeps on a timer that runs only while something
// is read, so that it wakes for a flood and for nothing else.
class FloodWatcher {
 public:
  static FloodWatcher& Get() {
    static FloodWatcher watcher;
    return watcher;
  }

  ~FloodWatcher() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      SetTimer(std::chrono::nanoseconds(1));
    }
    thread_.join();
    close(timer_);
  }

  void Add(FloodGuard* guard) {
    const std::lock_guard lock(mutex_);
    if (reads_.empty()) SetTimer(FloodGuard::kLongestRead);
    reads_.insert(guard);
  }
  // The socket may be closed once this has returned.
  void Remove(FloodGuard* guard) {
    const std::lock_guard lock(mutex_);
    reads_.erase(guard);
    if (reads_.empty() && !ending_) SetTimer({});
  }
  bool Fired(const FloodGuard& guard) {
    const std::lock_guard lock(mutex_);
    return guard.fired_;
  }

 private:
  // Zero: never.
  void SetTimer(std::chrono::nanoseconds after) const {
    itimerspec time{};
    time.it_value.tv_sec = after.count() / 1'000'000'000;
    time.it_value.tv_nsec = after.count() % 1'000'000'000;
    timerfd_settime(timer_, 0, &time, nullptr);
  }

  void Run() {
    for (;;) {
      std::uint64_t times = 0;
      const auto got = read(timer_, &times, sizeof times);
      const std::lock_guard lock(mutex_);
      if (ending_ || (got < 0 && errno != EINTR)) return;
      EndLongReads();
    }
  }

  void EndLongReads() {
    const auto limit = std::chrono::steady_clock::now() - FloodGuard::kLongestRead;
    for (FloodGuard* read : reads_) {
      if (read->fired_ || read->began_ > limit) continue;
      read->fired_ = true;
      shutdown(read->socket_, SHUT_RDWR);
    }
    if (!reads_.empty()) SetTimer(FloodGuard::kLongestRead / 4);
  }

  std::mutex mutex_;
  std::set<FloodGuard*> reads_;  // guarded by mutex_
  bool ending_ = false;          // guarded by mutex_
  const int timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  std::thread thread_{[this] { Run(); }};
};

FloodGuard::FloodGuard(int socket) : socket_(socket), began_(std::chrono::steady_clock::now()) {
  FloodWatcher::Get().Add(this);
}

FloodGuard::~FloodGuard() { FloodWatcher::Get().Remove(this); }

bool FloodGuard::fired() const { return FloodWatcher::Get().Fired(*this); }

}  // namespace pgfleet::pg
