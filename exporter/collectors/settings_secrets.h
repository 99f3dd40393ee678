#pragma once

#include <string_view>

namespace pgfleet::collectors {

// SQL: true for the name of a setting (alias s, column name) whose value may hold a secret, so that
// it is not selected at all: connection strings and commands.
inline constexpr std::string_view kHoldsSecret =
    "s.name IN ('archive_cleanup_command', 'archive_command',"
    " 'krb_server_keyfile', 'primary_conninfo', 'recovery_end_command', 'restore_command',"
    " 'ssl_passphrase_command')";

// The same where nothing but the name is known: everything that an extension or an application
// named for itself (a.b) may be a text that holds a secret.
inline constexpr std::string_view kMayHoldSecret = "s.name ~ '[.]' OR ";

}  // namespace pgfleet::collectors
