#pragma once

#include <chrono>
#include <functional>

namespace pgfleet::test {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

// What a test allows for things that take milliseconds on an idle machine.
inline constexpr Milliseconds kPatience{30000};

// Asks every `step` until the answer is yes. False when `patience` is over.
bool WaitUntil(const std::function<bool()>& done, Milliseconds patience = kPatience,
               Milliseconds step = Milliseconds(10));

// Seconds since `start`.
double SecondsSince(Clock::time_point start);

}  // namespace pgfleet::test
