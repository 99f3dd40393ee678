#pragma once

#include <string>
#include <vector>

#include "drift/settings_drift.h"
#include "support/cluster.h"

// Settings of real servers, read as the exporter reads them.
namespace pgfleet::test {

// The role that sees all settings: on 9.6, which has no pg_monitor, the superuser.
std::string Privileged(const PostgresServer& server);

drift::NodeSettings SettingsOf(const PostgresServer& server, const std::string& user);
inline drift::NodeSettings SettingsOf(const PostgresServer& server) {
  return SettingsOf(server, Privileged(server));
}

// A primary and its standby. Both have in postgresql.conf what the harness wrote there and nothing
// else.
class TwinPair {
 public:
  explicit TwinPair(int major);

  PostgresServer& primary() { return cluster_.primary(); }
  PostgresServer& standby() { return cluster_.standby(); }

  // Lines behind postgresql.conf as it was, in place of those before; none: as it was.
  void SetPrimary(const std::vector<std::string>& lines);
  void SetStandby(const std::vector<std::string>& lines);
  void WaitUntilStreams();

  std::vector<model::NodeDrift> Compare(const model::DesiredSettings& desired = {});
  // What the standby has otherwise than the primary.
  std::vector<model::SettingDrift> Drift() { return Compare().at(1).node.value(); }

 private:
  Cluster cluster_;
  std::string primary_conf_, standby_conf_;
};

}  // namespace pgfleet::test
