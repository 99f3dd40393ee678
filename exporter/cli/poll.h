#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::cli {

// Asks every node of the config everything once, and compares. What has not answered within half a
// minute is not known.
std::vector<model::SnapshotPtr> PollOnce(config::Config config);

// Keeps only the cluster of this name ("": all of them). False when there is none; then standard
// error says so.
bool KeepCluster(config::Config& config, const std::string& name);

// Says on standard error which nodes of the cluster did not answer, and what to do. True when all
// did.
bool SayWhatIsDown(const model::ClusterSnapshot& cluster);

}  // namespace pgfleet::cli
