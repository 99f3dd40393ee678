#include <algorithm>
#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"

namespace pgfleet::collectors {
namespace {

enum Column : std::size_t { kSubject, kAttribute, kManaged, kNumber, kColumns };

// Roles that PostgreSQL itself brings along (pg_...) are nobody's and not counted; memberships in
// them are, by their member. One membership given by several grantors (16+) is one. A platform's
// own roles are told by their prefixes.
constexpr std::array kSql = {pg::SqlVersion{
    9, pg::kLater,
    "SELECT 'role' AS subject, v.attribute, r.managed,"
    " pg_catalog.count(*) FILTER (WHERE v.has) AS number"
    " FROM (SELECT rolname ~ '^(rds|cloudsql|azure)' AS managed, rolsuper, rolreplication,"
    " rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin"
    " FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_') r"
    " CROSS JOIN LATERAL (VALUES ('any', true), ('superuser', r.rolsuper),"
    " ('replication', r.rolreplication), ('bypassrls', r.rolbypassrls),"
    " ('createrole', r.rolcreaterole), ('createdb', r.rolcreatedb), ('login', r.rolcanlogin))"
    " AS v(attribute, has) GROUP BY v.attribute, r.managed"
    " UNION ALL"
    " SELECT 'membership', v.attribute, e.managed,"
    " pg_catalog.count(*) FILTER (WHERE v.has)"
    " FROM (SELECT u.rolname ~ '^(rds|cloudsql|azure)' AS managed,"
    " pg_catalog.bool_or(m.admin_option) AS admin"
    " FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles u ON u.oid = m.member"
    " WHERE u.rolname !~ '^pg_' GROUP BY m.roleid, m.member, u.rolname) e"
    " CROSS JOIN LATERAL (VALUES ('any', true), ('admin', e.admin)) AS v(attribute, has)"
    " GROUP BY v.attribute, e.managed"}};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

constexpr std::array<std::string_view, 7> kRoleAttributes = {
    "any", "superuser", "replication", "bypassrls", "createrole", "createdb", "login"};
constexpr std::array<std::string_view, 2> kMembershipAttributes = {"any", "admin"};

// The server has no group for what is counted zero times.
std::vector<model::RoleCount> Zeros(std::span<const std::string_view> attributes) {
  std::vector<model::RoleCount> counts;
  for (const auto attribute : attributes)
    for (const bool managed : {false, true})
      counts.push_back({.attribute = std::string(attribute), .managed = managed, .count = 0});
  return counts;
}

bool SetCount(std::vector<model::RoleCount>& counts, const model::RoleCount& count) {
  const auto found = std::ranges::find_if(counts, [&](const auto& c) {
    return c.attribute == count.attribute && c.managed == count.managed;
  });
  if (found == counts.end()) return false;
  found->count = count.count;
  return true;
}

std::expected<void, DecodeFault> DecodeRow(const pg::Rows& rows, std::size_t index,
                                           model::RoleFacts& facts) {
  RowReader row(rows, index);
  const bool membership = row.NeedText(kSubject) == "membership";
  const model::RoleCount count{.attribute = row.NeedText(kAttribute),
                               .managed = row.NeedBoolean(kManaged),
                               .count = row.NeedInteger(kNumber)};
  auto result = row.Result();
  if (result && !SetCount(membership ? facts.memberships : facts.roles, count))
    return std::unexpected(
        DecodeFault{model::FailureReason::kBadValue, "a count that was not asked for"});
  return result;
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto roles = std::make_shared<model::RoleFacts>();
  roles->roles = Zeros(kRoleAttributes);
  roles->memberships = Zeros(kMembershipAttributes);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (auto result = DecodeRow(rows, i, *roles); !result) return result;
  facts.roles = std::move(roles);
  return {};
}

}  // namespace

// Roles are the same on every node of a cluster: analysis/access.cc writes them once.
constexpr Collector kRoles{.name = "roles",
                           .lane = model::Lane::kInventory,
                           .sql = kSql,
                           .columns = kColumns,
                           .may_be_empty = true,
                           .decode = Decode,
                           .write = nullptr,
                           .metrics = {},
                           .privilege = "none"};

}  // namespace pgfleet::collectors
