#pragma once

#include <cstdint>
#include <optional>

#include "archive/inventory.h"
#include "model/archive_report.h"

namespace pgfleet::archive {

// What the nodes told before the directory was read.
struct Told {
  std::optional<std::int64_t> segment_bytes;
  // The elected primary's last archived segment: its timeline, where it ends, and how many files
  // were archived in all.
  std::uint32_t timeline = 0;  // 0: not known
  model::Lsn archived_end;
  std::int64_t archived_files = 0;
};

// What can be restored from such an archive, as the server would: a recovery from a base backup
// follows the newest timeline to which history files lead without a gap in their numbers, or,
// where that one left the backup's timeline before the backup's end, the newest one that did not;
// it needs every segment from the start of the backup on and ends before the first that is missing.
// Pure. (PostgreSQL: findNewestTimeLine, "Continuous Archiving and Point-in-Time Recovery")
model::ArchiveContents Assess(const Inventory& inventory, const Told& told);

}  // namespace pgfleet::archive
