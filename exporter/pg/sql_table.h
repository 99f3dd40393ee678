#pragma once

#include <limits>
#include <span>
#include <string_view>

namespace pgfleet::pg {

// Majors as people say them: 10, 15, 18; 9 stands for 9.6, the oldest that is supported.
inline constexpr int kOldestMajor = 9;
inline constexpr int kNewestKnownMajor = 18;
inline constexpr int kLater = std::numeric_limits<int>::max();  // "and every later one"

// server_version_num -> major: 90624 -> 9, 150018 -> 15.
constexpr int MajorOf(int version_number) { return version_number / 10000; }

// One variant of a query. All variants of a table return the same columns (`NULL AS x` where the
// server has none).
struct SqlVersion {
  int from = kOldestMajor;  // inclusive
  int to = kLater;          // inclusive
  std::string_view sql;
};

using SqlTable = std::span<const SqlVersion>;

// True when each major from the first variant's to the last one's is served by exactly one variant.
// For static_assert.
constexpr bool IsContiguous(SqlTable table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].from > table[i].to || table[i].sql.empty()) return false;
    if (i > 0 && table[i].from != table[i - 1].to + 1) return false;
  }
  return !table.empty();
}

// The same, for what every supported server has.
constexpr bool HasNoGapAndNoOverlap(SqlTable table) {
  return IsContiguous(table) && table.front().from == kOldestMajor && table.back().to == kLater;
}

// The variant for this server; empty where none serves it. Servers older than the oldest supported
// get its SQL.
constexpr std::string_view SqlFor(SqlTable table, int version_number) {
  const int major = MajorOf(version_number) < kOldestMajor ? kOldestMajor : MajorOf(version_number);
  for (const SqlVersion& variant : table)
    if (variant.from <= major && major <= variant.to) return variant.sql;
  return {};
}

}  // namespace pgfleet::pg
