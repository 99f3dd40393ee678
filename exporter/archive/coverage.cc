#include "archive/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace pgfleet::archive {
namespace {

constexpr std::uint64_t kEver = std::numeric_limits<std::uint64_t>::max();

void Append(Runs& runs, Run run) {
  if (!runs.empty() && run.first <= runs.back().last + 1)
    runs.back().last = std::max(runs.back().last, run.last);
  else
    runs.push_back(run);
}

}  // namespace

const Run* Find(const Runs& runs, std::uint64_t first, std::uint64_t last) {
  const auto after = std::ranges::upper_bound(runs, first, {}, &Run::first);
  if (after == runs.begin()) return nullptr;
  const Run& run = *std::prev(after);
  return run.last >= last ? &run : nullptr;
}

std::optional<std::uint64_t> Numbering::NumberOf(const WalFile& file) const {
  const std::uint64_t log = file.position >> 32U, segment = file.position & 0xFFFFFFFFU;
  if (segment >= PerLog()) return std::nullopt;
  return log * PerLog() + segment;
}

std::uint64_t Numbering::PositionOf(std::uint64_t number) const {
  return (number / PerLog() << 32U) | (number % PerLog());
}

std::string Numbering::NameOf(std::uint32_t timeline, std::uint64_t number) const {
  return fmt::format("{:08X}{:08X}{:08X}", timeline, number / PerLog(), number % PerLog());
}

bool Numbering::IsWhole(const WalFile& file) const {
  if (file.kind != FileKind::kSegment || !NumberOf(file)) return false;
  if (file.packing != Packing::kPlain) return file.bytes > 0;
  return std::cmp_equal(file.bytes, size_);
}

std::map<std::uint32_t, Runs> PresentRuns(const Inventory& inventory, const Numbering& numbering) {
  std::map<std::uint32_t, Runs> present;
  for (const WalFile& file : inventory.files) {
    if (!numbering.IsWhole(file)) continue;
    const std::uint64_t number = *numbering.NumberOf(file);
    Append(present[file.timeline], {.first = number, .last = number});
  }
  return present;
}

Way::Way(std::uint32_t target, const std::vector<Ancestor>& ancestors, const Numbering& numbering) {
  Stretch next;
  for (const Ancestor& ancestor : ancestors) {
    next.timeline = ancestor.timeline;
    next.end = ancestor.end;
    next.after = numbering.NumberAt(ancestor.end);
    stretches_.push_back(next);
    next.begin = next.end;
    next.first = next.after;
  }
  next.timeline = target;
  next.end = model::Lsn{kEver};
  next.after = kEver;
  stretches_.push_back(next);
}

bool Way::Holds(std::uint32_t timeline, model::Lsn start, model::Lsn stop) const {
  const auto stretch = std::ranges::find(stretches_, timeline, &Stretch::timeline);
  return stretch != stretches_.end() && start >= stretch->begin && stop <= stretch->end;
}

std::uint32_t Way::TimelineAt(std::uint64_t number) const {
  const auto stretch =
      std::ranges::find_if(stretches_, [&](const Stretch& each) { return number < each.after; });
  return stretch == stretches_.end() ? stretches_.back().timeline : stretch->timeline;
}

Runs Way::Cover(const std::map<std::uint32_t, Runs>& present) const {
  Runs cover;
  for (const Stretch& stretch : stretches_) {
    const auto runs = present.find(stretch.timeline);
    if (runs == present.end() || stretch.first >= stretch.after) continue;
    for (const Run& run : runs->second) {
      const Run part{.first = std::max(run.first, stretch.first),
                     .last = std::min(run.last, stretch.after - 1)};
      if (part.first <= part.last) Append(cover, part);
    }
  }
  return cover;
}

}  // namespace pgfleet::archive
