#include <algorithm>
#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/series_dropped.h"

namespace pgfleet::collectors {
namespace {

enum Column : std::size_t {
  kTotal,
  kName,
  kSuperuser,
  kInherit,
  kCreaterole,
  kCreatedb,
  kLogin,
  kReplication,
  kBypassrls,
  kLimit,
  kValidUntil,
  kColumns
};

constexpr std::array kSql = {pg::SqlVersion{
    9, pg::kLater,
    "SELECT pg_catalog.count(*) OVER () AS total, r.rolname, r.rolsuper, r.rolinherit,"
    " r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication, r.rolbypassrls,"
    " r.rolconnlimit, CASE r.rolvaliduntil WHEN 'infinity' THEN NULL WHEN '-infinity' THEN 0"
    " ELSE extract(epoch from r.rolvaliduntil) END AS valid_until"
    " FROM pg_catalog.pg_roles r ORDER BY r.rolname LIMIT 20000"}};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto found = std::make_shared<model::RoleListFacts>();
  found->roles.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows, i);
    found->dropped = row.NeedInteger(kTotal) - static_cast<std::int64_t>(rows.size());
    found->roles.push_back({.name = row.NeedText(kName),
                            .superuser = row.NeedBoolean(kSuperuser),
                            .inherit = row.NeedBoolean(kInherit),
                            .createrole = row.NeedBoolean(kCreaterole),
                            .createdb = row.NeedBoolean(kCreatedb),
                            .login = row.NeedBoolean(kLogin),
                            .replication = row.NeedBoolean(kReplication),
                            .bypassrls = row.NeedBoolean(kBypassrls),
                            .connection_limit = row.NeedInteger(kLimit),
                            .valid_until = row.Real(kValidUntil)});
    if (auto result = row.Result(); !result) return result;
  }
  facts.role_list = std::move(found);
  return {};
}

// The series of roles belong to the cluster (analysis/access.cc); that some are missing is told by
// node, as of everything else.
void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::RoleListFacts& facts = *view.node.facts.role_list;
  const auto expiring = static_cast<std::size_t>(std::ranges::count_if(
      facts.roles, [](const model::Role& role) { return role.valid_until.has_value(); }));
  const std::size_t hidden = expiring - std::min(expiring, model::kMostRoleExpiries);
  out.Write(kSeriesDropped, {"role"}, static_cast<double>(facts.dropped));
  out.Write(kSeriesDropped, {"role_password_expiry"}, static_cast<double>(hidden));
}

}  // namespace

constexpr Collector kRoleList{.name = "role_list",
                              .lane = model::Lane::kInventory,
                              .sql = kSql,
                              .columns = kColumns,
                              .decode = Decode,
                              .write = Write,
                              .metrics = {},
                              .privilege = "none"};

}  // namespace pgfleet::collectors
