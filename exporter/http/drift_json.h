#pragma once

#include <span>
#include <string>

#include "model/cluster_snapshot.h"

namespace pgfleet::http {

// The answer of /api/v1/drift; its shape is in docs/drift.md. Pure.
std::string RenderDriftJson(std::span<const model::SnapshotPtr> clusters, model::Monotonic now);

}  // namespace pgfleet::http
