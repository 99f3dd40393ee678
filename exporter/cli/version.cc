#include "cli/version.h"

#include <fmt/format.h>

#include "http/server.h"
#include "pg/version.h"

namespace pgfleet::cli {

exposition::BuildInfo ThisBuild() {
  return {.version = PGFLEET_VERSION,
          .revision = PGFLEET_REVISION,
          .libpq = pg::LibpqVersion(),
          .civetweb = http::LibraryVersion()};
}

std::string VersionText() {
  const auto build = ThisBuild();
  return fmt::format("pgfleet_exporter {} (revision {}, libpq {}, civetweb {})", build.version,
                     build.revision, build.libpq, build.civetweb);
}

}  // namespace pgfleet::cli
