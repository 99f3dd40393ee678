#include "archive/chain.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "archive/coverage.h"
#include "archive/tally.h"

namespace pgfleet::archive {
namespace {

using model::ArchiveContents;

constexpr std::int64_t kDefaultSegment = 16 << 20;  // of an empty archive it does not matter

// A way with what is there of it.
struct Route {
  Way way;
  Runs cover;
};

// Recovery from one backup.
struct Recovery {
  std::uint32_t target = 0;
  Run run;  // from the start of the backup's own segments to the end
};

class Chain {
 public:
  Chain(const Inventory& inventory, const Told& told, std::int64_t segment_bytes)
      : inventory_(inventory),
        told_(told),
        numbering_(segment_bytes),
        present_(PresentRuns(inventory, numbering_)) {}

  void Fill(ArchiveContents& contents) {
    contents.timeline = newest_ = NewestTimeline(inventory_, present_);
    CountFiles(inventory_, present_, numbering_, contents);
    contents.missing_histories = MissingHistories(inventory_, present_);
    FillNewest(contents);
    FillBackups(contents);
    FillMissing(contents);
    contents.behind_segments = BehindSegments(inventory_, present_, numbering_, told_);
  }

 private:
  void FillNewest(ArchiveContents& contents);
  void FillBackups(ArchiveContents& contents);
  void AddToWindow(const BackupHistory& backup, const Recovery& recovery);
  void FillMissing(ArchiveContents& contents);
  void AddGap(std::uint64_t first, std::uint64_t last, ArchiveContents& contents);

  const Route& RouteTo(std::uint32_t target);
  std::optional<Recovery> RecoverFrom(const BackupHistory& backup);
  Run OwnSegments(const BackupHistory& backup) const {
    return {.first = numbering_.NumberAt(backup.start),
            .last = numbering_.NumberBefore(backup.stop)};
  }
  bool HasOwnSegments(const BackupHistory& backup) const;
  std::optional<double> Modified(std::uint32_t timeline, std::uint64_t number) const;
  std::optional<Run> Range(const Route& route);

