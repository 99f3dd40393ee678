#pragma once

#include <optional>
#include <string_view>

#include "model/node_facts.h"

namespace pgfleet::collectors {

// What one step of a setting is worth, by pg_settings.unit: "8kB" is 8192 bytes, "ms" is 0.001
// seconds, no unit is 1. Absent for a unit that is not known.
struct Unit {
  model::Setting::Kind kind = model::Setting::Kind::kValue;
  double factor = 1;
};
std::optional<Unit> ParseUnit(std::string_view unit);

// True for what PostgreSQL writes as an octal number: file modes, with a leading 0.
bool IsOctal(std::string_view value);

// One row of pg_settings as a typed setting; absent for text settings and for what cannot be read.
// Numbers come in bytes or seconds; zero and the negative ones, which have meanings of their own,
// stay as they are.
std::optional<model::Setting> MakeSetting(std::string_view name, std::string_view value,
                                          std::string_view unit, std::string_view vartype);

}  // namespace pgfleet::collectors
