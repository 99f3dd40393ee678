#include "support/grants.h"

#include "support/exporter_process.h"
#include "support/majors.h"

namespace pgfleet::test {

void GiveGrants(const PostgresServer& primary, const std::string& role,
                const std::string& database) {
  const TempDir directory;
  const auto file = directory.path() / "grants.sql";
  WriteFile(file, Run({.argv = {ExporterProgram(), "grants", "--version",
                                VersionOf(primary.major()), "--role", role}}));
  Run({.argv = {ClientProgram("psql"), "-X", "-q", "-h", primary.socket_directory(), "-p",
                std::to_string(PostgresServer::port()), "-U", "postgres", "-d", database, "-f",
                file}});
}

}  // namespace pgfleet::test
