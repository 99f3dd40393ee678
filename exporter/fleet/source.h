#pragma once

#include <string>
#include <vector>

#include "model/cluster_snapshot.h"

namespace pgfleet::fleet {

// What the HTTP side may see of the fleet. Thread-safe; never blocks on a node.
class SnapshotSource {
 public:
  virtual ~SnapshotSource() = default;
  // The newest snapshot of every cluster, in the order of the config.
  virtual std::vector<model::SnapshotPtr> Snapshots() const = 0;
  // True once the first attempt at every node has ended.
  virtual bool Ready() const = 0;
};

}  // namespace pgfleet::fleet
