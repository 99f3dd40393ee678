#include <algorithm>
#include <array>

#include "analysis/list.h"
#include "collectors/freshness.h"
#include "collectors/series_dropped.h"

namespace pgfleet::analysis {
namespace {

using metric::MetricDesc;
using metric::Scope;

constexpr std::size_t kMostEntries = 100;     // series of drift
constexpr std::size_t kMostPrivileged = 100;  // series of privileged roles

constexpr std::array<std::string_view, 1> kKind = {"kind"};
constexpr std::array<std::string_view, 3> kEntryLabels = {"kind", "role", "detail"};
constexpr std::array<std::string_view, 3> kPrivilegedLabels = {"role", "privilege", "via"};
constexpr MetricDesc kEntries{.name = "pgfleet_access_drift_entries",
                              .scope = Scope::kCluster,
                              .labels = kKind,
                              .help =
                                  "Differences between the roles that are declared and those of "
                                  "the elected primary; 0 where nothing is declared.",
                              .source = "pg_roles, pg_auth_members, pg_db_role_setting"};
constexpr MetricDesc kDrift{.name = "pgfleet_access_drift",
                            .kind = metric::Kind::kInfo,
                            .scope = Scope::kCluster,
                            .labels = kEntryLabels,
                            .help =
                                "One such difference; detail: the attribute, the setting, or the "
                                "role of which `role` is or should be a member. At most 100.",
                            .source = "pg_roles, pg_auth_members, pg_db_role_setting"};
constexpr MetricDesc kPrivileged{
    .name = "pgfleet_role_privileged",
    .kind = metric::Kind::kInfo,
    .scope = Scope::kCluster,
    .labels = kPrivilegedLabels,
    .help =
        "Roles that hold a dangerous privilege, by the strongest way: held, inherit (over other "
        "roles), set (by SET ROLE), grantable (it may grant it to itself). Superusers are listed "
        "as such only. Before 16, createrole is worth nearly as much. At most 100.",
    .source = "pg_roles, pg_auth_members"};
constexpr MetricDesc kFingerprint{.name = "pgfleet_access_fingerprint",
                                  .scope = Scope::kCluster,
                                  .help =
                                      "48 bits over roles, their attributes, memberships and "
                                      "settings, by name; roles of PostgreSQL and of the platform "
                                      "and ignored ones left out.",
                                  .source = "pg_roles, pg_auth_members, pg_db_role_setting"};
constexpr MetricDesc kChanges{
    .name = "pgfleet_access_changes_total",
    .kind = metric::Kind::kCounter,
    .scope = Scope::kCluster,
    .help =
        "How often roles, memberships or their settings were seen to have changed since they were "
        "last asked. Kept over restarts with --state-dir.",
    .source = "pg_roles, pg_auth_members, pg_db_role_setting"};
constexpr MetricDesc kLastChange{.name = "pgfleet_access_last_change_timestamp_seconds",
                                 .scope = Scope::kCluster,
                                 .unit = "seconds",
                                 .help =
                                     "When such a change was last seen, by the exporter's clock; "
                                     "absent: never since the cluster is watched.",
                                 .source = "pg_roles, pg_auth_members, pg_db_role_setting"};
constexpr std::array kMetrics = {&kEntries,     &kDrift,   &kPrivileged,
                                 &kFingerprint, &kChanges, &kLastChange};

void Run(model::ClusterSnapshot& cluster, Memory& memory) {
  if (memory.access.fingerprint)
    cluster.findings.access_changes =
        model::ChangeCount{.changes = memory.access.changes, .last = memory.access.last};
}

void WriteDrift(const std::vector<model::AccessDrift>& drift, metric::MetricWriter& out) {
  const auto name = [](const model::AccessDrift& entry) {
    return model::kAccessKindNames[static_cast<std::size_t>(entry.kind)];
  };
  for (const auto kind : model::kAccessKindNames)
    out.Write(kEntries, {kind}, static_cast<double>(std::ranges::count(drift, kind, name)));
  for (std::size_t i = 0; i < std::min(drift.size(), kMostEntries); ++i)
    out.Write(kDrift, {name(drift[i]), drift[i].role, drift[i].detail}, 1);
}

void WritePrivileged(const std::vector<model::PrivilegedRole>& roles, metric::MetricWriter& out) {
  for (std::size_t i = 0; i < std::min(roles.size(), kMostPrivileged); ++i)
    out.Write(kPrivileged,
              {roles[i].role, model::kPrivilegeNames[static_cast<std::size_t>(roles[i].privilege)],
               model::kViaNames[static_cast<std::size_t>(roles[i].via)]},
              1);
}

void WriteChanges(const model::ChangeCount& count, metric::MetricWriter& out) {
  out.Write(kChanges, static_cast<double>(count.changes));
  if (count.last) out.Write(kLastChange, model::Seconds(count.last->time_since_epoch()));
}

double Above(std::size_t size, std::size_t most) {
  return static_cast<double>(size - std::min(size, most));
}

void Write(const model::ClusterSnapshot& cluster, model::Monotonic now, metric::MetricWriter& out) {
  if (!cluster.drift || !cluster.drift->access || !cluster.drift->reference) return;
  const model::NodeSnapshot& node = cluster.nodes[*cluster.drift->reference];
  if (!collectors::IsFresh(node, "role_list", now) ||
      !collectors::IsFresh(node, "memberships", now))
    return;
  const model::AccessFindings& found = *cluster.drift->access;
  WriteDrift(found.drift, out);
  WritePrivileged(found.privileged, out);
  if (found.fingerprint) out.Write(kFingerprint, static_cast<double>(*found.fingerprint));
  if (cluster.findings.access_changes) WriteChanges(*cluster.findings.access_changes, out);
  out.EnterNode(cluster.name, node.declared.name);
  out.Write(collectors::kSeriesDropped, {"access_drift"}, Above(found.drift.size(), kMostEntries));
  out.Write(collectors::kSeriesDropped, {"role_privileged"},
            Above(found.privileged.size(), kMostPrivileged));
}

}  // namespace

constexpr Analysis kAccessDrift{
    .name = "access_drift", .run = Run, .write = Write, .metrics = kMetrics};

}  // namespace pgfleet::analysis
