#include "fleet/connect_gate.h"

#include <algorithm>
#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

namespace pgfleet::fleet {

asio::awaitable<ConnectGate::Pass> ConnectGate::Enter() {
  const auto now = std::chrono::steady_clock::now();
  const SteadyTime turn = std::max(now, next_);
  next_ = turn + spacing_;
  asio::steady_timer timer(loop_);
  if (turn > now) {
    timer.expires_at(turn);
    co_await timer.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
  }
  while (*under_way_ >= most_) {
    timer.expires_after(spacing_);
    co_await timer.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
  }
  co_return Pass(under_way_);
}

}  // namespace pgfleet::fleet
