#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "http/message.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::http {

// The one parameter of a page: `cluster`, which names a declared cluster. A host or DSN is never
// taken from a request: the exporter would carry its credentials wherever a client points it.
// Absent: no parameter was given. The error is the refusal. Pure.
std::expected<std::optional<std::string>, Response> ClusterParameter(const Request& request);

// The cluster of this name alone; 404 when none has it.
std::expected<model::SnapshotPtr, Response> FindCluster(
    std::span<const model::SnapshotPtr> clusters, std::string_view name);

}  // namespace pgfleet::http
