#pragma once

#include <span>
#include <string>
#include <string_view>

#include "exposition/self_metrics.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::http {

// The page at `/`: the verdict, then every cluster with what is remarked of it and its nodes. Shows
// nothing that the metrics do not show. Pure.
std::string RenderFleet(std::span<const model::SnapshotPtr> clusters, model::Monotonic now,
                        const exposition::BuildInfo& build, std::string_view telemetry_path);

}  // namespace pgfleet::http
