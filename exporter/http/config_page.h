#pragma once

#include <span>
#include <string>

#include "model/cluster_snapshot.h"

namespace pgfleet::http {

// The page at `/config`: what is in force, defaults included, cluster by cluster. Holds no secret,
// because the snapshots hold none: of the way to a server they keep only what is named as harmless,
// of declared settings the page shows the names. Pure.
std::string RenderConfig(std::span<const model::SnapshotPtr> clusters);

}  // namespace pgfleet::http
