#include "truth/theatre.h"

#include "support/process.h"

namespace pgfleet::test {
namespace {

// Later lines win.
void StreamFrom(PostgresServer& standby, const std::filesystem::path& directory) {
  const std::string line = "primary_conninfo = 'host=" + directory.string() +
                           " port=" + std::to_string(PostgresServer::port()) +
                           " user=postgres application_name=" + standby.name() + "'";
  if (standby.major() >= 12)
    standby.AddConf({line});
  else
    AppendFile(standby.data() / "recovery.conf", line + "\n");
}

}  // namespace

Link::Link(Cluster& cluster, Milliseconds delay)
    : proxy_(cluster.primary().socket_directory(), delay) {
  PostgresServer& standby = cluster.standby();
  standby.Stop(SIGINT);
  StreamFrom(standby, proxy_.directory());
  standby.Start();
  WaitUntilStreaming(cluster.primary(), standby, standby.name());
}

Observer::Observer(const Cluster& cluster, Milliseconds delay)
    : major_(cluster.nodes().front()->major()), nodes_(Declared(cluster)) {
  if (delay == Milliseconds(0)) return;
  for (DeclaredNode& node : nodes_) {
    networks_.push_back(std::make_unique<DelayProxy>(node.host, delay));
    node.host = networks_.back()->directory();
  }
}

void Observer::Restart(const std::filesystem::path& state_directory) {
  exporter_.reset();
  ExporterOptions options{.config = ConfigText(nodes_, {.user = major_ < 10 ? "postgres" : "mon"})};
  if (!state_directory.empty()) options.flags = {"--state-dir=" + state_directory.string()};
  exporter_ = std::make_unique<ExporterProcess>(options);
  exporter_->WaitUntilReady();
}

void Observer::WaitUntilItTells(const std::string& standby) const {
  exporter_->WaitForPage([&](const Page& page) {
    const LabelMap node = {{"pg_node", standby}};
    const auto lag = page.Value("pgfleet_standby_lag_seconds", node);
    return lag && *lag <= kPulseSeconds &&
           page.Value("pgfleet_standby_lag_lower_bound", node).value_or(0) == 0;
  });
}

}  // namespace pgfleet::test
