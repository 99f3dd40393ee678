#pragma once

#include <span>
#include <string>
#include <string_view>

#include "http/message.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::http {

// Whether a client can be sent to this `host` or `host:port`: a name or IPv4 address of letters,
// digits, hyphens, underscores and dots, or an IPv6 address in brackets; port 1 to 65535. Pure.
bool IsTarget(std::string_view text);

// Prometheus' http_sd in JSON: each cluster is one target, this exporter's page of it alone.
// Requires IsTarget(target). Pure.
std::string RenderTargets(std::span<const model::SnapshotPtr> clusters, std::string_view target);

// The page at /sd. The target is what the request calls this exporter: nothing else knows under
// which name and port it is seen from there. 400 when that cannot be asked; 503 without clusters.
Response Discover(const Request& request, std::span<const model::SnapshotPtr> clusters);

}  // namespace pgfleet::http
