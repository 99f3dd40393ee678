#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>

namespace pgfleet::pg {

// libpq connection keywords and their values (PostgreSQL documentation, "Parameter Key Words").
using Keywords = std::map<std::string, std::string>;

// A URI ("postgresql://...") or keyword string into keywords. The error names the fault without
// echoing the text, which may hold a password.
std::expected<Keywords, std::string> ParseDsn(const std::string& dsn);

// What a connect needs to know before libpq is asked: where to go, and whether a name must be
// resolved first.
struct Target {
  Keywords keywords;  // service expanded, password_file read, gssencmode=disable, defaults
  std::string host;   // a name, an address, or a socket directory
  std::string port;
  bool needs_resolving = false;  // host is a name and no hostaddr is given
};

// Lays the service file and libpq's defaults (PGHOST, PGPORT, ...) under the configured keywords
// and reads password_file. Where nothing says otherwise dbname is postgres, and sslmode is
// verify-full for a server that is not on this machine. Reads small local files; does no network.
// To be called for every connect, so that rotated passwords are picked up. The error says which
// file or keyword is wrong.
std::expected<Target, std::string> MakeTarget(const Keywords& configured);

}  // namespace pgfleet::pg
