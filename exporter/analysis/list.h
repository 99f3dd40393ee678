#pragma once

#include "analysis/analysis.h"

namespace pgfleet::analysis {

// The analyses, each in the file of its name. catalog.cc puts them in order.
extern const Analysis kSenders;
extern const Analysis kMembership;
extern const Analysis kAccess;

}  // namespace pgfleet::analysis
