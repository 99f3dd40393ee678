#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace pgfleet::collectors {

// Joins texts at compile time, so that the variants of a query share what they have in common:
//   constexpr std::string_view kHead = "SELECT ";
//   constexpr std::string_view kAll = kJoin<kHead, kTail>;
// The parts must be objects of static storage.
template <const std::string_view&... kParts>
struct Joined {
  static constexpr auto kText = [] {
    std::array<char, (kParts.size() + ...)> text{};
    auto* at = text.data();
    ((at = std::copy(kParts.begin(), kParts.end(), at)), ...);
    return text;
  }();
  static constexpr std::string_view kView{kText.data(), kText.size()};
};

template <const std::string_view&... kParts>
inline constexpr std::string_view kJoin = Joined<kParts...>::kView;

}  // namespace pgfleet::collectors
