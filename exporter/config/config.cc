#include "config/config.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "config/lanes.h"
#include "config/reader.h"
#include "config/text.h"

namespace pgfleet::config {
namespace {

struct Name {
  std::string text;
  Place place;
};

struct NodeDraft {
  Place place;
  Name name;
  std::vector<std::string> databases;
  std::optional<Place> session_per_poll;
  Settings own;         // host, hostaddr, port
  Settings connection;  // the node's mapping of that name
};

struct ClusterDraft {
  Place place;
  Name name;
  LaneDrafts lanes;
  Settings connection;
  std::vector<NodeDraft> nodes;
};

struct FleetDraft {
  LaneDrafts lanes;
  Settings connection;
  std::vector<ClusterDraft> clusters;
};

bool IsName(std::string_view text) {
  constexpr std::size_t kLongest = 63;
  const auto is_alphanumeric = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  };
  return !text.empty() && text.size() <= kLongest && is_alphanumeric(text.front()) &&
         std::ranges::all_of(
             text, [&](char c) { return is_alphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

template <typename T>
void ReadName(Reader& reader, const YamlNode& value, T& into) {
  into.name = {value.text, value.place};
  if (value.kind != YamlNode::Kind::kScalar)
    reader.faults.Add(value.place,
                      fmt::format("'name' needs a single value, not {}", KindName(value.kind)));
  else if (!IsName(value.text))
    reader.faults.Add(value.place,
                      "'name' must be 1 to 63 of the characters A-Z a-z 0-9 _ . - and begin with a "
                      "letter or digit");
  else
    return;
  into.name.text.clear();
}

template <typename T>
void ReadConnectionKey(Reader& reader, const YamlNode& value, T& into) {
  ReadConnection(value, reader.environment, reader.faults, into.connection);
}

template <typename T>
void ReadLanesKey(Reader& reader, const YamlNode& value, T& into) {
  ReadLanes(reader, value, into.lanes);
}

constexpr std::string_view kConnectionForm = "mapping of libpq keywords";

template <const char* kKeyword>
void ReadOwn(Reader& reader, const YamlNode& value, NodeDraft& node) {
  ReadSetting(kKeyword, value, reader.environment, reader.faults, node.own);
}
constexpr char kHost[] = "host";
constexpr char kHostaddr[] = "hostaddr";
constexpr char kPort[] = "port";

// PostgreSQL cuts names off after 63 bytes; a longer one would never be found.
bool IsDatabaseName(const YamlNode& item) {
  return item.kind == YamlNode::Kind::kScalar && !item.text.empty() && item.text.size() <= 63;
}

void ReadDatabases(Reader& reader, const YamlNode& value, NodeDraft& node) {
  if (value.kind != YamlNode::Kind::kSequence || value.items.empty())
    return reader.faults.Add(value.place, "'databases' must be a list of database names");
  for (const YamlNode& item : value.items) {
    if (!IsDatabaseName(item))
      reader.faults.Add(item.place, "a database name must be a text of 1 to 63 bytes");
    else if (std::ranges::find(node.databases, item.text) != node.databases.end())
      reader.faults.Add(item.place,
                        fmt::format("database '{}' is listed twice", Printable(item.text)));
    else
      node.databases.push_back(item.text);
  }
}

void ReadSessions(Reader& reader, const YamlNode& value, NodeDraft& node) {
  if (value.kind != YamlNode::Kind::kScalar ||
      (value.text != "persistent" && value.text != "per_poll"))
    reader.faults.Add(value.place, "'sessions' must be 'persistent' or 'per_poll'");
  if (value.text == "per_poll") node.session_per_poll = value.place;
}

constexpr Key<NodeDraft> kNodeKeys[] = {
    {"name", true, &ReadName<NodeDraft>, "name", "required",
     "unique in its cluster; the label `pg_node`"},
    {kHost, false, &ReadOwn<kHost>, "name, address or socket directory",
     "required unless `hostaddr` or a `service` is given", "one server; several hosts are refused"},
    {kHostaddr, false, &ReadOwn<kHostaddr>, "IP address", "resolved from `host`",
     "where to connect; `host` then only names the server for `verify-full`"},
    {kPort, false, &ReadOwn<kPort>, "1 to 65535", "`port` of `connection`, else 5432", ""},
    {"connection", false, &ReadConnectionKey<NodeDraft>, kConnectionForm,
     "those of cluster and fleet", "laid over those of the cluster"},
    {"databases", false, &ReadDatabases, "list of database names", "none",
     "visited one after another in the inventory lane, for what only they can tell: tables of "
     "subscriptions and publications"},
    {"sessions", false, &ReadSessions, "`persistent` or `per_poll`", "`persistent`",
     "`per_poll` connects for each poll and leaves, so that a serverless database can pause; needs "
     "slow lanes"},
};

// Reads a list of mappings; an empty list is a fault.
template <typename T>
void ReadList(Reader& reader, std::string_view key, std::string_view what, const YamlNode& value,
              std::span<const Key<T>> keys, std::vector<T>& into) {
  if (value.kind != YamlNode::Kind::kSequence) {
    reader.faults.Add(value.place,
                      fmt::format("'{}' must be a list, not {}", key, KindName(value.kind)));
    return;
  }
  if (value.items.empty())
    reader.faults.Add(value.place,
                      fmt::format("'{}' is empty: it needs at least one {}", key, what));
  for (const YamlNode& item : value.items) {
    into.push_back({.place = item.place});
    ReadMapping<T>(reader, fmt::format("a {}", what), item, keys, into.back());
    // Then the node is not blamed as well for what could not be read.
    if (item.kind != YamlNode::Kind::kMapping) into.pop_back();
  }
}

constexpr Key<ClusterDraft> kClusterKeys[] = {
    {"name", true, &ReadName<ClusterDraft>, "name", "required", "unique; the label `pg_cluster`"},
    {"lanes", false, &ReadLanesKey<ClusterDraft>, "mapping of lanes", "those of the fleet",
     "laid over those of the fleet"},
    {"connection", false, &ReadConnectionKey<ClusterDraft>, kConnectionForm, "those of the fleet",
     "laid over those of the fleet"},
    {"nodes", true,
     [](Reader& r, const YamlNode& v, ClusterDraft& cluster) {
       ReadList<NodeDraft>(r, "nodes", "node", v, kNodeKeys, cluster.nodes);
     },
     "list of nodes", "required", "every server of the cluster, also those that are down"},
};

constexpr Key<FleetDraft> kTopKeys[] = {
    {"lanes", false, &ReadLanesKey<FleetDraft>, "mapping of lanes", "see below",
     "how often what is asked"},
    {"connection", false, &ReadConnectionKey<FleetDraft>, kConnectionForm, "none",
     "defaults for every node"},
    {"clusters", true,
     [](Reader& r, const YamlNode& v, FleetDraft& fleet) {
       ReadList<ClusterDraft>(r, "clusters", "cluster", v, kClusterKeys, fleet.clusters);
     },
     "list of clusters", "required", "the fleet"},
};

template <typename T>
void CheckUnique(std::string_view what, const std::vector<T>& drafts, Faults& faults) {
  std::map<std::string_view, int> lines;
  for (const T& draft : drafts) {
    if (draft.name.text.empty()) continue;
    const auto [seen, is_new] = lines.emplace(draft.name.text, draft.name.place.line);
    if (!is_new)
      faults.Add(draft.name.place, fmt::format("duplicate {} name '{}' (first on line {})", what,
                                               draft.name.text, seen->second));
  }
}

NodeConfig FinishNode(const FleetDraft& fleet, const ClusterDraft& cluster, const NodeDraft& node,
                      Faults& faults) {
  for (const auto& [keyword, setting] : node.connection)
    if (node.own.contains(keyword))
      faults.Add(setting.place,
                 fmt::format("'{}' is given twice: it stands beside the node's 'name' "
                             "already",
                             keyword));
  Settings settings = node.own;
  for (const Settings* defaults : {&node.connection, &cluster.connection, &fleet.connection})
    LayUnder(*defaults, settings);
  return {.name = node.name.text,
          .connection = Finish(settings, node.place, faults),
          .databases = node.databases,
          .session_per_poll = node.session_per_poll.has_value()};
}

// A connection costs both sides more than a poll: once a second is a load of its own.
void CheckSessions(const NodeDraft& node, const Lanes& lanes, Faults& faults) {
  constexpr std::chrono::seconds kFastest{10};
  const auto& pulse = lanes[static_cast<std::size_t>(model::Lane::kPulse)];
  if (node.session_per_poll && pulse.interval < kFastest)
    faults.Add(*node.session_per_poll,
               "'sessions: per_poll' connects anew for every poll: give the cluster slow lanes, "
               "such as `lanes: {pulse: 1min, status: 5min, inventory: 1h}` (pulse at least 10s)");
}

Config FinishFleet(const FleetDraft& fleet, Faults& faults) {
  Config config;
  FinishLanes({}, fleet.lanes, faults);
  CheckUnique("cluster", fleet.clusters, faults);
  for (const ClusterDraft& cluster : fleet.clusters) {
    CheckUnique("node", cluster.nodes, faults);
    ClusterConfig& done = config.clusters.emplace_back();
    done.name = cluster.name.text;
    done.lanes = FinishLanes(fleet.lanes, cluster.lanes, faults);
    for (const NodeDraft& node : cluster.nodes) {
      CheckSessions(node, done.lanes, faults);
      done.nodes.push_back(FinishNode(fleet, cluster, node, faults));
    }
  }
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
  Describe<NodeDraft>("node", kNodeKeys, docs);
  DescribeLanes(docs);
  for (const std::string_view name : AcceptedKeywords())
    docs.push_back({"connection", name, "text", "", FindKeyword(name)->note});
  return docs;
}

}  // namespace pgfleet::config
