#include "backup/conclude.h"

#include <algorithm>
#include <functional>
#include <vector>

namespace pgfleet::backup {
namespace {

// A file may carry the time at which its job began, and cron begins it within the minute.
constexpr double kTolerance = 60;
constexpr std::size_t kCompared = 7;

std::optional<double> Median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// `newest` and what came before it, the newest first.
std::optional<double> SizeRatio(const Backup& newest, std::span<const Backup> before) {
  std::vector<double> sizes;
  for (const Backup& backup : before)
    if (sizes.size() < kCompared && backup.format == newest.format &&
        backup.compression == newest.compression && backup.bytes)
      sizes.push_back(*backup.bytes);
  const auto median = Median(std::move(sizes));
  if (!median || *median <= 0 || !newest.bytes) return std::nullopt;
  return *newest.bytes / *median;
}

std::optional<double> Epoch(const std::optional<std::chrono::sys_seconds>& time) {
  if (!time) return std::nullopt;
  return static_cast<double>(time->time_since_epoch().count());
}

void ConcludeDue(const Expectation& expectation, std::chrono::sys_seconds now, UtcOffset offset,
                 model::BackupFacts& facts) {
  if (!expectation.schedule) return;
  facts.due = Epoch(LastDue(*expectation.schedule, now, offset));
  facts.next_due = Epoch(NextDue(*expectation.schedule, now, offset));
  const auto demanded = Epoch(LastDue(*expectation.schedule, now - expectation.grace, offset));
  if (demanded) facts.overdue = facts.newest.value_or(0) < *demanded - kTolerance;
}

}  // namespace

void Conclude(std::span<const Backup> backups, const Expectation& expectation,
              std::chrono::sys_seconds now, model::BackupFacts& facts, UtcOffset offset) {
  std::vector<Backup> ended;
  for (const Backup& backup : backups)
    if (!backup.growing) ended.push_back(backup);
  std::ranges::sort(ended, std::greater(), &Backup::time);
  if (!ended.empty()) {
    facts.complete = ended[0].complete;
    facts.format = ended[0].format;
    facts.compression = ended[0].compression;
  }
  std::erase_if(ended, [](const Backup& backup) { return backup.complete == false; });
  if (!ended.empty()) {
    facts.newest = ended[0].time;
    facts.newest_bytes = ended[0].bytes;
    facts.size_ratio = SizeRatio(ended[0], std::span(ended).subspan(1));
  }
  ConcludeDue(expectation, now, offset, facts);
}

}  // namespace pgfleet::backup
