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

// The thread behind all guards of the process. It sleeps on a timer that runs only while a poll has
// begun to read and not ended, so that in a healthy fleet, whose polls end sooner, it never wakes.
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

  void Begin(FloodGuard& guard, int socket) {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    if (guards_.empty()) SetTimer(FloodGuard::kLongestRead);
    guards_.insert(&guard);
    guard.socket_ = socket;
    guard.reads_since_ = now;
  }
  bool End(FloodGuard& guard) {
    const std::lock_guard lock(mutex_);
    guard.reads_since_.reset();
    return guard.fired_;
  }
  void Remove(FloodGuard& guard) {
    const std::lock_guard lock(mutex_);
    if (guards_.erase(&guard) != 0 && guards_.empty() && !ending_) SetTimer({});
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
    bool reading = false;
    for (FloodGuard* guard : guards_) {
      if (!guard->reads_since_ || guard->fired_) continue;
      reading = true;
      if (*guard->reads_since_ > limit) continue;
      guard->fired_ = true;
      shutdown(guard->socket_, SHUT_RDWR);
    }
    if (!guards_.empty()) SetTimer(FloodGuard::kLongestRead / (reading ? 4 : 1));
  }

  std::mutex mutex_;
  std::set<FloodGuard*> guards_;  // guarded by mutex_
  bool ending_ = false;           // guarded by mutex_
  const int timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  std::thread thread_{[this] { Run(); }};
};

FloodGuard::~FloodGuard() {
  if (socket_ >= 0) FloodWatcher::Get().Remove(*this);
}

void FloodGuard::Begin(int socket) { FloodWatcher::Get().Begin(*this, socket); }

bool FloodGuard::End() { return FloodWatcher::Get().End(*this); }

}  // namespace pgfleet::pg
