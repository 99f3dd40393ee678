#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace pgfleet::fleet {

using SteadyTime = std::chrono::steady_clock::time_point;
using Milliseconds = std::chrono::milliseconds;

// The common beat of a cluster: all its nodes are asked on the same ticks, so that their answers
// can be compared.
struct Beat {
  SteadyTime epoch;

  // The first tick of this interval strictly after `now`.
  SteadyTime NextAfter(SteadyTime now, Milliseconds interval) const {
    if (now < epoch) return epoch;
    return epoch + ((now - epoch) / interval + 1) * interval;
  }
};

// When a node that does not answer is tried again: after 1, 2, 4, 8 and then every 10 s, one that
// says at once that it is not there yet every 2 s; each shortened by up to a fifth at random, so
// that a fleet that lost its network does not come back in one stroke.
class Backoff {
 public:
  explicit Backoff(std::uint32_t seed) : random_(seed) {}

  bool Ready(SteadyTime now) const { return now >= next_; }
  static constexpr Milliseconds kLongest{10'000};
  static constexpr Milliseconds kLongestSoon{2'000};

  void Failed(SteadyTime now, Milliseconds longest = kLongest);
  void Succeeded() {
    failures_ = 0;
    next_ = {};
  }

 private:
  std::minstd_rand random_;
  int failures_ = 0;
  SteadyTime next_{};
};

}  // namespace pgfleet::fleet
