#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "archive/chain.h"
#include "archive/coverage.h"

// What is counted in an archive without following any recovery. Pure.
namespace pgfleet::archive {

using Present = std::map<std::uint32_t, Runs>;  // whole segments, by timeline

// The newest timeline that a segment, a history file or a backup tells of; 0: none.
std::uint32_t NewestTimeline(const Inventory& inventory, const Present& present);

// Timelines but the oldest without their history file: nothing leads to them from an older one.
std::int64_t MissingHistories(const Inventory& inventory, const Present& present);

// Segments, bytes, and files that are not as they should be.
void CountFiles(const Inventory& inventory, const Present& present, const Numbering& numbering,
                model::ArchiveContents& contents);

// Segments that the primary called archived and that are not at the end of its timeline; where
// nothing of it is there, as many as it has archived. Absent: it does not tell.
std::optional<std::int64_t> BehindSegments(const Inventory& inventory, const Present& present,
                                           const Numbering& numbering, const Told& told);

}  // namespace pgfleet::archive
