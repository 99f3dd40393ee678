#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "analysis/memory.h"

// A cluster's memory as the text of a small file, so that the WAL clock outlives the exporter.
namespace pgfleet::analysis {

// This machine's clocks at one instant. Monotonic times of the same boot can be compared across
// processes; those of another boot only by way of the wall clock.
struct Clocks {
  std::string boot_id;
  model::Moment now;
};
Clocks ThisMachine();

std::string ToText(const Memory& memory, const Clocks& clocks);

// What ToText wrote, by the clocks of now. After another boot every bound is wider by the doubt
// about the wall clock. An error says in words what is wrong with the text; then nothing of it is
// to be used.
std::expected<Memory, std::string> FromText(std::string_view text, const Clocks& clocks);

}  // namespace pgfleet::analysis
