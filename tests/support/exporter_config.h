#pragma once

#include <string>
#include <vector>

#include "support/cluster.h"

namespace pgfleet::test {

// A node as pgfleet.yml declares it. `connection` is the inside of a YAML flow map: "password:
// wrong, dbname: x".
struct DeclaredNode {
  std::string name;
  std::string host;
  int port = 5432;
  std::string connection{};
  std::string more{};  // keys of the node beside these: "sessions: per_poll, databases: [a]"
};

struct ConfigOptions {
  std::string cluster = "main";
  std::string lanes = "pulse: 1s, status: 2s, inventory: 5s";
  std::string user = "mon";
};

// The text of a pgfleet.yml with one cluster.
std::string ConfigText(const std::vector<DeclaredNode>& nodes, const ConfigOptions& options = {});

DeclaredNode Declared(const PostgresServer& server);
std::vector<DeclaredNode> Declared(const Cluster& cluster);

}  // namespace pgfleet::test
