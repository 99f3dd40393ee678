#pragma once

#include <string_view>

namespace pgfleet::collectors {

// SQL: true for the name of a setting (alias s, column name) whose value may hold a secret, so that
// it is not selected at all: connection strings, commands, and everything that an extension or an
// application named for itself (a.b).
inline constexpr std::string_view kIsSecret =
    "(s.name ~ '[.]' OR s.name IN ('archive_cleanup_command', 'archive_command',"
    " 'krb_server_keyfile', 'primary_conninfo', 'recovery_end_command', 'restore_command',"
    " 'ssl_passphrase_command'))";

}  // namespace pgfleet::collectors
