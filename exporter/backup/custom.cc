#include <algorithm>
#include <set>

#include "backup/archive.h"

// Whether a custom dump has its end. pg_dump writes the table of contents first, then a block for
// each entry that has data, and where the output can be rewound at last the table again, now with
// the blocks' offsets. A block is a sequence of chunks that an empty one ends.
namespace pgfleet::backup {
namespace {

constexpr std::int64_t kMostGoneThrough = 64 << 20;
constexpr std::int64_t kMostRowsGoneThrough = 4 << 20;
constexpr unsigned char kRows = 1, kObjects = 3;

class Blocks {
 public:
  Blocks(Source& source, std::int64_t at, std::uint8_t integer_size)
      : in_(source, at), integer_size_(integer_size) {}

  // The id of the entry whose block was gone through; absent: it is not whole.
  std::optional<std::int64_t> Next() {
    const auto kind = in_.Byte();
    const auto id = Integer();
    if (kind == kObjects)
      while (in_.ok() && Integer() != 0) Chunks();
    else if (kind == kRows)
      Chunks();
    else
      return std::nullopt;
    return in_.ok() ? std::optional(id) : std::nullopt;
  }
  std::int64_t at() const { return in_.at(); }

 private:
  std::int64_t Integer() {
    const bool negative = in_.Byte() != 0;
    std::uint64_t number = 0;
    for (unsigned i = 0; i < integer_size_; ++i) number |= std::uint64_t{in_.Byte()} << (8 * i);
    return static_cast<std::int64_t>(negative ? 0 - number : number);
  }
  void Chunks() {
    for (auto length = Integer(); length != 0 && in_.ok(); length = Integer()) in_.Skip(length);
  }

  Cursor in_;
  std::uint8_t integer_size_;
};

// Whether the bytes before the end are those of the last block's end: one empty chunk, behind large
// objects two.
bool EndsInZeros(Source& source, unsigned char kind, std::uint8_t integer_size) {
  const std::size_t chunks = kind == kObjects ? 2 : 1;
  const std::size_t zeros = chunks * (integer_size + 1U);
  const std::string tail = source.Tail(zeros);
  return tail.size() == zeros && std::ranges::all_of(tail, [](char c) { return c == '\0'; });
}

// The offsets are there, so pg_dump came to its end; the file may have been cut since.
std::optional<bool> LastBlockEnds(Source& source, const Archive& archive, std::int64_t last,
                                  bool thorough) {
  if (last < archive.end || last >= source.size()) return false;
  const auto kind = Cursor(source, last).Byte();
  const auto most = kind == kRows ? kMostRowsGoneThrough : kMostGoneThrough;
  if (thorough && source.size() - last <= most) {
    Blocks blocks(source, last, archive.integer_size);
    return blocks.Next().has_value() && blocks.at() == source.size();
  }
  if (!EndsInZeros(source, kind, archive.integer_size)) return false;
  // Rows are text and hold no zeros; objects may be full of them.
  return kind == kRows ? std::optional(true) : std::nullopt;
}

// Written to a pipe, or not written to its end.
std::optional<bool> AllBlocksAreThere(Source& source, const Archive& archive, bool thorough) {
  std::set<std::int64_t> missing;
  for (const auto& entry : archive.entries)
    if (entry.has_data) missing.insert(entry.id);
  if (missing.empty()) return archive.end == source.size();
  if (source.size() - archive.end > kMostGoneThrough) {
    if (!EndsInZeros(source, kRows, archive.integer_size)) return false;
    return std::nullopt;
  }
  if (!thorough) return std::nullopt;
  Blocks blocks(source, archive.end, archive.integer_size);
  while (blocks.at() < source.size()) {
    const auto id = blocks.Next();
    if (!id) return false;
    missing.erase(*id);
  }
  return missing.empty();
}

std::optional<bool> IsWhole(Source& source, const Archive& archive, bool thorough) {
  std::optional<std::int64_t> last;
  for (const auto& entry : archive.entries) last = std::max(last, entry.offset);
  return last ? LastBlockEnds(source, archive, *last, thorough)
              : AllBlocksAreThere(source, archive, thorough);
}

}  // namespace

std::optional<Verdict> JudgeCustom(Source& source, bool thorough) {
  if (!IsArchive(source)) return std::nullopt;
  Verdict verdict{.format = format::kCustom};
  const auto archive = ReadArchive(source);
  if (!archive && archive.error() == ArchiveFault::kCut) verdict.complete = false;
  if (archive && archive->is_custom) verdict.complete = IsWhole(source, *archive, thorough);
  if (source.blind()) verdict.complete.reset();
  return verdict;
}

}  // namespace pgfleet::backup
