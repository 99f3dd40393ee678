#include "drift/settings_of_servers.h"

#include "servers/world.h"
#include "support/files.h"

namespace pgfleet::test {
namespace {

void Write(const PostgresServer& server, const std::string& conf,
           const std::vector<std::string>& lines) {
  std::string text = conf;
  for (const std::string& line : lines) text += line + "\n";
  WriteFile(server.data() / "postgresql.conf", text);
}

}  // namespace

std::string Privileged(const PostgresServer& server) {
  return server.major() >= 10 ? "mon" : "postgres";
}

drift::NodeSettings SettingsOf(const PostgresServer& server, const std::string& user) {
  const CollectorRun run = RunCollector(CollectorNamed("settings"), server, user);
  if (!run.decoded) throw std::runtime_error("settings: " + run.decoded.error().detail);
  const bool is_standby = server.Value("SELECT pg_is_in_recovery()") == "t";
  return {.name = server.name(),
          .settings = run.facts.settings,
          .role = is_standby ? model::NodeRole::kStandby : model::NodeRole::kPrimary,
          .version_number = std::stoi(server.Value("SHOW server_version_num"))};
}

TwinPair::TwinPair(int major)
    : cluster_(major, Pair()),
      primary_conf_(ReadFile(primary().data() / "postgresql.conf")),
      standby_conf_(ReadFile(standby().data() / "postgresql.conf")) {}

void TwinPair::SetPrimary(const std::vector<std::string>& lines) {
  Write(primary(), primary_conf_, lines);
}

void TwinPair::SetStandby(const std::vector<std::string>& lines) {
  Write(standby(), standby_conf_, lines);
}

void TwinPair::WaitUntilStreams() { WaitUntilStreaming(primary(), standby(), standby().name()); }

std::vector<model::NodeDrift> TwinPair::Compare(const model::DesiredSettings& desired) {
  const std::vector<drift::NodeSettings> nodes = {SettingsOf(primary()), SettingsOf(standby())};
  return drift::CompareSettings(nodes, 0, desired);
}

}  // namespace pgfleet::test
