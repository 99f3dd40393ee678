#pragma once

#include <span>
#include <string>
#include <string_view>

#include "exposition/self_metrics.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::http {

// The page at `/`: links and a table of the nodes, in plain HTML without scripts. Shows nothing
// that the metrics do not show. Pure.
std::string RenderLanding(std::span<const model::SnapshotPtr> clusters, model::Monotonic now,
                          const exposition::BuildInfo& build, std::string_view telemetry_path);

}  // namespace pgfleet::http
