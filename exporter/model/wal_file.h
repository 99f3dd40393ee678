#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/lsn.h"

namespace pgfleet::model {

// The position up to which WAL is in the archive once the file of this name is: the end of a
// complete segment (also one that a backup history file was made for), the beginning of a
// ".partial" one. Absent for timeline history files, which hold no WAL, and for anything else.
// Requires segment_bytes > 0. (PostgreSQL: XLogFileName, "Continuous Archiving")
std::optional<Lsn> ArchivedEnd(std::string_view file, std::int64_t segment_bytes);

// The timeline that the name of a segment, of a backup history file or of a ".partial" one begins
// with. Absent for anything else.
std::optional<std::int64_t> TimelineOf(std::string_view file);

// Complete segments between `archived_end` and `flushed`; 0 when there is none. Requires
// segment_bytes > 0.
std::int64_t CompleteSegments(Lsn archived_end, Lsn flushed, std::int64_t segment_bytes);

// Where the segment that holds the position begins. Requires segment_bytes > 0.
Lsn SegmentStart(Lsn position, std::int64_t segment_bytes);

}  // namespace pgfleet::model
