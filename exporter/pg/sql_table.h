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

// True when exactly one variant serves every major from the oldest supported one on. For
// static_assert.
constexpr bool HasNoGapAndNoOverlap(SqlTable table) {
  if (table.empty() || table.front().from != kOldestMajor || table.back().to != kLater)
    return false;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].from > table[i].to || table[i].sql.empty()) return false;
    if (i > 0 && table[i].from != table[i - 1].to + 1) return false;
  }
  return true;
}

// The variant for this server. Requires a table without gap; servers older than the oldest
// supported get its SQL.
constexpr std::string_view SqlFor(SqlTable table, int version_number) {
  for (const SqlVersion& variant : table)
    if (MajorOf(version_number) <= variant.to) return variant.sql;
  return table.back().sql;
}

}  // namespace pgfleet::pg
