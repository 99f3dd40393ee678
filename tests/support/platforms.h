#pragma once

#include <string>
#include <string_view>

#include "support/postgres_server.h"

// Turns a real server into what a managed platform shows of one: it still answers everything by
// itself, but refuses what the platform refuses, with the platform's SQLSTATE and at the moment of
// the call. What is done to a primary reaches its standbys.
namespace pgfleet::test {

// Amazon Aurora: functions that would show WAL fail with 0A000, those that need logical decoding
// with 55000. `aurora_replica_status()` answers: the writer `inst-1`, the readers `inst-2` (20 ms
// behind) and `inst-3` (1500 ms behind; listed twice because it was restarted), and `gone`, which
// was deleted an hour ago. PostgreSQL 12 or later.
void DressAsAurora(const PostgresServer& primary);

// Only its `aurora_replica_status()`, on any server.
void AddAuroraReplicaStatus(const PostgresServer& primary);

// A platform that keeps the superuser for itself.
struct Platform {
  std::string_view name;
  std::string_view superuser;    // the platform's own
  std::string_view replication;  // a role with REPLICATION, the platform's own
  std::string_view owner;        // the role that stands for the superuser, given to customers
  std::string_view database;     // that nobody else may enter
};
inline constexpr Platform kRds{.name = "Rds",
                               .superuser = "rdsadmin",
                               .replication = "rdsrepladmin",
                               .owner = "rds_superuser",
                               .database = "rdsadmin"};
inline constexpr Platform kCloudSql{.name = "CloudSql",
                                    .superuser = "cloudsqladmin",
                                    .replication = "cloudsqlreplica",
                                    .owner = "cloudsqlsuperuser",
                                    .database = "cloudsqladmin"};
inline constexpr Platform kAzure{.name = "Azure",
                                 .superuser = "azuresu",
                                 .replication = "azure_replication",
                                 .owner = "azure_pg_admin",
                                 .database = "azure_maintenance"};

// Creates these roles and the closed database. What is for superusers only, PostgreSQL itself
// refuses to everybody else.
void DressAs(const Platform& platform, const PostgresServer& primary);

// Errors in the server's log so far: each statement that it refused is one.
std::size_t ErrorsLogged(const PostgresServer& server);
// How often `text` stands in its log.
std::size_t TimesLogged(const PostgresServer& server, const std::string& text);

}  // namespace pgfleet::test
