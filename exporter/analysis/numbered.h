#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace pgfleet::analysis {

// The label itself for the first that has it, "label#2" for the second: two things of one name stay
// two series.
inline std::string Numbered(std::string_view label, std::set<std::string, std::less<>>& taken) {
  std::string candidate(label);
  for (int number = 2; !taken.insert(candidate).second; ++number)
    candidate = std::string(label).append("#").append(std::to_string(number));
  return candidate;
}

}  // namespace pgfleet::analysis
