#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/rule_file.h"

namespace pgfleet::collectors {
namespace {

// Options may hold secrets (ldapbindpasswd, radiussecrets): they are neither read nor hashed. Line
// numbers are not hashed, because a comment moves them; the order is.
constexpr std::string_view kHead =
    "SELECT pg_catalog.count(*) FILTER (WHERE h.error IS NOT NULL) AS errors,"
    " pg_catalog.count(*) FILTER (WHERE h.error IS NULL) AS rules, ";
constexpr std::string_view kMd5 = "pg_catalog.md5(";
constexpr std::string_view kSha256 = "pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(";
constexpr std::string_view kText =
    "pg_catalog.string_agg(pg_catalog.concat_ws('|', h.type, h.database::text, h.user_name::text,"
    " h.address, h.netmask, h.auth_method), E'\\n' ORDER BY h.place)"
    " FILTER (WHERE h.error IS NULL)";
constexpr std::string_view kMd5End = ")";
constexpr std::string_view kSha256End = ", 'UTF8')), 'hex')";
constexpr std::string_view kTail =
    " AS fingerprint FROM (SELECT r.type, r.database, r.user_name, r.address, r.netmask,"
    " r.auth_method, r.error, pg_catalog.row_number() OVER () AS place"
    " FROM pg_catalog.pg_hba_file_rules r) h";
constexpr std::array kSql = {
    pg::SqlVersion{10, 10, kJoin<kHead, kMd5, kText, kMd5End, kTail>},
    pg::SqlVersion{11, pg::kLater, kJoin<kHead, kSha256, kText, kSha256End, kTail>}};
static_assert(pg::IsContiguous(kSql));

void Write(const NodeView& view, metric::MetricWriter& out) {
  out.Write(kSettingsFileErrors, {"pg_hba.conf"},
            static_cast<double>(view.node.facts.hba_rules->errors));
}

}  // namespace

constexpr Collector kHbaRules{
    .name = "hba_rules",
    .lane = model::Lane::kInventory,
    .sql = kSql,
    .columns = kRuleFileColumns,
    .decode = DecodeRuleFile<&model::InventoryFacts::hba_rules>,
    .write = Write,
    .metrics = {},
    .privilege = "SELECT on pg_hba_file_rules and EXECUTE on pg_hba_file_rules()"};

}  // namespace pgfleet::collectors
