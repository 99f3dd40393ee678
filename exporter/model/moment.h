#pragma once

#include <chrono>

namespace pgfleet::model {

using Monotonic = std::chrono::steady_clock::time_point;
using Wall = std::chrono::system_clock::time_point;
using Duration = std::chrono::nanoseconds;

constexpr double Seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// When something last went well, by both clocks: ages are monotonic, timestamps that people read
// are not.
struct Moment {
  Monotonic monotonic;
  Wall wall;
};

// The server answered at some instant within it.
struct Span {
  Monotonic began, ended;

  Monotonic midpoint() const { return began + (ended - began) / 2; }
};

}  // namespace pgfleet::model
