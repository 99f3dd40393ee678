#include "archive/inventory.h"

#include <algorithm>
#include <bit>

namespace pgfleet::archive {
namespace {

constexpr std::int64_t kLeast = 1 << 20, kMost = 1 << 30;  // initdb's bounds

bool IsSegmentSize(std::int64_t bytes) {
  return bytes >= kLeast && bytes <= kMost &&
         std::has_single_bit(static_cast<std::uint64_t>(bytes));
}

}  // namespace

std::optional<std::int64_t> SegmentBytes(const Inventory& inventory) {
  std::map<std::int64_t, std::int64_t> files;  // by size; at most 11
  for (const WalFile& file : inventory.files)
    if (file.kind == FileKind::kSegment && file.packing == Packing::kPlain &&
        IsSegmentSize(file.bytes))
      ++files[file.bytes];
  const auto most =
      std::ranges::max_element(files, {}, [](const auto& each) { return each.second; });
  if (most != files.end()) return most->first;
  for (const BackupHistory& backup : inventory.backups)
    if (backup.segment_bytes) return backup.segment_bytes;
  return std::nullopt;
}

}  // namespace pgfleet::archive
