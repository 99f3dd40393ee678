#pragma once

#include <string>

namespace pgfleet::exposition {

// METRICS.md: every family that a page can hold, from the same descriptions that the pages use.
std::string MetricsReference();

}  // namespace pgfleet::exposition
