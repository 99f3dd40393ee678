#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "truth/plays.h"

namespace pgfleet::test {

// One test of the acts of one major: its parameter, and a part of its name.
struct Performance {
  int major = 0;
  Act act;

  std::string Name() const;  // 15_receiver_dead_load
};
std::vector<Performance> Performances();
void PrintTo(const Performance& performance, std::ostream* out);

// What was seen. The first that is asked for of a major begins all its plays that the filter of the
// tests selects; they run side by side, because they mostly wait. Throws what went wrong in the
// play.
std::vector<Look> LooksOf(const Performance& performance);

}  // namespace pgfleet::test
