#pragma once

#include <string_view>

namespace pgfleet::collectors {

// SQL: the names of what ALTER ROLE and ALTER DATABASE set for our session: there reset_val is
// their value and not the server's.
inline constexpr std::string_view kOverlaid =
    "(SELECT pg_catalog.split_part(c.pair, '=', 1) FROM pg_catalog.pg_db_role_setting d"
    " CROSS JOIN LATERAL pg_catalog.unnest(d.setconfig) AS c(pair)"
    " WHERE d.setdatabase IN (0, (SELECT b.oid FROM pg_catalog.pg_database b"
    " WHERE b.datname = pg_catalog.current_database()))"
    " AND d.setrole IN (0, (SELECT r.oid FROM pg_catalog.pg_roles r"
    " WHERE r.rolname = session_user)))";

// SQL: true for the name of a setting (alias s, column name) whose value may hold a secret, so that
// it is not selected at all: connection strings and commands, also those that a vendor's server
// adds to PostgreSQL's own.
inline constexpr std::string_view kHoldsSecret =
    "(s.name ~ '(_command|conninfo|passphrase|password|secret|token)$'"
    " OR s.name = 'krb_server_keyfile')";

// The same where nothing but the name is known: everything that an extension or an application
// named for itself (a.b) may be a text that holds a secret.
inline constexpr std::string_view kMayHoldSecret = "s.name ~ '[.]' OR ";

}  // namespace pgfleet::collectors
