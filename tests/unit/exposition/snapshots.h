#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collectors/catalog.h"
#include "model/cluster_snapshot.h"

// Snapshots by hand, as the fleet would publish them.
namespace pgfleet::test {

inline constexpr std::chrono::seconds kUptime{1000};
inline constexpr model::Monotonic kNow{kUptime};

// By both clocks; the wall clock stands at the epoch when the monotonic one does.
inline model::Moment Ago(std::chrono::milliseconds age) {
  return {kNow - age, model::Wall(kUptime - age)};
}

// A node that was not tried yet.
inline model::NodeSnapshot Node(std::string name) {
  model::NodeSnapshot node;
  node.declared.name = std::move(name);
  node.collectors.resize(collectors::Catalog().size());
  for (model::LaneStatus& lane : node.lanes) lane.max_age = std::chrono::seconds(30);
  return node;
}

inline model::NodeSnapshot Down(std::string name, model::DownReason reason) {
  model::NodeSnapshot node = Node(std::move(name));
  node.tried = true;
  node.down_reason = reason;
  return node;
}

// Up, and nothing known of it but its pulse, which came `age` ago.
inline model::NodeSnapshot Up(std::string name, std::chrono::milliseconds age) {
  model::NodeSnapshot node = Node(std::move(name));
  node.tried = true;
  node.up = true;
  node.clock_offset = -0.25;
  model::CollectorStatus& pulse = node.collectors.front();
  pulse = {.attempted = true,
           .success = true,
           .duration = std::chrono::milliseconds(250),
           .last_success = Ago(age)};
  node.lanes[0].last_success = Ago(age);
  node.lanes[0].duration = std::chrono::milliseconds(2);
  model::PulseFacts facts;
  facts.system_identifier = "7301";
  facts.timeline = 3;
  facts.wal_lsn = model::Lsn{0x3000060};
  node.facts.pulse = std::make_shared<const model::PulseFacts>(facts);
  return node;
}

inline model::SnapshotPtr Cluster(std::string name, std::vector<model::NodeSnapshot> nodes) {
  model::ClusterSnapshot cluster;
  cluster.name = std::move(name);
  cluster.analysis.resize(nodes.size());
  cluster.nodes = std::move(nodes);
  return std::make_shared<const model::ClusterSnapshot>(std::move(cluster));
}

}  // namespace pgfleet::test
