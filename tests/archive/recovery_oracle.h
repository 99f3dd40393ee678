#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace pgfleet::test {

// What a server would make of an archive: it is walked file by file, by names alone, from every
// base backup on. Written apart from the exporter's way of counting, for comparison with it.
class RecoveryOracle {
 public:
  explicit RecoveryOracle(const std::filesystem::path& archive);

  // Where recoveries end: timeline aimed at, last segment, how many backups lead there.
  std::set<std::tuple<int, std::string, int>> Ends() const { return ends_; }
  int usable() const { return usable_; }
  // A recovery ends with the newest segment on the way to the newest timeline.
  bool recoverable() const { return recoverable_; }
  int missing() const { return missing_; }

 private:
  struct Backup {
    int timeline = 0;
    unsigned long long start = 0, stop = 0;
  };
  struct Fork {
    int timeline = 0;
    unsigned long long at = 0;
  };
  void ReadBackup(const std::filesystem::path& file);
  void ReadHistory(const std::filesystem::path& file);
  void FindSegmentSize(const std::filesystem::path& archive);
  void Simulate();
  void CountMissing();
  std::string Name(int timeline, unsigned long long number) const;
  int OwnerOf(int target, unsigned long long number) const;
  bool HasAll(const Backup& backup, int target) const;
  bool CanStart(const Backup& backup, int target) const;
  std::string Walk(const Backup& backup, int target) const;
  std::optional<unsigned long long> NewestTo(int target) const;
  int NewestTimeline() const;

  unsigned long long size_ = 0;
  std::set<std::string> names_;
  std::vector<Backup> backups_;
  std::map<int, std::vector<Fork>> histories_;
  std::set<std::tuple<int, std::string, int>> ends_;
  int usable_ = 0, missing_ = 0;
  bool recoverable_ = false;
};

}  // namespace pgfleet::test
