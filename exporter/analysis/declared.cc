#include <array>
#include <cstdint>
#include <optional>

#include "analysis/list.h"

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
constexpr metric::MetricDesc kMaintenance{
    .name = "pgfleet_maintenance",
    .scope = kCluster,
    .help = "1 while the configuration says that somebody works on the cluster.",
    .source = "configuration"};
constexpr std::array kMetrics = {&kLagSeconds, &kLagBytes,    &kRpo,
                                 &kStandbys,   &kSynchronous, &kMaintenance};

std::optional<double> Number(std::optional<std::int64_t> count) {
  if (!count) return std::nullopt;
  return static_cast<double>(*count);
}

void Write(const model::ClusterSnapshot& cluster, model::Monotonic, metric::MetricWriter& out) {
  const auto& [lag_seconds, lag_bytes, rpo_seconds] = cluster.declared.objectives;
  const auto& expected = cluster.declared.expected;
  out.Write(kLagSeconds, lag_seconds);
  out.Write(kLagBytes, lag_bytes);
  out.Write(kRpo, rpo_seconds);
  out.Write(kStandbys, Number(expected.standbys));
  out.Write(kSynchronous, Number(expected.synchronous));
  out.Write(kMaintenance, cluster.declared.maintenance ? 1.0 : 0.0);
}

}  // namespace

constexpr Analysis kDeclared{.name = "declared", .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
