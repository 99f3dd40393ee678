#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/postgres_server.h"

namespace pgfleet::test {

struct StandbyOptions {
  std::string name = "pg2";
  std::string upstream = "pg1";
  bool slot = true;  // a physical slot on the upstream, named as the standby
  std::vector<std::string> conf{};
};

struct ClusterOptions {
  std::vector<std::string> primary_conf{};
  std::vector<StandbyOptions> standbys{};  // upstreams first
};

ClusterOptions Alone();
ClusterOptions Pair();  // pg1, and pg2 streaming from it
ClusterOptions Trio();  // and pg3 streaming from pg2

// A primary with its standbys, all streaming once constructed. Clusters of one major have one
// system identifier, because they are copies of one template.
class Cluster {
 public:
  explicit Cluster(int major, const ClusterOptions& options = Pair());

  PostgresServer& primary() { return *nodes_.front(); }
  PostgresServer& standby() { return node("pg2"); }
  PostgresServer& node(const std::string& name);
  const std::vector<std::unique_ptr<PostgresServer>>& nodes() const { return nodes_; }

  // One more standby, streaming when this returns.
  PostgresServer& AddStandby(const StandbyOptions& options);
  // Waits until every standby that runs has replayed what the primary has written so far.
  void WaitUntilCaughtUp();

 private:
  std::vector<std::unique_ptr<PostgresServer>> nodes_;
};

// Waits until `upstream` sees the standby streaming and the standby sees its receiver streaming.
// Throws with both logs. `application_name` is what the standby calls itself.
void WaitUntilStreaming(const PostgresServer& upstream, const PostgresServer& standby,
                        const std::string& application_name);

}  // namespace pgfleet::test
