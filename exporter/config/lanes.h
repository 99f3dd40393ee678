#pragma once

#include <array>
#include <optional>

#include "config/config.h"
#include "config/scalars.h"

namespace pgfleet::config {

// What a file says about one lane; the rest comes from the level above.
struct LaneDraft {
  std::optional<GivenTime> interval;
  std::optional<GivenTime> deadline;
  std::optional<GivenTime> max_age;
};
using LaneDrafts = std::array<LaneDraft, 3>;

// Reads a `lanes` mapping.
void ReadLanes(Reader& reader, const YamlNode& value, LaneDrafts& lanes);

// The lanes of a level: `over` laid over `under`, and that over the defaults. max_age, where nobody
// gives it, is 3 intervals within 5 s .. 4 min and never below interval + deadline. Faults are
// placed at what `over` gives.
Lanes FinishLanes(const LaneDrafts& under, const LaneDrafts& over, Faults& faults);

void DescribeLanes(std::vector<KeyDoc>& docs);

}  // namespace pgfleet::config
