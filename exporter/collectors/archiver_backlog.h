#pragma once

#include <cstdint>
#include <optional>

#include "model/node_facts.h"
#include "model/wal_file.h"

// What follows from the archiver's facts by arithmetic alone.
namespace pgfleet::collectors {

// On a standby an archiver runs with "always" only; with "on" it shows what it once did as primary.
inline bool ArchiverRuns(const model::ArchiverFacts& archiver) {
  return archiver.mode == "always" || (archiver.mode == "on" && !archiver.in_recovery);
}

// Complete segments after the last archived one. Absent where no archiver runs, and until the
// statistics know of an archived segment.
inline std::optional<std::int64_t> ArchiverBacklog(const model::ArchiverFacts& archiver) {
  if (!ArchiverRuns(archiver)) return std::nullopt;
  const auto end = model::ArchivedEnd(archiver.last_archived_wal, archiver.segment_bytes);
  if (!end || !archiver.wal_lsn) return std::nullopt;
  return model::CompleteSegments(*end, *archiver.wal_lsn, archiver.segment_bytes);
}

}  // namespace pgfleet::collectors
