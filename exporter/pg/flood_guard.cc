#include "pg/flood_guard.h"

#include <sys/socket.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace pgfleet::pg {

// The thread behind all guards of the process.
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
    }
    wake_.notify_one();
    thread_.join();
  }

  void Add(FloodGuard* guard) {
    const std::lock_guard lock(mutex_);
    reads_.insert(guard);
  }
  // The socket may be closed once this has returned.
  void Remove(FloodGuard* guard) {
    const std::lock_guard lock(mutex_);
    reads_.erase(guard);
  }
  bool Fired(const FloodGuard& guard) {
    const std::lock_guard lock(mutex_);
    return guard.fired_;
  }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, FloodGuard::kLongestRead / 4, [this] { return ending_; })) {
      const auto limit = std::chrono::steady_clock::now() - FloodGuard::kLongestRead;
      for (FloodGuard* read : reads_) {
        if (read->fired_ || read->began_ > limit) continue;
        read->fired_ = true;
        shutdown(read->socket_, SHUT_RDWR);
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::set<FloodGuard*> reads_;  // guarded by mutex_
  bool ending_ = false;          // guarded by mutex_
  std::thread thread_{[this] { Run(); }};
};

FloodGuard::FloodGuard(int socket) : socket_(socket), began_(std::chrono::steady_clock::now()) {
  FloodWatcher::Get().Add(this);
}

FloodGuard::~FloodGuard() { FloodWatcher::Get().Remove(this); }

bool FloodGuard::fired() const { return FloodWatcher::Get().Fired(*this); }

}  // namespace pgfleet::pg
