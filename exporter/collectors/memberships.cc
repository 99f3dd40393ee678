#include <array>

#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/series_dropped.h"

namespace pgfleet::collectors {
namespace {

enum Column : std::size_t { kTotal, kRole, kMember, kGrantor, kAdmin, kInherit, kSet, kColumns };

constexpr std::string_view kHead =
    "SELECT pg_catalog.count(*) OVER () AS total, r.rolname AS role, u.rolname AS member,"
    " g.rolname AS grantor, m.admin_option, ";
constexpr std::string_view kOld = "NULL::boolean AS inherit_option, NULL::boolean AS set_option";
constexpr std::string_view kNew = "m.inherit_option, m.set_option";
constexpr std::string_view kTail =
    " FROM pg_catalog.pg_auth_members m"
    " JOIN pg_catalog.pg_roles r ON r.oid = m.roleid"
    " JOIN pg_catalog.pg_roles u ON u.oid = m.member"
    " LEFT JOIN pg_catalog.pg_roles g ON g.oid = m.grantor"
    " ORDER BY r.rolname, u.rolname, g.rolname LIMIT 20000";
constexpr std::array kSql = {pg::SqlVersion{9, 15, kJoin<kHead, kOld, kTail>},
                             pg::SqlVersion{16, pg::kLater, kJoin<kHead, kNew, kTail>}};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto found = std::make_shared<model::MembershipFacts>();
  found->memberships.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows, i);
    found->dropped = row.NeedInteger(kTotal) - static_cast<std::int64_t>(rows.size());
    found->memberships.push_back({.role = row.NeedText(kRole),
                                  .member = row.NeedText(kMember),
                                  .grantor = row.Text(kGrantor),
                                  .admin = row.NeedBoolean(kAdmin),
                                  .inherit = row.Boolean(kInherit),
                                  .set = row.Boolean(kSet)});
    if (auto result = row.Result(); !result) return result;
  }
  facts.memberships = std::move(found);
  return {};
}

void Write(const NodeView& view, metric::MetricWriter& out) {
  out.Write(kSeriesDropped, {"membership"},
            static_cast<double>(view.node.facts.memberships->dropped));
}

}  // namespace

constexpr Collector kMemberships{.name = "memberships",
                                 .lane = model::Lane::kInventory,
                                 .sql = kSql,
                                 .columns = kColumns,
                                 .may_be_empty = true,
                                 .decode = Decode,
                                 .write = Write,
                                 .metrics = {},
                                 .privilege = "none"};

}  // namespace pgfleet::collectors
