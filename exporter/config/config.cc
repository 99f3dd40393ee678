#include "config/config.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <utility>

#include "config/archive.h"
#include "config/backups.h"
#include "config/cdc.h"
#include "config/desired_roles.h"
#include "config/desired_settings.h"
#include "config/expect.h"
#include "config/jobs.h"
#include "config/lanes.h"
#include "config/nodes.h"
#include "config/objectives.h"
#include "config/text.h"
#include "config/topology.h"

namespace pgfleet::config {
namespace {

struct ClusterDraft {
  Place place;
  Name name;
  model::ClusterKind kind = model::ClusterKind::kPrimary;
  bool maintenance = false;
  LaneDrafts lanes;
  ObjectivesDraft objectives;
  ExpectDraft expect;
  ArchiveDraft archive;
  JobsDraft pgagent, cron;
  std::vector<CdcDraft> cdc;
  DesiredSettingsDraft settings;
  DesiredAccessDraft access;
  std::optional<Given<std::int64_t>> wal_volume;
  std::vector<BackupDraft> backups;
  Settings connection;
  std::vector<NodeDraft> nodes;
};

struct FleetDraft {
  LaneDrafts lanes;
  ObjectivesDraft objectives;
  DesiredSettingsDraft settings;
  Settings connection;
  std::vector<ClusterDraft> clusters;
};

template <typename T>
void ReadConnectionKey(Reader& reader, const YamlNode& value, T& into) {
  ReadConnection(value, reader.environment, reader.faults, into.connection);
}

template <typename T>
void ReadLanesKey(Reader& reader, const YamlNode& value, T& into) {
  ReadLanes(reader, value, into.lanes);
}

template <typename T>
void ReadObjectivesKey(Reader& reader, const YamlNode& value, T& into) {
  ReadObjectives(reader, value, into.objectives);
}

template <typename T>
void ReadSettingsKey(Reader& reader, const YamlNode& value, T& into) {
  ReadDesiredSettings(reader, value, into.settings);
}

void ReadKind(Reader& reader, const YamlNode& value, ClusterDraft& cluster) {
  // ClusterKind's.
  static constexpr std::array<std::string_view, 3> kKinds = {"primary", "standby_cluster",
                                                             "single"};
  if (const auto kind = ReadChoice(reader, value, "kind", kKinds))
    cluster.kind = static_cast<model::ClusterKind>(kind->value);
}

void ReadMaintenance(Reader& reader, const YamlNode& value, ClusterDraft& cluster) {
  if (const auto flag = ReadFlag(reader, value, "maintenance")) cluster.maintenance = flag->value;
}

constexpr std::string_view kConnectionForm = "mapping of libpq keywords";

constexpr Key<ClusterDraft> kClusterKeys[] = {
    {"name", true, &ReadName<ClusterDraft>, "name", "required", "unique; the label `pg_cluster`"},
    {"kind", false, &ReadKind, "`primary`, `standby_cluster` or `single`", "`primary`",
     "what leads it: a primary, or in a standby cluster a node that is in recovery itself; "
     "`single`: one node without standbys"},
    {"maintenance", false, &ReadMaintenance, "`true` or `false`", "`false`",
     "`pgfleet_maintenance`, for alerts that must be quiet while somebody works on it"},
    {"lanes", false, &ReadLanesKey<ClusterDraft>, "mapping of lanes", "those of the fleet",
     "laid over those of the fleet"},
    {"objectives", false, &ReadObjectivesKey<ClusterDraft>, "mapping of objectives",
     "those of the fleet", "laid over those of the fleet, key by key"},
    {"expect", false,
     [](Reader& r, const YamlNode& v, ClusterDraft& cluster) { ReadExpect(r, v, cluster.expect); },
     "mapping", "nothing",
     "how many standbys and which slots there should be, and whether WAL is archived"},
    {"wal_volume", false,
     [](Reader& r, const YamlNode& v, ClusterDraft& cluster) {
       cluster.wal_volume = ReadSize(r, v, "wal_volume");
     },
     "size", "not known", "size of the volume that holds pg_wal, for alerts on what fills it"},
    {"archive", false,
     [](Reader& r, const YamlNode& v, ClusterDraft& cluster) {
       ReadArchive(r, v, cluster.archive);
     },
     "mapping", "not looked at", "where its archived WAL can be read"},
    {"backups", false,
     [](Reader& r, const YamlNode& v, ClusterDraft& cluster) {
       ReadBackups(r, v, cluster.backups);
     },
     "list of backups", "none", "backup files that jobs leave on a disk of this machine"},
    {"pgagent", false,
     [](Reader& r, const YamlNode& v, ClusterDraft& c) { ReadJobs(r, v, "pgagent", c.pgagent); },
     "mapping of jobs", "not watched", "the jobs of pgAgent"},
    {"cron", false,
     [](Reader& r, const YamlNode& v, ClusterDraft& c) { ReadJobs(r, v, "cron", c.cron); },
     "mapping of jobs", "not watched", "the jobs of pg_cron"},
    {"cdc", false, [](Reader& r, const YamlNode& v, ClusterDraft& c) { ReadCdc(r, v, c.cdc); },
     "list of consumers", "nothing", "who reads the changes of a database, such as Debezium"},
    {"settings", false, &ReadSettingsKey<ClusterDraft>, "mapping", "those of the fleet",
     "how its settings are compared and what they should be; laid over those of the fleet"},
    {"roles", false,
     [](Reader& r, const YamlNode& v, ClusterDraft& cluster) { ReadRoles(r, v, cluster.access); },
     "mapping of roles", "not compared", "its roles: these and no others"},
    {"roles_ignore", false,
     [](Reader& r, const YamlNode& v, ClusterDraft& cluster) {
       ReadRolesIgnore(r, v, cluster.access);
     },
     "list of names or patterns", "none", "roles that are left alone"},
    {"connection", false, &ReadConnectionKey<ClusterDraft>, kConnectionForm, "those of the fleet",
     "laid over those of the fleet"},
    {"nodes", true,
     [](Reader& r, const YamlNode& v, ClusterDraft& cluster) { ReadNodes(r, v, cluster.nodes); },
     "list of nodes", "required", "every server of the cluster, also those that are down"},
};

constexpr Key<FleetDraft> kTopKeys[] = {
    {"lanes", false, &ReadLanesKey<FleetDraft>, "mapping of lanes", "see below",
     "how often what is asked"},
    {"objectives", false, &ReadObjectivesKey<FleetDraft>, "mapping of objectives", "none",
     "how much lag and loss is acceptable"},
    {"settings", false, &ReadSettingsKey<FleetDraft>, "mapping", "none",
     "how settings are compared and what they should be"},
    {"connection", false, &ReadConnectionKey<FleetDraft>, kConnectionForm, "none",
     "defaults for every node"},
    {"clusters", true,
     [](Reader& r, const YamlNode& v, FleetDraft& fleet) {
       ReadList<ClusterDraft>(r, "clusters", "cluster", v, kClusterKeys, fleet.clusters);
     },
     "list of clusters", "required", "the fleet"},
};

using SharedSettings = model::Shared<model::DesiredSettings>;

// `common`: of a cluster that says nothing about settings; thousands of them share it.
ClusterConfig FinishCluster(const FleetDraft& fleet, const SharedSettings& common,
                            const ClusterDraft& cluster, Faults& faults) {
  CheckUnique("node", cluster.nodes, faults);
  CheckTopology(cluster.nodes, cluster.kind, faults);
  ClusterConfig done{
      .name = cluster.name.text,
      .lanes = FinishLanes(fleet.lanes, cluster.lanes, faults),
      .declared = {.kind = cluster.kind,
                   .maintenance = cluster.maintenance,
                   .objectives = FinishObjectives(fleet.objectives, cluster.objectives),
                   .expected = FinishExpect(cluster.expect, cluster.kind, faults),
                   .settings = cluster.settings.SaysNothing()
                                   ? common
                                   : SharedSettings(
                                         FinishDesiredSettings(fleet.settings, cluster.settings)),
                   .access = model::Shared(FinishDesiredAccess(cluster.access, faults)),
                   .archive_directory = cluster.archive.directory,
                   .backups = FinishBackups(cluster.backups, faults),
                   .pgagent_database = cluster.pgagent.database,
                   .cron_database = cluster.cron.database,
                   .cdc = FinishCdc(cluster.cdc, faults)},
      .nodes = {}};
  std::ranges::transform(done.lanes, done.declared.lane_intervals.begin(), [](const auto& lane) {
    return std::chrono::duration<double>(lane.interval).count();
  });
  if (cluster.wal_volume)
    done.declared.wal_volume_bytes = static_cast<double>(cluster.wal_volume->value);
  for (const NodeDraft& node : cluster.nodes) {
    done.nodes.push_back(
        FinishNode(node, cluster.connection, fleet.connection, done.lanes, faults));
    done.nodes.back().pgagent_database = cluster.pgagent.database;
    done.nodes.back().cron_database = cluster.cron.database;
    VisitCaptured(done.declared.cdc, done.nodes.back());
  }
  return done;
}

Config FinishFleet(const FleetDraft& fleet, Faults& faults) {
  Config config;
  FinishLanes({}, fleet.lanes, faults);
  CheckUnique("cluster", fleet.clusters, faults);
  const SharedSettings common(FinishDesiredSettings(fleet.settings, {}));
  for (const ClusterDraft& cluster : fleet.clusters)
    config.clusters.push_back(FinishCluster(fleet, common, cluster, faults));
  return config;
}

}  // namespace

std::string UnknownKeyHint(std::string_view key, std::span<const std::string_view> known) {
  const auto accepted = AcceptedKeywords();
  const bool is_keyword = std::ranges::find(accepted, key) != accepted.end();
  if (is_keyword && std::ranges::find(known, "connection") != known.end())
    return " (a connection keyword: write it under 'connection')";
  return DidYouMean(key, known);
}

std::expected<Config, std::vector<Fault>> Parse(std::string_view text, const std::string& file,
                                                const Environment& environment) {
  Faults faults(file);
  if (!CheckText(text, faults)) return std::unexpected(faults.Take());
  const auto root = ReadYaml(text, faults);
  if (!root) return std::unexpected(faults.Take());
  Reader reader{environment, faults};
  FleetDraft fleet;
  ReadMapping<FleetDraft>(reader, "the file", *root, kTopKeys, fleet);
  Config config = FinishFleet(fleet, faults);
  if (!faults.empty()) return std::unexpected(faults.Take());
  return config;
}

std::expected<Config, std::vector<Fault>> Load(const std::string& path,
                                               const Environment& environment) {
  const auto text = ReadConfigFile(path);
  if (!text) return std::unexpected(std::vector{Fault{path, 0, 0, text.error()}});
  return Parse(*text, path, environment);
}

Config SingleNode(std::map<std::string, std::string> connection) {
  const std::string host =
      connection.contains("host") ? connection["host"] : connection["hostaddr"];
  if (connection["hostaddr"].empty()) connection.erase("hostaddr");
  const bool is_socket = host.empty() || host.front() == '/' || host.front() == '@';
  // Without any host libpq goes to the local socket, a service brings its own sslmode, and
  // PGSSLMODE is the user's word.
  if (!host.empty() && !ProcessEnvironment()("PGSSLMODE")) {
    const auto address = connection.find("hostaddr");
    connection.try_emplace(
        "sslmode", DefaultSslMode(host, address == connection.end() ? "" : address->second));
  }
  NodeConfig node;
  node.name = is_socket ? "local" : host;
  node.connection = std::move(connection);
  Config config;
  config.clusters.push_back(
      {.name = "default", .lanes = DefaultLanes(), .nodes = {std::move(node)}});
  return config;
}

std::vector<KeyDoc> Schema() {
  std::vector<KeyDoc> docs;
  Describe<FleetDraft>("top", kTopKeys, docs);
  Describe<ClusterDraft>("cluster", kClusterKeys, docs);
  DescribeNodes(docs);
  DescribeObjectives(docs);
  DescribeExpect(docs);
  DescribeArchive(docs);
  DescribeBackups(docs);
  DescribeJobs(docs);
  DescribeCdc(docs);
  DescribeDesiredSettings(docs);
  DescribeRoles(docs);
  DescribeLanes(docs);
  for (const std::string_view name : AcceptedKeywords())
    docs.push_back({"connection", name, "text", "", FindKeyword(name)->note});
  return docs;
}

}  // namespace pgfleet::config
