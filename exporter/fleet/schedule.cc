#include "fleet/schedule.h"

#include <algorithm>

namespace pgfleet::fleet {

void Backoff::Failed(SteadyTime now, Milliseconds longest) {
  constexpr Milliseconds kFirst{1000};
  const Milliseconds full = std::min(longest, kFirst * (1 << std::min(failures_, 4)));
  std::uniform_int_distribution<std::int64_t> shorter(full.count() * 4 / 5, full.count());
  next_ = now + Milliseconds(shorter(random_));
  ++failures_;
}

}  // namespace pgfleet::fleet
