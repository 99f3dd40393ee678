#include "collectors/password_methods.h"

#include <algorithm>

#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/series_dropped.h"

namespace pgfleet::collectors {
namespace {

enum Column : std::size_t { kTotal, kRole, kMethod, kColumns };

// Only the kind of a password leaves the server. Passwords matter to roles that may log in.
constexpr std::string_view kHead =
    "SELECT pg_catalog.count(*) OVER () AS total, p.role, p.method FROM ";
constexpr std::string_view kDirect =
    "(SELECT a.rolname AS role, CASE WHEN a.rolpassword IS NULL THEN 'none'"
    " WHEN a.rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram-sha-256'"
    " WHEN a.rolpassword ~ '^md5[0-9a-f]{32}$' THEN 'md5' ELSE 'other' END AS method"
    " FROM pg_catalog.pg_authid a) p";
constexpr std::string_view kHelper = "pgfleet.password_methods() p";
constexpr std::string_view kTail =
    " JOIN pg_catalog.pg_roles r ON r.rolname = p.role AND r.rolcanlogin"
    " ORDER BY p.role LIMIT 20000";
constexpr std::array kSql = {pg::SqlVersion{9, pg::kLater, kJoin<kHead, kDirect, kTail>}};
constexpr std::array kFallback = {pg::SqlVersion{9, pg::kLater, kJoin<kHead, kHelper, kTail>}};
static_assert(pg::HasNoGapAndNoOverlap(kSql) && pg::HasNoGapAndNoOverlap(kFallback));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto found = std::make_shared<model::PasswordMethodFacts>();
  found->roles.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows, i);
    found->dropped = row.NeedInteger(kTotal) - static_cast<std::int64_t>(rows.size());
    found->roles.push_back({.role = row.NeedText(kRole), .method = row.NeedText(kMethod)});
    if (auto result = row.Result(); !result) return result;
    if (std::ranges::find(kPasswordMethodNames, found->roles.back().method) ==
        kPasswordMethodNames.end())
      return std::unexpected(
          DecodeFault{model::FailureReason::kBadValue, "a password method that is not known"});
  }
  facts.password_methods = std::move(found);
  return {};
}

void Write(const NodeView& view, metric::MetricWriter& out) {
  out.Write(kSeriesDropped, {"role_password_method"},
            static_cast<double>(view.node.facts.password_methods->dropped));
}

}  // namespace

constexpr Collector kPasswordMethods{
    .name = "password_methods",
    .lane = model::Lane::kInventory,
    .sql = kSql,
    .fallback = kFallback,
    .columns = kColumns,
    .decode = Decode,
    .write = Write,
    .metrics = {},
    .privilege = "superuser, or the helper pgfleet.password_methods()"};

}  // namespace pgfleet::collectors
