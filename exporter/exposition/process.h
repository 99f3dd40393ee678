#pragma once

#include <optional>

namespace pgfleet::exposition {

// What the kernel says of this process. Unknown is absent.
struct ProcessFacts {
  std::optional<double> cpu_seconds;  // user and system
  std::optional<double> resident_bytes;
  std::optional<double> virtual_bytes;
  std::optional<double> open_fds;
  std::optional<double> max_fds;
  std::optional<double> start_time;  // seconds since the epoch
  std::optional<double> threads;
};

// Reads /proc/self and the resource limits. Any thread.
ProcessFacts ReadProcess();

}  // namespace pgfleet::exposition
