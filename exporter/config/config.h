#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/declared.h"
#include "model/reason.h"

namespace pgfleet::config {

struct LaneConfig {
  std::chrono::milliseconds interval{};
  std::chrono::milliseconds deadline{};
  std::chrono::milliseconds
      max_age{};  // 3 intervals, 5 s .. 4 min, never below interval + deadline, unless given

  bool operator==(const LaneConfig&) const = default;
};

// By model::Lane. Defaults: pulse 1 s (deadline 2 s), status 10 s (5 s), inventory 60 s (15 s).
using Lanes = std::array<LaneConfig, 3>;
Lanes DefaultLanes();

struct NodeConfig {
  std::string name;
  // libpq keywords after the defaults of fleet and cluster are laid under the node's own, ${ENV}
  // already replaced. `password_file` may stand among them: read at every connect, so that a
  // rotated password is used without a reload. Never printed.
  std::map<std::string, std::string> connection;
  // Visited one after another for what only a connection of their own can tell.
  std::vector<std::string> databases;
  // Those of them whose published tables are compared with what a consumer of changes needs.
  std::vector<std::string> captured;
  // Connect for each poll and leave, so that a database which pauses when nobody is connected can.
  bool session_per_poll = false;
  std::optional<model::NodeRole> role;
  std::string upstream;                         // a node of the cluster; "": not declared
  std::optional<double> apply_delay;            // seconds
  std::string pgagent_database, cron_database;  // those of its cluster

  bool operator==(const NodeConfig&) const = default;
};

struct ClusterConfig {
  std::string name;
  Lanes lanes;
  model::DeclaredCluster declared;
  std::vector<NodeConfig> nodes;

  bool operator==(const ClusterConfig&) const = default;
};

struct Config {
  std::vector<ClusterConfig> clusters;
};

// One thing that is wrong with a config file. Lines and columns count from 1; 0 where the fault has
// no place.
struct Fault {
  std::string file;
  int line = 0;
  int column = 0;
  std::string
      message;  // "unknown key 'hots' (did you mean 'host'?)"; never a value that may be secret

  // file:line:column: message; the place is left out where there is none.
  std::string Text() const;
};

// All of them, one a line, each line ended.
std::string Text(const std::vector<Fault>& faults);

// How a variable of the environment is looked up; absent when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment ProcessEnvironment();

// Parses and validates. Every fault of the file at once, in the order of the file. `file` is for
// the messages. Bounded: a file over 2 MiB, deeper than 32 levels, with anchors, aliases or bad
// UTF-8 is refused before it is walked.
std::expected<Config, std::vector<Fault>> Parse(std::string_view text, const std::string& file,
                                                const Environment& environment);

// Reads the file (regular, at most 2 MiB), then Parse.
std::expected<Config, std::vector<Fault>> Load(const std::string& path,
                                               const Environment& environment);

// The config without a file: cluster "default" with one node made of these libpq keywords (possibly
// none: libpq's own defaults), named by its host, or "local" for a Unix socket.
// sslmode is defaulted as in a file, unless PGSSLMODE is set.
Config SingleNode(std::map<std::string, std::string> connection);

}  // namespace pgfleet::config
