#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace pgfleet::pg {

// Host names to addresses, off the event loop: getaddrinfo blocks, for minutes when a name server
// is silent. A few threads ask; answers are kept for a minute, and an old answer serves while a new
// one is being asked for, so that a dead name server costs no node that was reached before. All
// methods belong to the event loop's thread.
class Resolver {
 public:
  using Addresses = std::vector<std::string>;  // numeric, in getaddrinfo's order
  using TimePoint = std::chrono::steady_clock::time_point;

  Resolver(asio::any_io_executor loop, std::size_t threads);
  ~Resolver();  // a thread that hangs in getaddrinfo is left behind, not waited for
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // The error is getaddrinfo's own words, or that no answer came in time.
  asio::awaitable<std::expected<Addresses, std::string>> Resolve(std::string host,
                                                                 TimePoint deadline);

 private:
  struct Entry {
    Addresses addresses;
    std::string error;
    TimePoint answered{};  // zero: never
    bool asking = false;
    std::shared_ptr<asio::steady_timer> answer;  // cancelled when the answer is there
  };
  struct Pool;

  void Ask(const std::string& host, Entry& entry);
  void Answer(const std::string& host, std::expected<Addresses, std::string> answer);

  asio::any_io_executor loop_;
  std::map<std::string, Entry> entries_;
  std::shared_ptr<Pool> pool_;
  std::shared_ptr<bool> alive_;  // answers that come after the end find it false
};

}  // namespace pgfleet::pg
