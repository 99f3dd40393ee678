#pragma once

#include <optional>
#include <vector>

#include "config/scalars.h"

namespace pgfleet::config {

// What one level says about the goals; the rest comes from the level above.
struct ObjectivesDraft {
  std::optional<GivenTime> lag;
  std::optional<Given<std::int64_t>> lag_bytes;
  std::optional<GivenTime> rpo;
  std::optional<GivenTime> backup_age;
};

// Reads an `objectives` mapping.
void ReadObjectives(Reader& reader, const YamlNode& value, ObjectivesDraft& objectives);

// `over` laid over `under`, key by key. Pure.
model::Objectives FinishObjectives(const ObjectivesDraft& under, const ObjectivesDraft& over);

void DescribeObjectives(std::vector<KeyDoc>& docs);

}  // namespace pgfleet::config
