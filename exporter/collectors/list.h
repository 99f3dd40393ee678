#pragma once

#include "collectors/collector.h"

namespace pgfleet::collectors {

// The collectors, each in the file of its name. catalog.cc puts them in order.
extern const Collector kPulse;
extern const Collector kIdentity;
extern const Collector kWalsenders;
extern const Collector kWalreceiver;
extern const Collector kRecovery;
extern const Collector kSlots;
extern const Collector kArchiver;
extern const Collector kSettings;
extern const Collector kRoles;

}  // namespace pgfleet::collectors
