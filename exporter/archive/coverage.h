#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "archive/inventory.h"
#include "model/lsn.h"

namespace pgfleet::archive {

// Segments in a row, counted from position 0.
struct Run {
  std::uint64_t first = 0, last = 0;
};
using Runs = std::vector<Run>;  // in order, with something missing between any two

// The run that holds all of these; null: one of them is missing.
const Run* Find(const Runs& runs, std::uint64_t first, std::uint64_t last);

// How segments of one size are counted and named.
class Numbering {
 public:
  explicit Numbering(std::int64_t segment_bytes)
      : size_(static_cast<std::uint64_t>(segment_bytes)) {}

  // Absent for a name that no segment of this size has.
  std::optional<std::uint64_t> NumberOf(const WalFile& file) const;
  std::uint64_t NumberAt(model::Lsn lsn) const { return lsn.value / size_; }
  // Of the last byte before the position.
  std::uint64_t NumberBefore(model::Lsn lsn) const { return (lsn.value - 1) / size_; }
  std::uint64_t PositionOf(std::uint64_t number) const;  // WalFile::position
  model::Lsn Start(std::uint64_t number) const { return model::Lsn{number * size_}; }
  std::string NameOf(std::uint32_t timeline, std::uint64_t number) const;
  // It can be restored: whole, as far as its size tells.
  bool IsWhole(const WalFile& file) const;

 private:
  std::uint64_t PerLog() const { return (std::uint64_t{1} << 32U) / size_; }

  std::uint64_t size_;
};

// Which whole segments there are, by timeline.
std::map<std::uint32_t, Runs> PresentRuns(const Inventory& inventory, const Numbering& numbering);

// The timelines that recovery follows to reach a target, and which of them each segment is read
// from: the newest that has begun in it. (PostgreSQL: XLogFileReadAnyTLI)
class Way {
 public:
  // `ancestors` of the target; empty for one without history.
  Way(std::uint32_t target, const std::vector<Ancestor>& ancestors, const Numbering& numbering);

  // Recovery can begin with a backup of this timeline that took from `start` to `stop`: the way
  // does not leave the timeline before its end.
  bool Holds(std::uint32_t timeline, model::Lsn start, model::Lsn stop) const;
  std::uint32_t TimelineAt(std::uint64_t number) const;
  Runs Cover(const std::map<std::uint32_t, Runs>& present) const;

 private:
  struct Stretch {
    std::uint32_t timeline = 0;
    model::Lsn begin, end;
    std::uint64_t first = 0, after = 0;  // segments: from, and before
  };
  std::vector<Stretch> stretches_;
};

}  // namespace pgfleet::archive
