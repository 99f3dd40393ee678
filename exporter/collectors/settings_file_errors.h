#pragma once

#include <array>

#include "metric/metric_desc.h"

namespace pgfleet::collectors {

inline constexpr std::array<std::string_view, 1> kFileErrorLabels = {"file"};

// Written by the collector of each file; listed among the metrics of file_settings only.
inline constexpr metric::MetricDesc kSettingsFileErrors{
    .name = "pgfleet_settings_file_errors",
    .labels = kFileErrorLabels,
    .help =
        "Faults in a configuration file and those it includes, as they are on disk now. "
        "postgresql.conf: a setting that waits for a restart is no fault once the file was "
        "reloaded.",
    .source = "pg_file_settings (9.6+), pg_hba_file_rules (10+), pg_ident_file_mappings (15+)"};

}  // namespace pgfleet::collectors
