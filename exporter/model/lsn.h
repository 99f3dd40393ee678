#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pgfleet::model {

// A WAL position of one timeline, in bytes from its beginning. PostgreSQL writes it as two
// hexadecimal halves
// ("16/B374D848"). Kept as an integer: differences of positions must be exact.
struct Lsn {
  std::uint64_t value = 0;

  // Absent for anything that is not exactly PostgreSQL's form.
  static std::optional<Lsn> Parse(std::string_view text);

  auto operator<=>(const Lsn&) const = default;
};

// Bytes from `from` to `to`; negative when `to` lies before `from`. Never clamped: a standby ahead
// of its primary has diverged, and that must stay visible.
constexpr std::int64_t Distance(Lsn from, Lsn to) {
  return static_cast<std::int64_t>(to.value - from.value);
}

}  // namespace pgfleet::model
