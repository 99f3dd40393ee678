#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace pgfleet::fleet {

// Reads a disk that may hang: every read has a thread of its own, one at a time, and nobody ever
// waits for it. A dead mount holds that thread for ever and nothing else. Event loop's thread only.
class DiskTask {
 public:
  explicit DiskTask(asio::any_io_executor loop) : gate_(std::make_shared<Gate>(std::move(loop))) {}
  ~DiskTask() { gate_->Close(); }
  DiskTask(const DiskTask&) = delete;
  DiskTask& operator=(const DiskTask&) = delete;

  // Runs `read` on the thread, then `done` with its answer on the loop; `read` owns all that it
  // uses. False, and nothing happens, while the one before has not come back. Once this object is
  // gone, `done` is not called any more.
  template <typename Read, typename Done>
  bool Begin(Read read, Done done) {
    if (*running_) return false;
    *running_ = true;
    Detach([gate = gate_, running = running_, read = std::move(read),
            done = std::move(done)]() mutable {
      gate->Post([gate, running, answer = read(), done = std::move(done)]() mutable {
        *running = false;
        if (gate->IsOpen()) done(std::move(answer));
      });
    });
    return true;
  }

  bool running() const { return *running_; }

 private:
  // The way back to the loop, until the loop may be gone.
  class Gate {
   public:
    explicit Gate(asio::any_io_executor loop) : loop_(std::move(loop)) {}
    template <typename F>
    void Post(F what) {
      const std::lock_guard lock(mutex_);
      if (loop_) asio::post(*loop_, std::move(what));
    }
    bool IsOpen() {
      const std::lock_guard lock(mutex_);
      return loop_.has_value();
    }
    void Close() {
      const std::lock_guard lock(mutex_);
      loop_.reset();
    }

   private:
    std::mutex mutex_;
    std::optional<asio::any_io_executor> loop_;
  };

  static void Detach(std::function<void()> work);

  std::shared_ptr<Gate> gate_;
  std::shared_ptr<bool> running_ = std::make_shared<bool>(false);  // loop's thread
};

}  // namespace pgfleet::fleet
