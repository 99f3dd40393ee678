#include "support/cluster.h"

#include <stdexcept>

#include "support/majors.h"
#include "support/wait.h"

namespace pgfleet::test {

ClusterOptions Alone() { return {}; }

ClusterOptions Pair() { return {.standbys = {{.name = "pg2", .upstream = "pg1"}}}; }

ClusterOptions Trio() {
  return {.standbys = {{.name = "pg2", .upstream = "pg1"}, {.name = "pg3", .upstream = "pg2"}}};
}

Cluster::Cluster(int major, const ClusterOptions& options) {
  nodes_.push_back(std::make_unique<PostgresServer>(
      major, ServerOptions{.name = "pg1", .conf = options.primary_conf}));
  primary().Start();
  for (const StandbyOptions& standby : options.standbys) AddStandby(standby);
}

PostgresServer& Cluster::AddStandby(const StandbyOptions& options) {
  const PostgresServer& upstream = node(options.upstream);
  if (options.slot)
    upstream.Execute("SELECT pg_create_physical_replication_slot(" + Quoted(options.name) +
                     ", true)");
  nodes_.push_back(std::make_unique<PostgresServer>(
      upstream.major(), ServerOptions{.name = options.name, .conf = options.conf}));
  PostgresServer& standby = *nodes_.back();
  standby.Follow(upstream, options.slot ? options.name : "");
  standby.Start();
  WaitUntilStreaming(upstream, standby, options.name);
  return standby;
}

PostgresServer& Cluster::node(const std::string& name) {
  for (const auto& node : nodes_)
    if (node->name() == name) return *node;
  throw std::runtime_error("no node " + name);
}

void Cluster::WaitUntilCaughtUp() {
  const std::string written = primary().Value("SELECT pg_current_wal_lsn()");
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    Connection session = nodes_[i]->Connect();
    const std::string replayed =
        WalName(nodes_[i]->major(),
                "SELECT coalesce(pg_last_wal_replay_lsn() >= " + Quoted(written) + ", false)");
    if (!WaitUntil([&] { return session.Value(replayed) == "t"; }))
      throw std::runtime_error(nodes_[i]->name() + " does not replay; its log ends:\n" +
                               nodes_[i]->LogTail());
  }
}

void WaitUntilStreaming(const PostgresServer& upstream, const PostgresServer& standby,
                        const std::string& application_name) {
  Connection above = upstream.Connect();
  Connection below = standby.Connect();
  const std::string sender =
      "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND application_name = " +
      Quoted(application_name);
  const std::string receiver =
      "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'";
  if (!WaitUntil([&] { return above.Value(sender) == "1" && below.Value(receiver) == "1"; }))
    throw std::runtime_error(standby.name() + " does not stream; its log ends:\n" +
                             standby.LogTail() + "\nand that of its upstream:\n" +
                             upstream.LogTail());
}

}  // namespace pgfleet::test
