#include "collectors/list.h"
#include "collectors/rule_file.h"

namespace pgfleet::collectors {
namespace {

constexpr std::array kSql = {pg::SqlVersion{
    15, pg::kLater,
    "SELECT pg_catalog.count(*) FILTER (WHERE h.error IS NOT NULL) AS errors,"
    " pg_catalog.count(*) FILTER (WHERE h.error IS NULL) AS rules,"
    " pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to("
    "pg_catalog.string_agg(pg_catalog.concat_ws('|', h.map_name, h.sys_name, h.pg_username),"
    " E'\\n' ORDER BY h.place) FILTER (WHERE h.error IS NULL), 'UTF8')), 'hex') AS fingerprint"
    " FROM (SELECT m.map_name, m.sys_name, m.pg_username, m.error,"
    " pg_catalog.row_number() OVER () AS place FROM pg_catalog.pg_ident_file_mappings m) h"}};
static_assert(pg::IsContiguous(kSql));

void Write(const NodeView& view, metric::MetricWriter& out) {
  out.Write(kSettingsFileErrors, {"pg_ident.conf"},
            static_cast<double>(view.node.facts.ident_mappings->errors));
}

}  // namespace

constexpr Collector kIdentMappings{
    .name = "ident_mappings",
    .lane = model::Lane::kInventory,
    .sql = kSql,
    .columns = kRuleFileColumns,
    .decode = DecodeRuleFile<&model::InventoryFacts::ident_mappings>,
    .write = Write,
    .metrics = {},
    .privilege = "SELECT on pg_ident_file_mappings and EXECUTE on pg_ident_file_mappings()"};

}  // namespace pgfleet::collectors
