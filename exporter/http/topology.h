#pragma once

#include <string>
#include <vector>

#include "http/remarks.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::http {

// Who feeds whom, drawn as inline SVG: a box for each node, left to right from the primary, a line
// from each upstream with the lag on it; a broken line where the stream is only declared. Nodes
// that receive from nobody stand at the left edge. At most kMostDrawn nodes. Markup; pure.
std::string DrawTopology(const model::ClusterSnapshot& cluster, const std::vector<Remark>& remarks,
                         model::Monotonic now);

inline constexpr std::size_t kMostDrawn = 100;

// Where the boxes stand.
struct Place {
  std::size_t node = 0;
  std::size_t column = 0, row = 0;
  std::optional<std::size_t> upstream;  // a node that has a place before this one
  bool streams = false;                 // from there, by what the servers say; else only declared
};
std::vector<Place> Arrange(const model::ClusterSnapshot& cluster);

}  // namespace pgfleet::http