  const Inventory& inventory_;
  const Told& told_;
  Numbering numbering_;
  std::map<std::uint32_t, Runs> present_;
  std::uint32_t newest_ = 0;
  std::map<std::uint32_t, Route> routes_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, model::ArchiveWindow> windows_;
};

const Route& Chain::RouteTo(std::uint32_t target) {
  const auto known = routes_.find(target);
  if (known != routes_.end()) return known->second;
  const auto history = inventory_.histories.find(target);
  Way way(target, history == inventory_.histories.end() ? std::vector<Ancestor>() : history->second,
          numbering_);
  Runs cover = way.Cover(present_);
  return routes_.emplace(target, Route{.way = std::move(way), .cover = std::move(cover)})
      .first->second;
}

void Chain::FillNewest(ArchiveContents& contents) {
  const Route& route = RouteTo(newest_);
  if (route.cover.empty()) return;
  const std::uint64_t number = route.cover.back().last;
  const std::uint32_t timeline = route.way.TimelineAt(number);
  contents.newest_segment = numbering_.NameOf(timeline, number);
  contents.newest_segment_modified = Modified(timeline, number);
}

// When the segment's file was written; the first whole one, should there be several.
std::optional<double> Chain::Modified(std::uint32_t timeline, std::uint64_t number) const {
  const auto& files = inventory_.files;
  WalFile wanted{.timeline = timeline, .position = numbering_.PositionOf(number)};
  const auto place = [](const WalFile& file) { return std::tuple(file.timeline, file.position); };
  for (auto file = std::ranges::lower_bound(files, place(wanted), {}, place);
       file != files.end() && place(*file) == place(wanted); ++file)
    if (numbering_.IsWhole(*file)) return file->modified;
  return std::nullopt;
}

std::optional<Recovery> Chain::RecoverFrom(const BackupHistory& backup) {
  std::uint32_t target = backup.timeline;
  while (inventory_.histories.contains(target + 1)) ++target;
  const Run own = OwnSegments(backup);
  for (; target >= backup.timeline; --target) {
    const Route& route = RouteTo(target);
    if (!route.way.Holds(backup.timeline, backup.start, backup.stop)) continue;
    if (const Run* run = Find(route.cover, own.first, own.last))
      return Recovery{.target = target, .run = {.first = own.first, .last = run->last}};
  }
  return std::nullopt;
}

bool Chain::HasOwnSegments(const BackupHistory& backup) const {
  const auto runs = present_.find(backup.timeline);
  const Run own = OwnSegments(backup);
  return runs != present_.end() && Find(runs->second, own.first, own.last) != nullptr;
}

void Chain::FillBackups(ArchiveContents& contents) {
  for (const BackupHistory& backup : inventory_.backups) {
    const auto recovery = RecoverFrom(backup);
    contents.backups.push_back({.label = backup.label,
                                .timeline = backup.timeline,
                                .start = backup.start,
                                .stop = backup.stop,
                                .stopped = backup.stopped,
                                .usable = recovery || HasOwnSegments(backup)});
    if (recovery) AddToWindow(backup, *recovery);
  }
  for (auto& [end, window] : windows_) contents.windows.push_back(std::move(window));
  const auto furthest = [&](const model::ArchiveWindow& window) {
    return std::tuple(std::cmp_equal(window.timeline, newest_), window.until_lsn, window.until);
  };
  std::ranges::sort(contents.windows, {}, furthest);
  std::ranges::sort(contents.backups, {}, [](const model::ArchivedBackup& backup) {
    return std::tuple(backup.timeline, backup.start);
  });
}

void Chain::AddToWindow(const BackupHistory& backup, const Recovery& recovery) {
  const Route& route = RouteTo(recovery.target);
  const std::uint64_t end = recovery.run.last;
  auto [known, is_new] = windows_.try_emplace({recovery.target, end});
  model::ArchiveWindow& window = known->second;
  ++window.base_backups;
  if (!is_new && window.from_lsn <= backup.stop) return;
  const std::uint32_t timeline = route.way.TimelineAt(end);
  window.timeline = recovery.target;
  window.from = backup.stopped;
  window.from_lsn = backup.stop;
  window.until = std::max(backup.stopped, Modified(timeline, end).value_or(backup.stopped));
  window.until_lsn = numbering_.Start(end + 1);
  window.last_segment = numbering_.NameOf(timeline, end);
  window.newest = recovery.target == newest_ && end == route.cover.back().last;
}

// The segments of the way to the newest timeline that should be there.
std::optional<Run> Chain::Range(const Route& route) {
  const BackupHistory* oldest_usable = nullptr;
  const BackupHistory* newest = nullptr;
  for (const BackupHistory& backup : inventory_.backups) {
    if (!route.way.Holds(backup.timeline, backup.start, backup.stop)) continue;
    const Run own = OwnSegments(backup);
    if (Find(route.cover, own.first, own.last) != nullptr &&
        (oldest_usable == nullptr || backup.start < oldest_usable->start))
      oldest_usable = &backup;
    if (newest == nullptr || backup.start > newest->start) newest = &backup;
  }
  const BackupHistory* from = oldest_usable != nullptr ? oldest_usable : newest;
  if (from == nullptr && route.cover.empty()) return std::nullopt;
  Run range = from != nullptr ? OwnSegments(*from) : route.cover.front();
  if (!route.cover.empty()) range.last = std::max(range.last, route.cover.back().last);
  return range;
}

void Chain::AddGap(std::uint64_t first, std::uint64_t last, ArchiveContents& contents) {
  const auto segments = static_cast<std::int64_t>(last - first + 1);
  *contents.missing_segments += segments;
  if (contents.gaps.size() == ArchiveContents::kMostGaps) return;
  const Way& way = RouteTo(newest_).way;
  contents.gaps.push_back({.first = numbering_.NameOf(way.TimelineAt(first), first),
                           .last = numbering_.NameOf(way.TimelineAt(last), last),
                           .segments = segments});
}

void Chain::FillMissing(ArchiveContents& contents) {
  contents.missing_segments = 0;
  const Route& route = RouteTo(newest_);
  const auto range = Range(route);
  if (!range) return;
  std::uint64_t next = range->first;
  for (const Run& run : route.cover) {
    if (run.last < next) continue;
    if (run.first > next) AddGap(next, run.first - 1, contents);
    next = run.last + 1;
  }
  if (next <= range->last) AddGap(next, range->last, contents);
}

}  // namespace

model::ArchiveContents Assess(const Inventory& inventory, const Told& told) {
  model::ArchiveContents contents;
  contents.unexpected = inventory.unexpected;
  contents.bytes = inventory.other_bytes;
  contents.segment_bytes = told.segment_bytes ? told.segment_bytes : SegmentBytes(inventory);
  if (!contents.segment_bytes && inventory.files.empty() && inventory.backups.empty())
    contents.segment_bytes = kDefaultSegment;
  if (contents.segment_bytes) Chain(inventory, told, *contents.segment_bytes).Fill(contents);
  return contents;
}

}  // namespace pgfleet::archive
