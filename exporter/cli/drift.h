#pragma once

#include <span>
#include <string>

#include "config/config.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::cli {

// Asks every node once and prints what differs as a table. 0 when nothing does, 1 when something
// does or could not be compared.
int PrintDrift(config::Config config, const std::string& cluster);

// The table, ended by a line that counts; and below it what waits for a reload or a restart, which
// is no drift. Pure.
std::string DriftText(std::span<const model::SnapshotPtr> clusters);

// Whether every cluster was compared and nothing differs. Pure.
bool NothingDiffers(std::span<const model::SnapshotPtr> clusters);

}  // namespace pgfleet::cli
