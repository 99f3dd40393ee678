#include "cli/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "cli/config_source.h"
#include "cli/signals.h"
#include "cli/version.h"
#include "http/routes.h"
#include "log/log.h"

namespace pgfleet::cli {
namespace {

using namespace std::chrono_literals;

// The loop takes a turn in microseconds; a second without one means that it is stuck.
constexpr auto kLoopPatience = 1s;

std::string AddressText(const ListenAddress& address) {
  const bool ipv6 = address.host.contains(':');
  return fmt::format("{}{}{}:{}", ipv6 ? "[" : "", address.host, ipv6 ? "]" : "", address.port);
}

}  // namespace

Service::Service(Flags flags)
    : flags_(std::move(flags)),
      notifier_(Notifier::FromEnvironment()),
      self_(ThisBuild()),
      fleet_(flags_.state_dir) {}

std::expected<void, std::string> Service::Listen() {
  http::ServerOptions options{.addresses = {}};
  for (const ListenAddress& address : flags_.listen)
    options.addresses.push_back(AddressText(address));
  options.answered = [this](int status) { self_.CountRequest(status); };
  auto server = http::Server::Start(std::move(options),
                                    http::MakeRoutes(fleet_, self_, flags_.telemetry_path));
  if (!server) return std::unexpected(server.error());
  server_ = std::move(*server);
  // The port as it became, for port 0.
  ListenAddress first = flags_.listen.front();
  first.port = static_cast<std::uint16_t>(server_->port());
  log::Info("listening", {{"address", AddressText(first)}, {"path", flags_.telemetry_path}});
  return {};
}

int Service::Run(config::Config config) {
  const auto build = self_.build();
  log::Info("starting", {{"version", build.version},
                         {"revision", build.revision},
                         {"libpq", build.libpq},
                         {"clusters", config.clusters.size()}});
  self_.ConfigLoaded(true);
  if (const auto listening = Listen(); !listening) {
    log::Error("cannot listen",
               {{"error", listening.error()},
                {"advice", "choose another --web.listen-address or stop what uses it"}});
    return 1;
  }
  fleet_.Apply(std::move(config));
  notifier_.Ready();
  Wait();
  End();
  return 0;
}

void Service::Wait() {
  const std::chrono::microseconds beat = notifier_.watchdog_interval().value_or(1h);
  auto patience = beat;
  for (;;) {
    const auto signal = WaitForSignal(patience);
    if (signal == SIGHUP) Reload();
    if (signal == SIGINT || signal == SIGTERM) return;
    const bool alive = fleet_.Alive(kLoopPatience);
    if (alive) notifier_.Alive();
    patience =
        alive ? beat : std::min<std::chrono::microseconds>(beat, 1s);  // one stall is no death
  }
}

void Service::Reload() {
  notifier_.Reloading();
  auto config = ReadConfig(flags_.config_file, config::ProcessEnvironment());
  self_.ConfigLoaded(config.has_value());
  if (config) {
    const std::size_t clusters = config->clusters.size();
    fleet_.Apply(std::move(*config));
    log::Info("config reloaded", {{"clusters", clusters}});
  } else {
    for (const std::string& fault : config.error()) log::Error("config fault", {{"fault", fault}});
    log::Error("config not reloaded",
               {{"faults", config.error().size()},
                {"advice", "the old config stays in use; mend the file and send SIGHUP again"}});
  }
  notifier_.Ready();
}

void Service::End() {
  log::Info("ending");
  notifier_.Stopping();
  GiveSignalsBack();
  server_->Stop();
  fleet_.Stop();
}

}  // namespace pgfleet::cli
