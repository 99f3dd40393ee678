#include "model/wal_file.h"

#include <algorithm>
#include <charconv>

namespace pgfleet::model {
namespace {

constexpr std::size_t kHexDigits = 8;

std::optional<std::uint64_t> Hex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (text.size() != kHexDigits || text.find_first_not_of(kDigits) != std::string_view::npos)
    return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return number;
}

bool IsBackupSuffix(std::string_view suffix) {
  return suffix.size() == 16 && suffix[0] == '.' && Hex(suffix.substr(1, kHexDigits)) &&
         suffix.substr(9) == ".backup";
}

}  // namespace

std::optional<Lsn> ArchivedEnd(std::string_view file, std::int64_t segment_bytes) {
  if (file.size() < 3 * kHexDigits || !Hex(file.substr(0, kHexDigits))) return std::nullopt;
  const auto log = Hex(file.substr(kHexDigits, kHexDigits));
  const auto segment = Hex(file.substr(2 * kHexDigits, kHexDigits));
  const std::string_view suffix = file.substr(3 * kHexDigits);
  const bool partial = suffix == ".partial";
  if (!log || !segment || !(suffix.empty() || partial || IsBackupSuffix(suffix)))
    return std::nullopt;
  const auto size = static_cast<std::uint64_t>(segment_bytes);
  return Lsn{(*log << 32) + (*segment + (partial ? 0 : 1)) * size};
}

std::optional<std::int64_t> TimelineOf(std::string_view file) {
  constexpr std::int64_t kAnySize = 1;
  if (!ArchivedEnd(file, kAnySize)) return std::nullopt;
  return static_cast<std::int64_t>(*Hex(file.substr(0, kHexDigits)));
}

Lsn SegmentStart(Lsn position, std::int64_t segment_bytes) {
  return {position.value - position.value % static_cast<std::uint64_t>(segment_bytes)};
}

std::int64_t CompleteSegments(Lsn archived_end, Lsn flushed, std::int64_t segment_bytes) {
  const auto size = static_cast<std::uint64_t>(segment_bytes);
  return std::max<std::int64_t>(
      0, static_cast<std::int64_t>(flushed.value / size - archived_end.value / size));
}

}  // namespace pgfleet::model
