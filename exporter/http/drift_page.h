#pragma once

#include <span>
#include <string>

#include "model/cluster_snapshot.h"

namespace pgfleet::http {

// The page at `/drift`: what differs, in plain HTML without scripts. Shows values of settings, for
// people on this machine. Pure.
std::string RenderDriftPage(std::span<const model::SnapshotPtr> clusters, model::Monotonic now);

}  // namespace pgfleet::http
