#include <fmt/core.h>
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <span>

#include "cli/baseline.h"
#include "cli/config_source.h"
#include "cli/drift.h"
#include "cli/flags.h"
#include "cli/grants.h"
#include "cli/once.h"
#include "cli/service.h"
#include "cli/signals.h"
#include "cli/version.h"
#include "exposition/reference.h"
#include "http/routes.h"
#include "log/log.h"

// Exit status: 0 well, 1 something is wrong with what was checked, 2 bad flags or config.
namespace {

using namespace pgfleet;

constexpr int kBadUse = 2;

int Print(const std::string& text) {
  fmt::print("{}{}", text, text.ends_with('\n') ? "" : "\n");
  return 0;
}

int RunWith(const cli::Flags& flags) {
  auto config = cli::ReadConfig(flags.config_file, config::ProcessEnvironment());
  if (!config) {
    for (const std::string& fault : config.error()) fmt::print(stderr, "{}\n", fault);
    return kBadUse;
  }
  if (flags.check_config) return 0;
  if (flags.once) return cli::PrintOnce(std::move(*config));
  if (flags.command == "baseline") return cli::PrintBaseline(std::move(*config), flags.cluster);
  if (flags.command == "drift") return cli::PrintDrift(std::move(*config), flags.cluster);
  cli::TakeSignals();  // no thread is there yet
  // The HTTP server's many threads would each come to keep a heap with pages that they once sent.
  mallopt(M_ARENA_MAX, 2);  // NOLINT(concurrency-mt-unsafe): no thread is there yet
  return cli::Service(flags).Run(std::move(*config));
}

}  // namespace

int main(int argc, char** argv) {
  const auto flags = cli::ParseFlags(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  if (!flags) {
    fmt::print(stderr, "pgfleet_exporter: {}\n", flags.error());
    return kBadUse;
  }
  if (!http::IsTelemetryPath(flags->telemetry_path)) {
    fmt::print(
        stderr,
        "pgfleet_exporter: --web.telemetry-path must be a path of its own such as /metrics\n");
    return kBadUse;
  }
  if (flags->help) return Print(cli::HelpText());
  if (flags->version) return Print(cli::VersionText());
  if (flags->command == "metrics-reference") return Print(exposition::MetricsReference());
  if (flags->command == "grants")
    return Print(cli::GrantsText(flags->grants_major, flags->grants_role));

  log::Configure(flags->log_format, flags->log_level);
  // Options given at connect would taint what pg_settings says of the server; ours are SET
  // afterwards.
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread is there yet
  if (unsetenv("PGOPTIONS") != 0) return kBadUse;
  return RunWith(*flags);
}
