#pragma once

#include <array>

#include "metric/metric_desc.h"

namespace pgfleet::collectors {

inline constexpr std::array<std::string_view, 1> kSeriesDroppedLabels = {"kind"};

// Written by every collector that caps what it shows; listed among the metrics of walsenders only.
inline constexpr metric::MetricDesc kSeriesDropped{
    .name = "pgfleet_series_dropped",
    .labels = kSeriesDroppedLabels,
    .help = "Things of a kind that have no series of their own because there are too many.",
    .source = "the exporter's caps"};

}  // namespace pgfleet::collectors
