#pragma once

#include <deque>
#include <filesystem>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "support/files.h"
#include "support/socket.h"

namespace pgfleet::test {

// A slow network to one server, in user space: listens on the Unix socket `.s.PGSQL.5432` of a
// directory of its own and passes everything on to that of the server's directory, each byte held
// back for `delay` on its way there and again on its way back. Order is kept and nothing else is
// limited.
class DelayProxy {
 public:
  explicit DelayProxy(const std::filesystem::path& server_directory,
                      Milliseconds delay = Milliseconds(0));
  ~DelayProxy();
  DelayProxy(const DelayProxy&) = delete;
  DelayProxy& operator=(const DelayProxy&) = delete;

  // What clients name as the host.
  const std::filesystem::path& directory() const { return directory_.path(); }

  // Nothing passes from now on, and nobody is told: a cable was pulled. What was sent meanwhile
  // passes after Heal.
  void Cut() { Become(Mode::kCut); }
  // Ends all connections and takes no new ones: the host is up and nobody listens.
  void Refuse() { Become(Mode::kRefusing); }
  void Heal() { Become(Mode::kOpen); }

 private:
  enum class Mode { kOpen, kCut, kRefusing };
  struct Chunk {
    Clock::time_point due;
    std::string bytes;  // empty: the end
  };
  struct Direction {
    bool ended = false;      // the sender sends no more
    bool delivered = false;  // and the receiver has it all
    std::deque<Chunk> chunks{};
    std::size_t held = 0;
  };
  struct Pair {
    Socket client, server;
    Direction there{}, back{};
  };

  void Become(Mode mode);
  void Listen();
  void Run();
  void Wait();
  void AcceptAll();
  bool Pass(Pair& pair) const;
  void Take(Direction& direction, const Socket& from) const;
  bool Deliver(Direction& direction, const Socket& to) const;

  std::filesystem::path server_;
  Milliseconds delay_;
  TempDir directory_;
  Socket wake_;  // an eventfd
  std::mutex mutex_;
  Mode mode_ = Mode::kOpen;
  bool stop_ = false;
  std::optional<Socket> listener_{};
  std::list<Pair> pairs_{};
  std::thread thread_{};
};

}  // namespace pgfleet::test
