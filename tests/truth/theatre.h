#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/cluster.h"
#include "support/delay_proxy.h"
#include "support/exporter_config.h"
#include "support/exporter_process.h"
#include "support/row_writer.h"
#include "truth/witness.h"

namespace pgfleet::test {

// pg2 streams through a network that can be slow or cut.
class Link {
 public:
  Link(Cluster& cluster, Milliseconds delay);

  DelayProxy& proxy() { return proxy_; }

 private:
  DelayProxy proxy_;
};

// An exporter that pulses every second, once it tells the lag of `standby`.
class Observer {
 public:
  // `delay` is that of the network between the exporter and every server, each way.
  explicit Observer(const Cluster& cluster, Milliseconds delay = Milliseconds(0));

  // Ends the process if there is one, and begins another. Without a directory it keeps nothing.
  void Restart(const std::filesystem::path& state_directory = {});
  const ExporterProcess& exporter() const { return *exporter_; }
  void WaitUntilItTells(const std::string& standby) const;
  // What lies between the exporter and the primary, when it is slow.
  DelayProxy& NetworkOfPrimary() { return *networks_.at(0); }

 private:
  int major_;
  std::vector<DeclaredNode> nodes_;
  std::vector<std::unique_ptr<DelayProxy>> networks_;
  std::unique_ptr<ExporterProcess> exporter_;
};

// Holds a server still, all of it.
class FrozenServer {
 public:
  explicit FrozenServer(PostgresServer& server) : server_(server) { server_.Freeze(); }
  ~FrozenServer() { server_.Thaw(); }
  FrozenServer(const FrozenServer&) = delete;
  FrozenServer& operator=(const FrozenServer&) = delete;

 private:
  PostgresServer& server_;
};

}  // namespace pgfleet::test
