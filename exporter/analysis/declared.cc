#include <array>

#include "analysis/list.h"
#include "collectors/values.h"
#include "model/reason.h"

namespace pgfleet::analysis {
namespace {

constexpr auto kCluster = metric::Scope::kCluster;

constexpr metric::MetricDesc kLagSeconds{
    .name = "pgfleet_objective_lag_seconds",
    .scope = kCluster,
    .unit = "seconds",
    .help = "How far a standby may lie behind. Absent where not declared.",
    .source = "objectives of the configuration"};
constexpr metric::MetricDesc kLagBytes{
    .name = "pgfleet_objective_lag_bytes",
    .scope = kCluster,
    .unit = "bytes",
    .help = "How many bytes of WAL a standby may lie behind. Absent where not declared.",
    .source = "objectives of the configuration"};
constexpr metric::MetricDesc kRpo{
    .name = "pgfleet_objective_rpo_seconds",
    .scope = kCluster,
    .unit = "seconds",
    .help = "How much of the newest work may be lost with the primary. Absent where not declared.",
    .source = "objectives of the configuration"};
constexpr metric::MetricDesc kBackupAge{
    .name = "pgfleet_objective_backup_age_seconds",
    .scope = kCluster,
    .unit = "seconds",
    .help = "How old the last base backup may become. Absent where not declared.",
    .source = "objectives of the configuration"};
constexpr metric::MetricDesc kStandbys{
    .name = "pgfleet_objective_standbys",
    .scope = kCluster,
    .help = "How many standbys should stream. Absent where not declared.",
    .source = "expect of the configuration"};
constexpr metric::MetricDesc kSynchronous{
    .name = "pgfleet_objective_synchronous",
    .scope = kCluster,
    .help = "How many standbys should confirm a commit. Absent where not declared.",
    .source = "expect of the configuration"};
constexpr metric::MetricDesc kArchiving{
    .name = "pgfleet_objective_archiving",
    .scope = kCluster,
    .help = "1: the primary's WAL should be archived, 0: it should not. Absent where not declared.",
    .source = "expect of the configuration"};
constexpr metric::MetricDesc kWalVolume{
    .name = "pgfleet_objective_wal_volume_bytes",
    .scope = kCluster,
    .unit = "bytes",
    .help = "Size of the volume that holds pg_wal. Absent where not declared.",
    .source = "wal_volume of the configuration"};
constexpr metric::MetricDesc kMaintenance{
    .name = "pgfleet_maintenance",
    .scope = kCluster,
    .help = "1 while the configuration says that somebody works on the cluster.",
    .source = "configuration"};
constexpr std::array<std::string_view, 1> kLaneLabel = {"lane"};
constexpr metric::MetricDesc kLaneInterval{
    .name = "pgfleet_lane_interval_seconds",
    .scope = kCluster,
    .unit = "seconds",
    .labels = kLaneLabel,
    .help = "How often the nodes of the cluster are asked in this lane.",
    .source = "lanes of the configuration"};
constexpr std::array kMetrics = {&kLagSeconds,  &kLagBytes,    &kRpo,       &kBackupAge,
                                 &kStandbys,    &kSynchronous, &kArchiving, &kWalVolume,
                                 &kMaintenance, &kLaneInterval};

void Write(const model::ClusterSnapshot& cluster, model::Monotonic, metric::MetricWriter& out) {
  const auto& [lag_seconds, lag_bytes, rpo_seconds, backup_age_seconds] =
      cluster.declared.objectives;
  const auto& expected = cluster.declared.expected;
  out.Write(kLagSeconds, lag_seconds);
  out.Write(kLagBytes, lag_bytes);
  out.Write(kRpo, rpo_seconds);
  out.Write(kBackupAge, backup_age_seconds);
  out.Write(kStandbys, collectors::AsValue(expected.standbys));
  out.Write(kSynchronous, collectors::AsValue(expected.synchronous));
  out.Write(kArchiving, collectors::AsValue(expected.archiving));
  out.Write(kWalVolume, cluster.declared.wal_volume_bytes);
  out.Write(kMaintenance, cluster.declared.maintenance ? 1.0 : 0.0);
  for (std::size_t lane = 0; lane < model::kLaneNames.size(); ++lane)
    out.Write(kLaneInterval, {model::kLaneNames[lane]}, cluster.declared.lane_intervals[lane]);
}

}  // namespace

constexpr Analysis kDeclared{.name = "declared", .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
