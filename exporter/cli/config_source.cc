#include "cli/config_source.h"

#include "pg/conninfo.h"

namespace pgfleet::cli {
namespace {

using Faults = std::vector<std::string>;

std::expected<config::Config, Faults> FromDataSourceName(const std::string& dsn) {
  // Older exporters take a list here. A list of nodes is a fleet, and a fleet is declared.
  if (dsn.contains(",postgres") || dsn.contains(", "))
    return std::unexpected(
        Faults{"DATA_SOURCE_NAME holds several connection strings: declare the nodes in a config "
               "file instead (--config.file, see docs/configuration.md)"});
  auto keywords = pg::ParseDsn(dsn);
  if (!keywords) return std::unexpected(Faults{"DATA_SOURCE_NAME: " + keywords.error()});
  if (const auto target = pg::MakeTarget(*keywords); !target)
    return std::unexpected(Faults{"DATA_SOURCE_NAME: " + target.error()});
  return config::SingleNode(std::move(*keywords));
}

// What libpq would do by itself; only the host is made explicit, because it names the node.
std::expected<config::Config, Faults> FromLibpq() {
  const auto target = pg::MakeTarget({});
  if (!target) return std::unexpected(Faults{"the PG* environment: " + target.error()});
  pg::Keywords keywords;
  for (const char* keyword : {"host", "hostaddr", "port"})
    if (const auto found = target->keywords.find(keyword);
        found != target->keywords.end() && !found->second.empty())
      keywords.insert(*found);
  return config::SingleNode(std::move(keywords));
}

}  // namespace

std::expected<config::Config, Faults> ReadConfig(const std::string& path,
                                                 const config::Environment& environment) {
  if (path.empty()) {
    const auto dsn = environment("DATA_SOURCE_NAME");
    return dsn && !dsn->empty() ? FromDataSourceName(*dsn) : FromLibpq();
  }
  auto loaded = config::Load(path, environment);
  if (loaded) return std::move(*loaded);
  Faults lines;
  for (const config::Fault& fault : loaded.error()) lines.push_back(fault.Text());
  return std::unexpected(std::move(lines));
}

}  // namespace pgfleet::cli
