#pragma once

#include <string>

#include "config/config.h"

namespace pgfleet::cli {

// Asks the nodes of one cluster ("": the only one) once and prints what they are now as YAML for
// the config. 0 when that is all of it; 1 when a node did not answer or there is no primary to ask;
// 2 for a cluster that is not declared.
int PrintBaseline(config::Config config, const std::string& cluster);

}  // namespace pgfleet::cli
