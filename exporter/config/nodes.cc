#include "config/nodes.h"

#include <algorithm>
#include <array>

namespace pgfleet::config {
namespace {

void ReadConnectionKey(Reader& reader, const YamlNode& value, NodeDraft& node) {
  ReadConnection(value, reader.environment, reader.faults, node.connection);
}

template <const char* kKeyword>
void ReadOwn(Reader& reader, const YamlNode& value, NodeDraft& node) {
  ReadSetting(kKeyword, value, reader.environment, reader.faults, node.own);
}
constexpr char kHost[] = "host";
constexpr char kHostaddr[] = "hostaddr";
constexpr char kPort[] = "port";

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

void ReadRole(Reader& reader, const YamlNode& value, NodeDraft& node) {
  static constexpr std::array<std::string_view, 2> kRoles = {"primary", "standby"};  // NodeRole's
  const auto role = ReadChoice(reader, value, "role", kRoles);
  if (role) node.role = {static_cast<model::NodeRole>(role->value), role->place};
}

void ReadUpstream(Reader& reader, const YamlNode& value, NodeDraft& node) {
  if (value.kind == YamlNode::Kind::kScalar && !value.text.empty())
    node.upstream = {value.text, value.place};
  else
    reader.faults.Add(value.place, "'upstream' must be the name of another node of the cluster");
}

void ReadApplyDelay(Reader& reader, const YamlNode& value, NodeDraft& node) {
  // recovery_min_apply_delay ends at 2^31 ms.
  constexpr TimeBounds kBounds{.least = std::chrono::milliseconds(0),
                               .most = std::chrono::days(24)};
  node.apply_delay = ReadTime(reader, value, "apply_delay", kBounds);
}

constexpr Key<NodeDraft> kKeys[] = {
    {"name", true, &ReadName<NodeDraft>, "name", "required",
     "unique in its cluster; the label `pg_node`"},
    {kHost, false, &ReadOwn<kHost>, "name, address or socket directory",
     "required unless `hostaddr` or a `service` is given", "one server; several hosts are refused"},
    {kHostaddr, false, &ReadOwn<kHostaddr>, "IP address", "resolved from `host`",
     "where to connect; `host` then only names the server for `verify-full`"},
    {kPort, false, &ReadOwn<kPort>, "1 to 65535", "`port` of `connection`, else 5432", ""},
    {"role", false, &ReadRole, "`primary` or `standby`", "whatever it is",
     "what the node should be; at most one `primary`. Leave it out where failovers may move it"},
    {"upstream", false, &ReadUpstream, "name of another node of the cluster", "whatever it is",
     "where the standby should receive from; not for `role: primary`"},
    {"apply_delay", false, &ReadApplyDelay, "time", "`recovery_min_apply_delay` of the server",
     "how far the standby lags on purpose; 0s to 24d; not for `role: primary`"},
    {"connection", false, &ReadConnectionKey, "mapping of libpq keywords",
     "those of cluster and fleet", "laid over those of the cluster"},
    {"databases", false, &ReadDatabases, "list of database names", "none",
     "visited one after another in the inventory lane, for what only they can tell: tables of "
     "subscriptions and publications"},
    {"sessions", false, &ReadSessions, "`persistent` or `per_poll`", "`persistent`",
     "`per_poll` connects for each poll and leaves, so that a serverless database can pause; needs "
     "slow lanes"},
};

// A connection costs both sides more than a poll: once a second is a load of its own.
void CheckSessions(const NodeDraft& node, const Lanes& lanes, Faults& faults) {
  constexpr std::chrono::seconds kFastest{10};
  const auto& pulse = lanes[static_cast<std::size_t>(model::Lane::kPulse)];
  if (node.session_per_poll && pulse.interval < kFastest)
    faults.Add(*node.session_per_poll,
               "'sessions: per_poll' connects anew for every poll: give the cluster slow lanes, "
               "such as `lanes: {pulse: 1min, status: 5min, inventory: 1h}` (pulse at least 10s)");
}

void CheckGivenTwice(const NodeDraft& node, Faults& faults) {
  for (const auto& [keyword, setting] : node.connection)
    if (node.own.contains(keyword))
      faults.Add(setting.place,
                 fmt::format("'{}' is given twice: it stands beside the node's 'name' "
                             "already",
                             keyword));
}

}  // namespace

void ReadNodes(Reader& reader, const YamlNode& value, std::vector<NodeDraft>& nodes) {
  ReadList<NodeDraft>(reader, "nodes", "node", value, kKeys, nodes);
}

NodeConfig FinishNode(const NodeDraft& node, const Settings& cluster, const Settings& fleet,
                      const Lanes& lanes, Faults& faults) {
  CheckSessions(node, lanes, faults);
  CheckGivenTwice(node, faults);
  Settings settings = node.own;
  for (const Settings* defaults : {&node.connection, &cluster, &fleet})
    LayUnder(*defaults, settings);
  NodeConfig done{.name = node.name.text,
                  .connection = Finish(settings, node.place, faults),
                  .databases = node.databases,
                  .session_per_poll = node.session_per_poll.has_value(),
                  .role = std::nullopt,
                  .upstream = node.upstream ? node.upstream->value : "",
                  .apply_delay = std::nullopt};
  if (node.role) done.role = node.role->value;
  if (node.apply_delay)
    done.apply_delay = std::chrono::duration<double>(node.apply_delay->value).count();
  return done;
}

void DescribeNodes(std::vector<KeyDoc>& docs) { Describe<NodeDraft>("node", kKeys, docs); }

}  // namespace pgfleet::config
