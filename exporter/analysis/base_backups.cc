#include <algorithm>
#include <array>

#include "analysis/list.h"
#include "analysis/nodes.h"

namespace pgfleet::analysis {
namespace {

using metric::MetricDesc;
using model::ClusterSnapshot;

constexpr MetricDesc kLast{
    .name = "pgfleet_basebackup_last_timestamp_seconds",
    .scope = metric::Scope::kCluster,
    .unit = "seconds",
    .help =
        "When the last base backup that was seen ended, by the server's clock: the newest of any "
        "node's backup history files, remembered also once the file is gone (over restarts with "
        "--state-dir). One taken from a standby leaves none. Absent: never seen.",
    .source = "pg_ls_waldir(), 9.6: pg_ls_dir()"};
constexpr std::array kMetrics = {&kLast};

void Run(ClusterSnapshot& cluster, Memory& memory) {
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    const auto& node = cluster.nodes[i];
    const auto* directory = Fresh(cluster, node, node.facts.wal_directory, "wal_directory");
    if (directory == nullptr || cluster.analysis[i].foreign.value_or(false)) continue;
    memory.last_base_backup = std::max(memory.last_base_backup, directory->last_backup);
  }
  cluster.findings.last_base_backup = memory.last_base_backup;
}

void Write(const ClusterSnapshot& cluster, model::Monotonic, metric::MetricWriter& out) {
  out.Write(kLast, cluster.findings.last_base_backup);
}

}  // namespace

constexpr Analysis kBaseBackups{
    .name = "base_backups", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
