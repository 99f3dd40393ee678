#pragma once

#include "collectors/collector.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::collectors {

// Whether the facts of collector number `index` of a node may be shown at `now`: gathered within
// the max_age of its lane and, for pulse and status, while the node is up (contract: dropped at
// once when pgfleet_up turns 0).
bool IsFresh(const model::NodeSnapshot& node, std::size_t index, model::Monotonic now);

// The same by name; false for a name that is not in the catalog.
bool IsFresh(const model::NodeSnapshot& node, std::string_view collector, model::Monotonic now);

// When the collector of this name last succeeded; absent for a name that is not in the catalog.
std::optional<model::Monotonic> AnsweredAt(const model::NodeSnapshot& node,
                                           std::string_view collector);

}  // namespace pgfleet::collectors
