#include "drift/reserved_roles.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace pgfleet::drift {
namespace {

ReservedRoles With(std::initializer_list<const char*> names) {
  std::vector<model::Role> roles;
  for (const char* name : names) roles.push_back({.name = name});
  return ReservedRoles(roles);
}

TEST(ReservedRoles, ThoseOfPostgresAlwaysAre) {
  EXPECT_TRUE(With({}).Has("pg_monitor"));
  EXPECT_TRUE(With({}).Has("pg_that_is_to_come"));
  for (const char* name : {"pgfleet", "postgres", "PG_MONITOR", "a_pg_monitor", "pg", ""})
    EXPECT_FALSE(With({}).Has(name)) << name;
}

TEST(ReservedRoles, ThoseOfAServiceAreOnlyWhereItsAdministratorIs) {
  struct Case {
    const char* administrator;
    std::initializer_list<const char*> reserved;
  };
  for (const Case& each : {Case{"rdsadmin", {"rdsadmin", "rds_superuser", "rdstopmgr", "rds_iam"}},
                           Case{"cloudsqladmin", {"cloudsqlsuperuser", "cloudsqlreplica"}},
                           Case{"azure_pg_admin", {"azuresu", "azure_superuser", "replication"}},
                           Case{"azuresu", {"azure_pg_admin", "replication"}}})
    for (const char* name : each.reserved) {
      EXPECT_TRUE(With({"app", each.administrator}).Has(name)) << name;
      EXPECT_FALSE(With({"app", "Rdsadmin", ""}).Has(name)) << name;
    }
}

TEST(ReservedRoles, OneServiceDoesNotReserveTheNamesOfAnother) {
  const ReservedRoles rds = With({"rdsadmin", "azure_app", "cloudsql_export", "replication"});
  EXPECT_FALSE(rds.Has("azure_app"));
  EXPECT_FALSE(rds.Has("cloudsql_export"));
  EXPECT_FALSE(rds.Has("replication"));
  EXPECT_FALSE(With({"azuresu"}).Has("replication_of_mine"));
  EXPECT_TRUE(With({"rdsadmin", "azuresu"}).Has("azure_app"));
}

}  // namespace
}  // namespace pgfleet::drift
