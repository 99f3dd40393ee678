#pragma once

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <future>

namespace pgfleet::test {

// Runs one coroutine to its end on a loop of its own thread, the test's.
template <typename T>
T RunOn(asio::io_context& io, asio::awaitable<T> what) {
  std::future<T> answer = asio::co_spawn(io, std::move(what), asio::use_future);
  io.restart();
  io.run();
  return answer.get();
}

}  // namespace pgfleet::test
