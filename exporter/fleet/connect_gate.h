#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <memory>

#include "fleet/schedule.h"

namespace pgfleet::fleet {

// Spreads connects over time for the whole fleet: a login costs 3 ms of CPU on the loop (SCRAM), so
// a storm of a thousand of them would stall every pulse. At most `most` are under way at once, and
// they start at least `spacing` apart. Event loop's thread only.
class ConnectGate {
 public:
  class Pass {
   public:
    Pass() = default;
    explicit Pass(std::shared_ptr<int> under_way) : under_way_(std::move(under_way)) {
      ++*under_way_;
    }
    Pass(Pass&&) = default;
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (under_way_) --*under_way_;
    }

   private:
    std::shared_ptr<int> under_way_;
  };

  ConnectGate(asio::any_io_executor loop, int most, Milliseconds spacing)
      : loop_(std::move(loop)), most_(most), spacing_(spacing) {}

  // Waits for a turn; the turn ends with the pass.
  asio::awaitable<Pass> Enter();

 private:
  asio::any_io_executor loop_;
  int most_;
  Milliseconds spacing_;
  SteadyTime next_{};
  std::shared_ptr<int> under_way_ = std::make_shared<int>(0);
};

}  // namespace pgfleet::fleet
