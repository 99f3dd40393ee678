#pragma once

#include <string>

namespace pgfleet::pg {

// The libpq that is loaded, as its authors write it: "15.18".
std::string LibpqVersion();

}  // namespace pgfleet::pg
