#include "support/wait.h"

#include <thread>

namespace pgfleet::test {

bool WaitUntil(const std::function<bool()>& done, Milliseconds patience, Milliseconds step) {
  const auto end = Clock::now() + patience;
  while (!done()) {
    if (Clock::now() >= end) return false;
    std::this_thread::sleep_for(step);
  }
  return true;
}

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace pgfleet::test
