#pragma once

#include <span>

#include "collectors/collector.h"

namespace pgfleet::collectors {

// Every collector, in the order of the page. The first one of the pulse lane is the pulse itself.
std::span<const Collector* const> Catalog();

}  // namespace pgfleet::collectors
