#include "archive/file_name.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace pgfleet::archive {
namespace {

constexpr std::size_t kHexDigits = 8;
constexpr std::size_t kSegmentDigits = 3 * kHexDigits;

struct Suffix {
  std::string_view text;
  Packing packing;
};
constexpr std::array kSuffixes = {
    Suffix{".gz", Packing::kGzip},   Suffix{".zst", Packing::kZstd}, Suffix{".lz4", Packing::kLz4},
    Suffix{".bz2", Packing::kBzip2}, Suffix{".xz", Packing::kXz},    Suffix{".lzo", Packing::kLzo},
    Suffix{".br", Packing::kBrotli},
};

// What copying programs and PostgreSQL's own marks end in.
constexpr std::array<std::string_view, 10> kTemporaryEnds = {
    ".tmp", ".temp", ".part", ".filepart", ".ready", ".done", ".new", ".copy", ".swp", "~"};
constexpr std::string_view kBasicArchive = "archtemp.";  // of contrib/basic_archive

std::optional<std::uint32_t> Hex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (text.size() != kHexDigits || text.find_first_not_of(kDigits) != std::string_view::npos)
    return std::nullopt;
  std::uint32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return number;
}

bool IsTemporary(std::string_view name) {
  if (name.starts_with(kBasicArchive) || name.starts_with('.')) return true;  // ".NAME.XXXXXX"
  return std::ranges::any_of(kTemporaryEnds, [&](auto end) { return name.ends_with(end); });
}

Packing Strip(std::string_view& name) {
  for (const auto& [text, packing] : kSuffixes)
    if (name.ends_with(text)) {
      name.remove_suffix(text.size());
      return packing;
    }
  return Packing::kPlain;
}

// The kind that the rest of a name after a segment's digits stands for.
FileKind KindOf(std::string_view rest) {
  if (rest.empty()) return FileKind::kSegment;
  if (rest == ".partial") return FileKind::kPartial;
  const bool is_backup = rest.size() == 16 && rest[0] == '.' && Hex(rest.substr(1, kHexDigits)) &&
                         rest.substr(1 + kHexDigits) == ".backup";
  return is_backup ? FileKind::kBackup : FileKind::kForeign;
}

// `name` without what a packing program put behind it.
FileName Parse(std::string_view name) {
  FileName parsed;
  const auto timeline = Hex(name.substr(0, kHexDigits));
  if (!timeline || *timeline == 0) return parsed;
  parsed.timeline = *timeline;
  if (name.substr(kHexDigits) == ".history") {
    parsed.kind = FileKind::kHistory;
    return parsed;
  }
  if (name.size() < kSegmentDigits) return parsed;
  const auto log = Hex(name.substr(kHexDigits, kHexDigits));
  const auto segment = Hex(name.substr(2 * kHexDigits, kHexDigits));
  if (!log || !segment) return parsed;
  parsed.log = *log;
  parsed.segment = *segment;
  parsed.kind = KindOf(name.substr(kSegmentDigits));
  return parsed;
}

}  // namespace

FileName Classify(std::string_view name) {
  // Nearly all are.
  if (name.size() == kSegmentDigits)
    if (const FileName plain = Parse(name); plain.kind == FileKind::kSegment) return plain;
  if (IsTemporary(name)) return {.kind = FileKind::kTemporary};
  std::string_view bare = name;
  Packing packing = Strip(bare);
  const bool packed_partial = packing == Packing::kPlain && bare.ends_with(".partial");
  FileName parsed = Parse(bare);
  if (packed_partial && parsed.kind == FileKind::kForeign) {
    bare.remove_suffix(std::string_view(".partial").size());
    packing = Strip(bare);
    parsed = Parse(bare);
    parsed.kind = parsed.kind == FileKind::kSegment ? FileKind::kPartial : FileKind::kForeign;
  }
  parsed.packing = packing;
  return parsed;
}

}  // namespace pgfleet::archive
