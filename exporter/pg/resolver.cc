#include "pg/resolver.h"

#include <netdb.h>

#include <array>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace pgfleet::pg {
namespace {

using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;
constexpr auto kWait = asio::experimental::as_tuple(asio::use_awaitable);
constexpr auto kTimeToLive = 60s;

std::string NumericHost(const addrinfo& info) {
  std::array<char, NI_MAXHOST> text{};
  getnameinfo(info.ai_addr, info.ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
  return text.data();
}

std::expected<Resolver::Addresses, std::string> LookUp(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  if (const int code = getaddrinfo(host.c_str(), nullptr, &hints, &list); code != 0)
    return std::unexpected(gai_strerror(code));
  Resolver::Addresses addresses;
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next)
    addresses.push_back(NumericHost(*info));
  freeaddrinfo(list);
  return addresses;
}

}  // namespace

// Shared with its threads, which may outlive the resolver inside getaddrinfo.
struct Resolver::Pool {
  std::mutex mutex;
  std::condition_variable work;
  std::deque<std::function<void()>> jobs;
  bool stopping = false;

  static void Run(const std::shared_ptr<Pool>& pool) {
    for (;;) {
      std::unique_lock lock(pool->mutex);
      pool->work.wait(lock, [&] { return pool->stopping || !pool->jobs.empty(); });
      if (pool->stopping) return;
      const auto job = std::move(pool->jobs.front());
      pool->jobs.pop_front();
      lock.unlock();
      job();
    }
  }

  void Add(std::function<void()> job) {
    const std::lock_guard lock(mutex);
    jobs.push_back(std::move(job));
    work.notify_one();
  }

  // Runs `post` only while the loop is certain to exist: Stop() comes before the loop's end.
  void IfNotStopping(const std::function<void()>& post) {
    const std::lock_guard lock(mutex);
    if (!stopping) post();
  }

  void Stop() {
    const std::lock_guard lock(mutex);
    stopping = true;
    jobs.clear();
    work.notify_all();
  }
};

Resolver::Resolver(asio::any_io_executor loop, std::size_t threads)
    : loop_(std::move(loop)),
      pool_(std::make_shared<Pool>()),
      alive_(std::make_shared<bool>(true)) {
  for (std::size_t i = 0; i < threads; ++i)
    std::thread([pool = pool_] { Pool::Run(pool); }).detach();
}

Resolver::~Resolver() {
  *alive_ = false;
  pool_->Stop();
}

asio::awaitable<std::expected<Resolver::Addresses, std::string>> Resolver::Resolve(
    std::string host, TimePoint deadline) {
  Entry& entry = entries_[host];
  const bool known = !entry.addresses.empty();
  const bool old = entry.answered + kTimeToLive < std::chrono::steady_clock::now();
  if (!entry.asking && (old || !known)) Ask(host, entry);
  if (known) co_return entry.addresses;

  asio::steady_timer limit(loop_, deadline);
  const auto answer = entry.answer;
  co_await (answer->async_wait(kWait) || limit.async_wait(kWait));
  const Entry& now = entries_[host];
  if (!now.addresses.empty()) co_return now.addresses;
  co_return std::unexpected(now.asking ? std::string("the name server did not answer in time")
                                       : now.error);
}

void Resolver::Ask(const std::string& host, Entry& entry) {
  entry.asking = true;
  entry.answer = std::make_shared<asio::steady_timer>(loop_, TimePoint::max());
  // `alive` is read on the loop only, where the resolver ends too.
  pool_->Add([this, host, loop = loop_, alive = alive_, pool = pool_] {
    auto answer = LookUp(host);
    pool->IfNotStopping([&] {
      asio::post(loop, [this, host, alive, answer = std::move(answer)]() mutable {
        if (*alive) Answer(host, std::move(answer));
      });
    });
  });
}

void Resolver::Answer(const std::string& host, std::expected<Addresses, std::string> answer) {
  Entry& entry = entries_[host];
  entry.asking = false;
  entry.answered = std::chrono::steady_clock::now();
  if (answer) {
    entry.addresses = std::move(*answer);
  } else {
    entry.error = std::move(answer.error());
  }
  entry.answer->cancel();
}

}  // namespace pgfleet::pg
