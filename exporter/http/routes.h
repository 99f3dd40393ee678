#pragma once

#include <string>
#include <string_view>

#include "exposition/self_metrics.h"
#include "fleet/source.h"
#include "http/router.h"

namespace pgfleet::http {

// Whether the whole fleet's metrics may be served at this path: it begins with a slash, holds only
// characters that need no encoding and is none of the paths that have another meaning.
bool IsTelemetryPath(std::string_view path);

// Everything that the exporter serves: the metrics at `telemetry_path`, /probe, /sd, /-/healthy,
// /-/ready, the landing page, and for this machine /drift and /api/v1/drift. A request renders what
// the source has; no handler waits for a node. Both references must outlive the router. Requires
// IsTelemetryPath(telemetry_path).
Router MakeRoutes(const fleet::SnapshotSource& source, const exposition::SelfMetrics& self,
                  const std::string& telemetry_path = "/metrics");

}  // namespace pgfleet::http
