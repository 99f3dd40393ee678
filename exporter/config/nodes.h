#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "config/connection.h"
#include "config/names.h"
#include "config/scalars.h"

namespace pgfleet::config {

// What a file says about one node.
struct NodeDraft {
  Place place;
  Name name;
  std::vector<std::string> databases;
  std::optional<Place> session_per_poll;
  std::optional<Given<model::NodeRole>> role;
  std::optional<Given<std::string>> upstream;
  std::optional<GivenTime> apply_delay;
  Settings own;         // host, hostaddr, port
  Settings connection;  // the node's mapping of that name
};

// Reads a `nodes` list.
void ReadNodes(Reader& reader, const YamlNode& value, std::vector<NodeDraft>& nodes);

// A node with the connections of cluster and fleet laid under its own. Adds what is wrong with it
// alone; how the nodes of a cluster stand to each other is CheckTopology's.
NodeConfig FinishNode(const NodeDraft& node, const Settings& cluster, const Settings& fleet,
                      const Lanes& lanes, Faults& faults);

void DescribeNodes(std::vector<KeyDoc>& docs);

}  // namespace pgfleet::config
