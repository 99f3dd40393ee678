#pragma once

#include <array>

#include "analysis/analysis.h"
#include "metric/metric_desc.h"

// How far each standby is behind the elected primary, by the cluster's WAL clock.
namespace pgfleet::analysis {

// The primary's position was read within the pulse's max_age.
bool HasFreshReference(const model::ClusterSnapshot& cluster, model::Monotonic now);

// The lag in seconds may be shown at `now`: that a standby has everything is known only while the
// reference is fresh; what it lacks it lacks whatever the primary does.
bool IsKnown(const model::ClusterSnapshot& cluster, std::size_t node, model::Monotonic now);

void WriteLag(const model::ClusterSnapshot& cluster, model::Monotonic now,
              metric::MetricWriter& out);

namespace lag_metrics {

using metric::Kind;
using metric::MetricDesc;

inline constexpr std::string_view kClockSource =
    "pg_current_wal_flush_lsn() of the primary over time, pg_last_wal_replay_lsn()";

inline constexpr MetricDesc kSeconds{
    .name = "pgfleet_standby_lag_seconds",
    .unit = "seconds",
    .help =
        "Time since the elected primary stood where the standby stands: what was committed in it "
        "the standby does not show. Absent unless that is known, and for 0 unless the primary was "
        "asked lately.",
    .source = kClockSource};
inline constexpr MetricDesc kUncertainty{
    .name = "pgfleet_standby_lag_uncertainty_seconds",
    .unit = "seconds",
    .help = "Upper minus lower bound of the lag in seconds; absent where no upper bound is known.",
    .source = kClockSource};
inline constexpr MetricDesc kLowerBound{
    .name = "pgfleet_standby_lag_lower_bound",
    .kind = Kind::kInfo,
    .help =
        "The lag in seconds is no more than a lower bound: the standby's position is older than "
        "all that the exporter has seen of the primary.",
    .source = kClockSource};
inline constexpr MetricDesc kReferenceAge{
    .name = "pgfleet_standby_lag_reference_age_seconds",
    .unit = "seconds",
    .help = "Time since the primary's position was last known; absent until it once was.",
    .source = "pg_current_wal_flush_lsn()"};
inline constexpr MetricDesc kBytes{
    .name = "pgfleet_standby_lag_bytes",
    .unit = "bytes",
    .help = "WAL of the elected primary that the standby has not replayed.",
    .source = "pg_current_wal_flush_lsn(), pg_last_wal_replay_lsn()"};
inline constexpr MetricDesc kHop{
    .name = "pgfleet_standby_hop_lag_bytes",
    .unit = "bytes",
    .help = "WAL that the node it receives from has and the standby has not replayed.",
    .source = "pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()"};
inline constexpr MetricDesc kReceive{
    .name = "pgfleet_standby_receive_lag_bytes",
    .unit = "bytes",
    .help = "WAL of the elected primary that the standby has not received.",
    .source = "pg_current_wal_flush_lsn(), pg_last_wal_receive_lsn()"};
inline constexpr MetricDesc kDelay{
    .name = "pgfleet_standby_apply_delay_seconds",
    .unit = "seconds",
    .help = "By how long the standby replays commits late on purpose; before 12 as declared.",
    .source = "recovery_min_apply_delay, configuration"};
inline constexpr MetricDesc kExcess{
    .name = "pgfleet_standby_excess_lag_seconds",
    .unit = "seconds",
    .help = "The lag above the delay, on a standby that is delayed on purpose.",
    .source = kClockSource};
inline constexpr MetricDesc kObserved{.name = "pgfleet_standby_observed_seconds_total",
                                      .kind = Kind::kCounter,
                                      .unit = "seconds",
                                      .help = "Expected standby: time in which its lag was known.",
                                      .source = kClockSource};
inline constexpr MetricDesc kOver{
    .name = "pgfleet_standby_over_objective_seconds_total",
    .kind = Kind::kCounter,
    .unit = "seconds",
    .help =
        "Expected standby: time in which its lag was known and above the declared objective, an "
        "intended delay left out.",
    .source = "objectives of the configuration"};
inline constexpr MetricDesc kUnknown{
    .name = "pgfleet_standby_lag_unknown_seconds_total",
    .kind = Kind::kCounter,
    .unit = "seconds",
    .help = "Expected standby: time in which its lag was not known.",
    .source = kClockSource};

inline constexpr std::array kAll = {&kSeconds, &kUncertainty, &kLowerBound, &kReferenceAge,
                                    &kBytes,   &kHop,         &kReceive,    &kDelay,
                                    &kExcess,  &kObserved,    &kOver,       &kUnknown};

}  // namespace lag_metrics

}  // namespace pgfleet::analysis
