#pragma once

#include <span>
#include <string>
#include <string_view>

#include "exposition/self_metrics.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::http {

// What the landing page allows a browser to load: its own style and nothing else.
inline constexpr std::string_view kLandingPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

// The page at `/`: links and a table of the nodes, in plain HTML without scripts. Shows nothing
// that the metrics do not show. Pure.
std::string RenderLanding(std::span<const model::SnapshotPtr> clusters, model::Monotonic now,
                          const exposition::BuildInfo& build, std::string_view telemetry_path);

}  // namespace pgfleet::http
