#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "cli/flags.h"
#include "cli/notify.h"
#include "config/config.h"
#include "exposition/self_metrics.h"
#include "fleet/fleet.h"
#include "http/server.h"

namespace pgfleet::cli {

// The exporter as a service: serves pages at once, whatever the nodes do; answers SIGHUP with a
// reload, SIGTERM and SIGINT with a clean end within two seconds; tells systemd that it is ready
// and alive. Requires TakeSignals() before. Main thread only.
class Service {
 public:
  explicit Service(Flags flags);

  // Runs until it is told to end. The exit status: 0, or 1 when it cannot listen.
  int Run(config::Config config);

 private:
  std::expected<void, std::string> Listen();
  // Answers signals and the watchdog until INT or TERM.
  void Wait();
  void Reload();
  void End();

  const Flags flags_;
  const Notifier notifier_;
  exposition::SelfMetrics self_;
  fleet::Fleet fleet_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace pgfleet::cli
