#include "http/words.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <string_view>

namespace pgfleet::http {
namespace {

struct Unit {
  double from = 0;  // used for amounts of at least so much
  double size = 1;
  std::string_view name;
};
// A minute is told in seconds as long as the seconds matter.
constexpr std::array<Unit, 5> kTimes = {
    {{172'800, 86'400, "d"}, {7200, 3600, "h"}, {120, 60, "min"}, {1, 1, "s"}, {0, 1e-3, "ms"}}};
constexpr std::array<Unit, 5> kSizes = {{{0x1p40, 0x1p40, "TB"},
                                         {0x1p30, 0x1p30, "GB"},
                                         {0x1p20, 0x1p20, "MB"},
                                         {0x1p10, 0x1p10, "kB"},
                                         {0, 1, "B"}}};

// Two figures tell enough: 1.2, 12, 120.
template <std::size_t N>
std::string Text(double amount, const std::array<Unit, N>& units) {
  const auto unit = std::ranges::find_if(
      units, [&](const Unit& candidate) { return std::abs(amount) >= candidate.from; });
  const double count = amount / unit->size;
  const bool whole = std::abs(count) >= 10 || count == std::floor(count);
  return fmt::format("{:.{}f} {}", count, whole ? 0 : 1, unit->name);
}

}  // namespace

std::string SecondsText(double seconds) { return Text(seconds, kTimes); }

std::string BytesText(double bytes) { return Text(bytes, kSizes); }

std::string AgoText(model::Duration age) {
  const double seconds = std::max(model::Seconds(age), 0.0);
  return seconds < 1 ? "just now" : SecondsText(std::floor(seconds)) + " ago";
}

std::string UtcText(model::Wall time) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", std::chrono::floor<std::chrono::seconds>(time));
}

}  // namespace pgfleet::http
