#include "support/scenarios.h"

#include "support/majors.h"

namespace pgfleet::test {
namespace {

constexpr const char* kRole = "CREATE ROLE replica REPLICATION LOGIN";

}  // namespace

ServerPair HandMadePair() {
  auto primary = std::make_unique<PostgresServer>(15, ServerOptions{.name = "pg1", .tuned = false});
  primary->Start();
  Connection session = primary->Connect();
  session.Execute("ALTER SYSTEM SET wal_level = 'replica'");
  session.Execute("ALTER SYSTEM SET max_wal_senders = 10");
  session.Execute("ALTER SYSTEM SET wal_keep_size = '64MB'");
  session.Execute(kRole);
  primary->Restart();
  auto standby =
      std::make_unique<PostgresServer>(*primary, "replica", std::vector<std::string>{"-R"},
                                       ServerOptions{.name = "pg2", .tuned = false});
  standby->Start();
  WaitUntilStreaming(*primary, *standby, "walreceiver");
  return {std::move(primary), std::move(standby)};
}

Cluster OldStylePair() {
  const std::vector<std::string> common = {
      "wal_level = replica", "wal_sender_timeout = 60s", "max_standby_streaming_delay = 30s",
      "wal_receiver_status_interval = 1s", "hot_standby_feedback = on"};
  ClusterOptions options = Pair();
  options.primary_conf = common;
  options.primary_conf.push_back("max_connections = 100");
  options.standbys[0].conf = common;
  options.standbys[0].conf.push_back("max_connections = 1000");
  return Cluster(Majors().front(), options);
}

ServerPair ArchivingPair() {
  auto primary = std::make_unique<PostgresServer>(12, ServerOptions{.name = "pg1", .tuned = false});
  const std::filesystem::path archive = primary->socket_directory() / "archive";
  std::filesystem::create_directory(archive);
  GiveToServerUser(archive);
  primary->AddConf({"archive_mode = on", "max_wal_senders = 2",
                    "archive_command = 'test ! -f " + (archive / "%f").string() + " && cp %p " +
                        (archive / "%f").string() + "'"});
  primary->Start();
  primary->Execute(kRole);
  // Without -R: what the newer pg_basebackup writes there PostgreSQL 12 does not know
  // (channel_binding).
  auto standby = std::make_unique<PostgresServer>(*primary, "replica", std::vector<std::string>{},
                                                  ServerOptions{.name = "pg2", .tuned = false});
  standby->Follow(*primary, "");
  standby->Start();
  WaitUntilStreaming(*primary, *standby, "pg2");
  return {std::move(primary), std::move(standby)};
}

std::filesystem::path ArchiveOf(const ServerPair& pair) {
  return pair.primary->socket_directory() / "archive";
}

}  // namespace pgfleet::test
