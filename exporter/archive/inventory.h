#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "archive/backup_history.h"
#include "archive/file_name.h"
#include "archive/timeline_history.h"
#include "model/archive_report.h"

namespace pgfleet::archive {

// A file with WAL, kept small because an archive has hundreds of thousands.
struct WalFile {
  std::uint32_t timeline = 0;
  FileKind kind = FileKind::kSegment;  // or kPartial
  Packing packing = Packing::kPlain;
  bool settled = false;        // it was old when looked at: no longer being written
  std::uint64_t position = 0;  // the two numbers of its name, in their order
  std::int64_t bytes = 0;
  double modified = 0;  // epoch seconds

  auto Key() const { return std::tuple(timeline, position, kind, packing); }
};

// What was found in a directory.
struct Inventory {
  std::vector<WalFile> files;  // in the order of their keys
  std::vector<BackupHistory> backups;
  std::map<std::uint32_t, std::vector<Ancestor>> histories;  // by timeline
  std::int64_t other_bytes = 0;                              // of backups and histories
  // By model::UnexpectedFile, but for files of a wrong size.
  std::array<std::int64_t, model::kUnexpectedFileNames.size()> unexpected{};
};

// The size that segments have: what most of the plain ones have, else what the backups tell. Absent
// where nothing tells it.
std::optional<std::int64_t> SegmentBytes(const Inventory& inventory);

}  // namespace pgfleet::archive
