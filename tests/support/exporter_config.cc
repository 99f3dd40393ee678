#include "support/exporter_config.h"

namespace pgfleet::test {

std::string ConfigText(const std::vector<DeclaredNode>& nodes, const ConfigOptions& options) {
  std::string text = "lanes: {" + options.lanes + "}\nconnection: {user: " + options.user +
                     ", dbname: postgres}\nclusters:\n  - name: " + options.cluster +
                     "\n    nodes:\n";
  for (const DeclaredNode& node : nodes) {
    text += "      - {name: " + node.name + ", host: \"" + node.host +
            "\", port: " + std::to_string(node.port);
    if (!node.connection.empty()) text += ", connection: {" + node.connection + "}";
    if (!node.more.empty()) text += ", " + node.more;
    text += "}\n";
  }
  return text;
}

DeclaredNode Declared(const PostgresServer& server) {
  return {.name = server.name(), .host = server.socket_directory(), .port = PostgresServer::port()};
}

std::vector<DeclaredNode> Declared(const Cluster& cluster) {
  std::vector<DeclaredNode> nodes;
  for (const auto& node : cluster.nodes()) nodes.push_back(Declared(*node));
  return nodes;
}

}  // namespace pgfleet::test
