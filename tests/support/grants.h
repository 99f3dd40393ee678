#pragma once

#include <string>

#include "support/postgres_server.h"

namespace pgfleet::test {

// Gives the role what `pgfleet_exporter grants` prints for the server's major, as an administrator
// does: the program's own output through psql, in this database. Throws when either fails.
void GiveGrants(const PostgresServer& primary, const std::string& role,
                const std::string& database = "postgres");

}  // namespace pgfleet::test
