#include "archive/recovery_oracle.h"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "support/files.h"

namespace pgfleet::test {
namespace fs = std::filesystem;

RecoveryOracle::RecoveryOracle(const fs::path& archive) {
  FindSegmentSize(archive);
  for (const auto& entry : fs::directory_iterator(archive)) {
    const std::string name = entry.path().filename();
    names_.insert(name);
    if (name.ends_with(".backup")) ReadBackup(entry.path());
    if (name.ends_with(".history")) ReadHistory(entry.path());
  }
  Simulate();
  CountMissing();
}

void RecoveryOracle::FindSegmentSize(const fs::path& archive) {
  for (const auto& entry : fs::directory_iterator(archive))
    if (entry.path().filename().string().size() == 24) size_ = entry.file_size();
}

void RecoveryOracle::ReadBackup(const fs::path& file) {
  Backup backup;
  unsigned high = 0, low = 0;
  const std::string text = ReadFile(file);
  std::sscanf(text.c_str() + text.find("START WAL"), "START WAL LOCATION: %X/%X", &high, &low);
  backup.start = (static_cast<unsigned long long>(high) << 32U) + low;
  std::sscanf(text.c_str() + text.find("STOP WAL"), "STOP WAL LOCATION: %X/%X", &high, &low);
  backup.stop = (static_cast<unsigned long long>(high) << 32U) + low;
  backup.timeline = std::stoi(file.filename().string().substr(0, 8), nullptr, 16);
  backups_.push_back(backup);
}

void RecoveryOracle::ReadHistory(const fs::path& file) {
  auto& forks = histories_[std::stoi(file.filename().string().substr(0, 8), nullptr, 16)];
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    unsigned high = 0, low = 0;
    Fork fork;
    if (std::sscanf(line.c_str(), "%d\t%X/%X", &fork.timeline, &high, &low) != 3) continue;
    fork.at = (static_cast<unsigned long long>(high) << 32U) + low;
    forks.push_back(fork);
  }
}

std::string RecoveryOracle::Name(int timeline, unsigned long long number) const {
  char name[32];
  const unsigned long long bytes = number * size_;
  std::snprintf(name, sizeof name, "%08X%08llX%08llX", static_cast<unsigned>(timeline),
                bytes >> 32U, (bytes & 0xFFFFFFFFULL) / size_);
  return name;
}

// The timeline that the server reads a segment from: the newest that has begun by then.
int RecoveryOracle::OwnerOf(int target, unsigned long long number) const {
  int owner = target;
  const auto history = histories_.find(target);
  if (history == histories_.end()) return owner;
  for (auto fork = history->second.rbegin(); fork != history->second.rend(); ++fork)
    if (number < fork->at / size_) owner = fork->timeline;
  return owner;
}

bool RecoveryOracle::HasAll(const Backup& backup, int target) const {
  for (auto at = backup.start / size_; at * size_ < backup.stop; ++at)
    if (!names_.contains(Name(OwnerOf(target, at), at))) return false;
  return true;
}

// The timeline of the backup is on the way to the target and was not left before the backup's end.
bool RecoveryOracle::CanStart(const Backup& backup, int target) const {
  if (target == backup.timeline) return true;
  const auto history = histories_.find(target);
  if (history == histories_.end()) return false;
  for (const Fork& fork : history->second)
    if (fork.timeline == backup.timeline) return backup.stop <= fork.at;
  return false;
}

std::string RecoveryOracle::Walk(const Backup& backup, int target) const {
  std::string last;
  for (auto at = backup.start / size_;; ++at) {
    const std::string next = Name(OwnerOf(target, at), at);
    if (!names_.contains(next)) return last;
    last = next;
  }
}

int RecoveryOracle::NewestTimeline() const {
  int newest = 0;
  for (const std::string& name : names_)
    if (!name.ends_with(".partial"))
      newest = std::max(newest, std::stoi(name.substr(0, 8), nullptr, 16));
  return newest;
}

std::optional<unsigned long long> RecoveryOracle::NewestTo(int target) const {
  for (unsigned long long at = 1000; at > 0; --at)
    if (names_.contains(Name(OwnerOf(target, at), at))) return at;
  return std::nullopt;
}

void RecoveryOracle::Simulate() {
  std::map<std::pair<int, std::string>, int> counts;
  const int newest = NewestTimeline();
  const auto end = NewestTo(newest);
  for (const Backup& backup : backups_) {
    int target = backup.timeline;
    while (histories_.contains(target + 1)) ++target;
    while (target >= backup.timeline && !(CanStart(backup, target) && HasAll(backup, target)))
      --target;
    const bool starts = target >= backup.timeline;
    bool own = true;
    for (auto at = backup.start / size_; at * size_ < backup.stop; ++at)
      own = own && names_.contains(Name(backup.timeline, at));
    if (starts || own) ++usable_;
    if (!starts) continue;
    const std::string last = Walk(backup, target);
    ++counts[{target, last}];
    if (target == newest && end && last == Name(OwnerOf(target, *end), *end)) recoverable_ = true;
  }
  for (const auto& [end_of, count] : counts) ends_.insert({end_of.first, end_of.second, count});
}

void RecoveryOracle::CountMissing() {
  const int target = NewestTimeline();
  const auto end = NewestTo(target);
  std::optional<unsigned long long> oldest_usable, newest_start, newest_stop;
  for (const Backup& backup : backups_) {
    if (!CanStart(backup, target)) continue;
    if (HasAll(backup, target))
      oldest_usable = std::min(oldest_usable.value_or(backup.start), backup.start);
    if (backup.start < newest_start.value_or(0)) continue;
    newest_start = backup.start;
    newest_stop = backup.stop;
  }
  unsigned long long last = end.value_or(0);
  unsigned long long first = last + 1;
  if (oldest_usable) {
    first = *oldest_usable / size_;
  } else if (newest_start) {
    first = *newest_start / size_;
    last = std::max(last, (*newest_stop - 1) / size_);
  } else {
    for (unsigned long long at = last; at > 0; --at)
      if (names_.contains(Name(OwnerOf(target, at), at))) first = at;
  }
  for (auto at = first; at <= last; ++at)
    if (!names_.contains(Name(OwnerOf(target, at), at))) ++missing_;
}

}  // namespace pgfleet::test
