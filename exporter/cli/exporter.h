#pragma once

#include "cli/flags.h"
#include "config/config.h"

namespace pgfleet::cli {

// The exporter as a service: serves pages within a second of its start, whatever the nodes do; answers SIGHUP with a
// reload, SIGTERM and SIGINT with a clean end within two seconds; tells systemd that it is ready and alive. Returns
// the exit status. Requires TakeSignals() before.
int Serve(const Flags& flags, config::Config config);

// Polls every node once, prints the page, and returns 1 when a node is down.
int PrintOnce(config::Config config);

}  // namespace pgfleet::cli
