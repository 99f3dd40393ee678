#pragma once

#include <span>
#include <string>
#include <string_view>

#include "exposition/self_metrics.h"
#include "metric/metric_desc.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::exposition {

inline constexpr std::string_view kTextContentType = "text/plain; version=0.0.4; charset=utf-8";

// The page of these clusters in the text format 0.0.4: family by family in the order of the
// catalogs, without sample timestamps. Facts older than their lane's max_age at `now` are left out,
// so that Prometheus marks their series stale. `self` adds the exporter's own metrics; null on
// pages of a part of the fleet. Pure but for `self`; any thread.
std::string RenderText(std::span<const model::SnapshotPtr> clusters, model::Monotonic now,
                       const SelfMetrics* self);

// `# HELP` and `# TYPE` of a family. State sets and infos are gauges in this format.
void AppendHeader(std::string& out, const metric::MetricDesc& desc);

}  // namespace pgfleet::exposition
