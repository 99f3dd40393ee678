#pragma once

#include <span>
#include <string>
#include <string_view>

#include "pg/sql_table.h"

// What the monitoring role needs on a server of each major, as SQL: the rights, and the functions
// that show it with their owner's rights what no right can show (schema pgfleet).
namespace pgfleet::collectors {

// One block of the SQL. It can be run again, and every block but a necessary one may be left out.
struct Grant {
  int from = pg::kOldestMajor;  // majors, both ends inclusive
  int to = pg::kLater;
  bool necessary = false;  // the others do not work without it
  // The collectors that say reason `permission` without it, by name.
  std::span<const std::string_view> collectors{};
  std::string_view buys;  // lines of a comment
  // {role}: the role's name as an identifier; {role_text}: the same as a literal; {quote}: a dollar
  // quote that the name does not contain; {wal}: the directory of the WAL.
  std::string_view sql;
};

// In the order in which they are run.
std::span<const Grant> Grants();

// A name that can be a role's: 1 to 63 bytes without control characters, none that PostgreSQL keeps
// for itself (pg_..., public, none).
bool IsRoleName(std::string_view role);

// "a""b", always in quotes, as the SQL has it.
std::string QuotedIdentifier(std::string_view name);

// All blocks of a major (9 = 9.6; one above the newest known gets the newest's) as one transaction
// for one simple query or for psql: plain SQL without commands of psql's own, run by a superuser on
// the primary. Whatever fails, nothing is changed. It gives the role no password. `role` must be
// IsRoleName. Pure.
std::string GrantsSql(int major, std::string_view role);

}  // namespace pgfleet::collectors
