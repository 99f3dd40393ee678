#pragma once

#include <string>

#include "exposition/self_metrics.h"

namespace pgfleet::cli {

// What was built, from what, and which libraries it runs with.
exposition::BuildInfo ThisBuild();

// The line of --version.
std::string VersionText();

}  // namespace pgfleet::cli
