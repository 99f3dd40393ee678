#include "archive/tally.h"

#include <algorithm>
#include <set>

namespace pgfleet::archive {

using model::UnexpectedFile;

std::uint32_t NewestTimeline(const Inventory& inventory, const Present& present) {
  std::uint32_t newest = present.empty() ? 0 : present.rbegin()->first;
  if (!inventory.histories.empty()) newest = std::max(newest, inventory.histories.rbegin()->first);
  for (const BackupHistory& backup : inventory.backups) newest = std::max(newest, backup.timeline);
  return newest;
}

std::int64_t MissingHistories(const Inventory& inventory, const Present& present) {
  std::set<std::uint32_t> timelines;
  for (const auto& [timeline, runs] : present) timelines.insert(timeline);
  for (const BackupHistory& backup : inventory.backups) timelines.insert(backup.timeline);
  if (timelines.empty()) return 0;
  timelines.erase(timelines.begin());
  return std::ranges::count_if(
      timelines, [&](auto timeline) { return !inventory.histories.contains(timeline); });
}

void CountFiles(const Inventory& inventory, const Present& present, const Numbering& numbering,
                model::ArchiveContents& contents) {
  for (const auto& [timeline, runs] : present)
    for (const Run& run : runs)
      contents.segments += static_cast<std::int64_t>(run.last - run.first + 1);
  for (const WalFile& file : inventory.files) {
    contents.bytes += file.bytes;
    const bool named = numbering.NumberOf(file).has_value();
    if (named && file.kind == FileKind::kPartial) ++contents.partial;
    if (named && (file.kind == FileKind::kPartial || numbering.IsWhole(file))) continue;
    const auto kind = !named         ? UnexpectedFile::kForeign
                      : file.settled ? UnexpectedFile::kWrongSize
                                     : UnexpectedFile::kTemporary;  // being copied
    ++contents.unexpected[static_cast<std::size_t>(kind)];
  }
}

std::optional<std::int64_t> BehindSegments(const Inventory& inventory, const Present& present,
                                           const Numbering& numbering, const Told& told) {
  if (told.timeline == 0) return std::nullopt;
  const std::uint64_t end = numbering.NumberAt(told.archived_end);
  const auto runs = present.find(told.timeline);
  if (runs != present.end()) {
    const std::uint64_t have = runs->second.back().last + 1;
    return have >= end ? 0 : static_cast<std::int64_t>(end - have);
  }
  const auto history = inventory.histories.find(told.timeline);
  if (history != inventory.histories.end())
    return std::max<std::int64_t>(
        0, static_cast<std::int64_t>(end - numbering.NumberAt(history->second.back().end)));
  return std::clamp<std::int64_t>(told.archived_files, 1,
                                  std::max<std::int64_t>(1, static_cast<std::int64_t>(end)));
}

}  // namespace pgfleet::archive
