#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"

namespace pgfleet::collectors {
namespace {

enum Column : std::size_t { kClock, kReadOnly, kColumns };

// reset_val is what the server gives a session before the session's own SET. A value set for our
// role or database hides what others get, so it counts as not known. Dear, because the view makes
// all settings to show one: not in the status lane.
constexpr std::array kSql = {pg::SqlVersion{
    9, pg::kLater,
    "SELECT extract(epoch from pg_catalog.clock_timestamp()) AS clock,"
    " (SELECT p.reset_val::bool FROM pg_catalog.pg_settings p"
    " WHERE p.name = 'default_transaction_read_only' AND NOT EXISTS ("
    "SELECT 1 FROM pg_catalog.pg_db_role_setting d, pg_catalog.unnest(d.setconfig) AS u(entry)"
    " WHERE pg_catalog.split_part(u.entry, '=', 1) = 'default_transaction_read_only'"
    " AND d.setrole IN (0, (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = "
    "session_user))"
    " AND d.setdatabase IN (0, (SELECT b.oid FROM pg_catalog.pg_database b"
    " WHERE b.datname = pg_catalog.current_database())))) AS read_only"}};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  row.NeedReal(kClock);
  auto read_only = std::make_shared<model::ReadOnlyFacts>();
  read_only->by_default = row.Boolean(kReadOnly);
  auto result = row.Result();
  if (result) facts.read_only = std::move(read_only);
  return result;
}

}  // namespace

// Written by the pulse, as pgfleet_node_writable.
constexpr Collector kReadOnlyDefault{.name = "read_only",
                                     .lane = model::Lane::kInventory,
                                     .sql = kSql,
                                     .columns = kColumns,
                                     .decode = Decode,
                                     .write = nullptr,
                                     .metrics = {},
                                     .privilege = "none"};

}  // namespace pgfleet::collectors
