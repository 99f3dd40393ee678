#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/fact.h"
#include "model/lsn.h"
#include "model/moment.h"

// What the directory of a cluster's WAL archive holds, and what can be restored from it. Times of
// files are those of the disk that holds them. An absent optional is not known.
namespace pgfleet::model {

// Why the directory could not be read.
enum class ArchiveFailure : std::uint8_t { kMissing, kPermission, kNotADirectory, kHung, kOther };
inline constexpr std::array<std::string_view, 5> kArchiveFailureNames = {
    "missing", "permission", "not_a_directory", "hung", "other"};
constexpr std::string_view Name(ArchiveFailure failure) {
  return kArchiveFailureNames[static_cast<std::size_t>(failure)];
}

// What does not belong into an archive, or cannot be restored from.
enum class UnexpectedFile : std::uint8_t { kTemporary, kWrongSize, kDamaged, kForeign, kDirectory };
inline constexpr std::array<std::string_view, 5> kUnexpectedFileNames = {
    "temporary", "wrong_size", "damaged", "foreign", "directory"};

// A base backup that a backup history file tells of. Whether the backup itself still exists, the
// archive does not know.
struct ArchivedBackup {
  std::string label;
  std::int64_t timeline = 0;
  Lsn start, stop;           // WAL that a restore of it cannot do without
  EpochSeconds stopped = 0;  // by the server's clock; never earlier than it was
  bool usable = false;       // all of that WAL is in the archive
};

// Time that can be restored without a break: from the end of a base backup up to the last segment
// before the next gap.
struct ArchiveWindow {
  std::int64_t timeline = 0;  // the recovery_target_timeline that leads through it
  EpochSeconds from = 0;      // end of its first base backup
  EpochSeconds until = 0;     // when its last segment was written; nothing later can be restored
  Lsn from_lsn, until_lsn;
  std::string last_segment;
  std::int64_t base_backups = 0;  // that one may begin with
  bool newest = false;            // it ends with the newest segment of the newest timeline
};

// Segments in a row that are missing.
struct ArchiveGap {
  std::string first, last;  // names
  std::int64_t segments = 0;
};

struct ArchiveContents {
  std::optional<std::int64_t> segment_bytes;  // size of a segment; absent: nothing tells it
  std::int64_t segments = 0;                  // complete ones, each counted once
  std::int64_t partial = 0;                   // ".partial": the end of a timeline at a promotion
  std::int64_t bytes = 0;                     // of segments, partial ones and history files
  std::array<std::int64_t, kUnexpectedFileNames.size()> unexpected{};  // by UnexpectedFile
  std::int64_t missing_histories = 0;  // timelines whose history file is not there

  std::int64_t timeline = 0;   // the newest that is told of; 0: none
  std::string newest_segment;  // on the way to the newest timeline; "": there is none
  std::optional<EpochSeconds> newest_segment_modified;

  std::vector<ArchivedBackup> backups;  // by timeline and start
  std::vector<ArchiveWindow> windows;   // the one that reaches furthest last
  // Of the way to the newest timeline, from the start of the oldest usable base backup to the
  // newest segment; without such a backup from that of the newest one, without any from the oldest
  // segment. Absent while the size of a segment is not known.
  std::optional<std::int64_t> missing_segments;
  std::vector<ArchiveGap> gaps;  // the same, at most kMostGaps of them
  static constexpr std::size_t kMostGaps = 1000;

  // Segments at the end that the elected primary called archived before the directory was read and
  // that are not there.
  std::optional<std::int64_t> behind_segments;
};

struct ArchiveReport {
  Duration max_age{};                     // contents that were read longer ago are not shown
  std::optional<ArchiveFailure> failure;  // of the last attempt; kHung: of the one under way
  std::optional<Moment> scanned;          // when the directory was last read to the end
  std::optional<Duration> duration;       // of that
  std::shared_ptr<const ArchiveContents> contents;  // null: never read
};

}  // namespace pgfleet::model
