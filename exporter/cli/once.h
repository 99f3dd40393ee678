#pragma once

#include "config/config.h"

namespace pgfleet::cli {

// Polls every node once and prints the page to standard output. 0 when every node is up, 1 when one
// is down.
int PrintOnce(config::Config config);

}  // namespace pgfleet::cli
