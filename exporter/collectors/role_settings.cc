#include <array>

#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/settings_secrets.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t { kTotal, kDatabase, kRole, kName, kHash, kColumns };

// Everybody may read the values; none leaves the server, and what may be a secret not even as a
// hash, which could be guessed offline.
constexpr std::string_view kHead =
    "SELECT pg_catalog.count(*) OVER () AS total, s.datname, s.rolname, s.name,"
    " CASE WHEN NOT (";
constexpr std::string_view kMd5 = ") THEN pg_catalog.md5(s.pair) END AS hash";
constexpr std::string_view kSha256 =
    ") THEN pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(s.pair, 'UTF8')), 'hex') END"
    " AS hash";
constexpr std::string_view kTail =
    " FROM (SELECT d.datname, r.rolname, pg_catalog.split_part(p.pair, '=', 1) AS name, p.pair"
    " FROM pg_catalog.pg_db_role_setting x"
    " LEFT JOIN pg_catalog.pg_database d ON d.oid = x.setdatabase"
    " LEFT JOIN pg_catalog.pg_roles r ON r.oid = x.setrole"
    " CROSS JOIN LATERAL pg_catalog.unnest(x.setconfig) AS p(pair)) s"
    " ORDER BY s.datname NULLS FIRST, s.rolname NULLS FIRST, s.name LIMIT 1000";
constexpr std::array kSql = {
    pg::SqlVersion{9, 10, kJoin<kHead, kMayHoldSecret, kHoldsSecret, kMd5, kTail>},
    pg::SqlVersion{11, pg::kLater, kJoin<kHead, kMayHoldSecret, kHoldsSecret, kSha256, kTail>}};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto found = std::make_shared<model::RoleSettingsFacts>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows, i);
    found->total = row.NeedInteger(kTotal);
    found->settings.push_back({.database = row.Text(kDatabase),
                               .role = row.Text(kRole),
                               .name = row.NeedText(kName),
                               .fingerprint = row.Text(kHash)});
    if (auto result = row.Result(); !result) return result;
  }
  facts.role_settings = std::move(found);
  return {};
}

constexpr MetricDesc kCount{.name = "pgfleet_role_settings",
                            .help =
                                "Settings that apply to a role or a database only (ALTER ROLE ... "
                                "SET, ALTER DATABASE ... SET).",
                            .source = "pg_db_role_setting"};
constexpr std::array kMetrics = {&kCount};

void Write(const NodeView& view, metric::MetricWriter& out) {
  out.Write(kCount, static_cast<double>(view.node.facts.role_settings->total));
}

}  // namespace

constexpr Collector kRoleSettings{.name = "role_settings",
                                  .lane = model::Lane::kInventory,
                                  .sql = kSql,
                                  .columns = kColumns,
                                  .may_be_empty = true,
                                  .decode = Decode,
                                  .write = Write,
                                  .metrics = kMetrics,
                                  .privilege = "none"};

}  // namespace pgfleet::collectors
