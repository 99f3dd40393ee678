#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "analysis/memory.h"
#include "model/findings.h"
#include "model/node_facts.h"

// What one node's archiver does. Its statistics alone cannot tell: a crash wipes them, a demotion
// keeps them, and a hung command leaves no trace in them. Pure.
namespace pgfleet::analysis {

// A command that has stored nothing and failed at nothing for so long hangs.
inline constexpr std::chrono::seconds kHungAfter{60};

// What else is known of the node when its archiver is judged.
struct ArchiverSurroundings {
  std::int64_t timeline = 0;           // that it is on; 0: not known
  std::optional<model::Lsn> branched;  // where that timeline began, if it was seen to begin here
  std::optional<std::int64_t> ready;   // segments that are marked as ready
  model::Monotonic now;
};

// Takes an answer into the memory, each only once.
void TakeIn(const model::Fact<model::ArchiverFacts>& answer,
            const ArchiverSurroundings& surroundings, ArchiverMemory& memory);

// Judges the last answer taken in. Without `unarchived_bytes`, which takes the cluster's clock.
model::ArchiverFinding Judge(const model::ArchiverFacts& archiver,
                             const ArchiverSurroundings& surroundings,
                             const ArchiverMemory& memory);

}  // namespace pgfleet::analysis
