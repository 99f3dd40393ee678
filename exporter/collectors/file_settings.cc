#include <array>

#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/settings_file_errors.h"
#include "collectors/settings_secrets.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t { kErrors, kRefused, kPending, kPendingNames, kColumns };

// All comparing is done on the server, because values may be secrets. Each setting's last line that
// would be applied is compared with what a session begins with. What the server would read as the
// same is the same: '1min' and 60000 ms, 'YES' and on. What this cannot read counts as the same:
// better to miss a change than to invent one. A name that is gone from the files, but runs with a
// value from them, waits for a reload too. What the command line sets, no file can change.
// DateStyle and client_encoding are rewritten by the server; what ALTER ROLE or ALTER DATABASE lays
// over our session hides what the files did.
constexpr std::string_view kHead = R"sql(
WITH unit(name, factor) AS (VALUES ('B', 1::float8), ('kB', 1024), ('MB', 1048576),
    ('GB', 1073741824), ('TB', 1099511627776), ('us', 0.000001), ('ms', 0.001), ('s', 1),
    ('min', 60), ('h', 3600), ('d', 86400)),
  file AS (SELECT f.seqno, f.name, f.setting, f.applied, f.error
    FROM pg_catalog.pg_file_settings f),
  fault AS (SELECT pg_catalog.count(*) AS errors FROM file f WHERE f.error IS NOT NULL
    AND NOT (f.error = 'setting could not be applied' AND EXISTS (SELECT 1
      FROM pg_catalog.pg_settings s WHERE s.name = f.name AND s.pending_restart))),
  refused AS (SELECT pg_catalog.count(*) FILTER (WHERE f.error IS NOT NULL) > 0
    AND pg_catalog.count(*) FILTER (WHERE f.applied) = 0 AS yes FROM file f),
  last AS (SELECT DISTINCT ON (pg_catalog.lower(f.name)) pg_catalog.lower(f.name) AS name,
    f.setting AS new FROM file f WHERE f.applied ORDER BY pg_catalog.lower(f.name), f.seqno DESC),
  setting AS (SELECT s.name, pg_catalog.lower(s.name) AS key, s.reset_val AS old, s.vartype,
    s.enumvals, s.source,
    coalesce(nullif(substring(s.unit from '^[0-9]+'), '')::float8, 1) AS multiple,
    substring(s.unit from '[A-Za-z]+$') AS unit
    FROM pg_catalog.pg_settings s WHERE NOT s.pending_restart AND s.context <> 'internal'
    AND s.source NOT IN ('command line', 'environment variable', 'override', 'client', 'user',
      'database', 'database user', 'global')
    AND s.name NOT IN ('DateStyle', 'client_encoding') AND s.name NOT IN )sql";
constexpr std::string_view kTail = R"sql(),
  read AS (SELECT s.name, s.vartype, s.enumvals, l.new, s.old, s.multiple, s.unit,
    substring(l.new from
      '^ *([-+]?[0-9]+[.]?[0-9]*([eE][-+]?[0-9]+)?) *([kMGT]?B|us|ms|s|min|h|d)? *$') AS number,
    substring(l.new from '([kMGT]?B|us|ms|s|min|h|d) *$') AS new_unit
    FROM setting s JOIN last l ON l.name = s.key),
  compared AS (SELECT r.name, CASE WHEN r.new = r.old THEN true
    WHEN r.vartype = 'bool' THEN
      CASE WHEN pg_catalog.lower(r.new) IN ('on', 't', 'tr', 'tru', 'true', 'y', 'ye', 'yes', '1')
        THEN r.old = 'on' ELSE r.old = 'off' END
    WHEN r.vartype = 'enum' THEN pg_catalog.lower(r.new) = pg_catalog.lower(r.old)
      OR NOT pg_catalog.lower(r.new) = ANY (r.enumvals)
    WHEN r.vartype IN ('integer', 'real') THEN
      CASE WHEN r.number IS NULL OR r.old !~ '^[-+]?[0-9]+[.]?[0-9]*(e[-+]?[0-9]+)?$'
          OR (r.new_unit IS NOT NULL AND (n.factor IS NULL OR o.factor IS NULL)) THEN true
        ELSE pg_catalog.abs(r.number::float8
            * CASE WHEN r.new_unit IS NULL THEN 1 ELSE n.factor / (o.factor * r.multiple) END
          - r.old::float8) <= CASE r.vartype WHEN 'integer' THEN 0.5
            ELSE 0.00001 * pg_catalog.abs(r.old::float8) END END
    ELSE pg_catalog.lower(pg_catalog.replace(r.new, ' ', ''))
      = pg_catalog.lower(pg_catalog.replace(r.old, ' ', '')) END AS same
    FROM read r LEFT JOIN unit n ON n.name = r.new_unit LEFT JOIN unit o ON o.name = r.unit),
  pending AS (SELECT c.name FROM compared c WHERE NOT c.same
    UNION SELECT s.name FROM setting s WHERE s.source = 'configuration file'
      AND NOT EXISTS (SELECT 1 FROM file f WHERE pg_catalog.lower(f.name) = s.key))
SELECT (SELECT d.errors FROM fault d) AS errors, r.yes AS refused,
  CASE WHEN r.yes THEN 0 ELSE (SELECT pg_catalog.count(*) FROM pending) END AS pending,
  CASE WHEN r.yes THEN '' ELSE pg_catalog.array_to_string(ARRAY(SELECT p.name FROM pending p
    ORDER BY p.name LIMIT 50), ',') END AS names
FROM refused r)sql";
constexpr std::array kSql = {pg::SqlVersion{9, pg::kLater, kJoin<kHead, kOverlaid, kTail>}};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

std::vector<std::string> Split(std::string_view names) {
  std::vector<std::string> parts;
  while (!names.empty()) {
    const auto comma = std::min(names.find(','), names.size());
    parts.emplace_back(names.substr(0, comma));
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return parts;
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto found = std::make_shared<model::FileSettingsFacts>();
  found->errors = row.NeedInteger(kErrors);
  found->reload_refused = row.NeedBoolean(kRefused);
  found->pending_reload = row.NeedInteger(kPending);
  found->pending_names = Split(row.Text(kPendingNames));
  auto result = row.Result();
  if (result) facts.file_settings = std::move(found);
  return result;
}

constexpr MetricDesc kReloadRefused{
    .name = "pgfleet_settings_reload_refused",
    .help =
        "1: a fault in postgresql.conf or a file it includes makes the server refuse the whole "
        "file at the next reload, and not start at all after a stop.",
    .source = "pg_file_settings"};
constexpr MetricDesc kPendingReload{
    .name = "pgfleet_settings_pending_reload",
    .help =
        "Settings whose value in the files differs from the running one and needs a reload; what "
        "waits for a restart is not counted. 0 while the files would be refused.",
    .source = "pg_file_settings, pg_settings.reset_val"};
constexpr std::array kMetrics = {&kSettingsFileErrors, &kReloadRefused, &kPendingReload};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::FileSettingsFacts& facts = *view.node.facts.file_settings;
  out.Write(kSettingsFileErrors, {"postgresql.conf"}, static_cast<double>(facts.errors));
  out.Write(kReloadRefused, facts.reload_refused ? 1 : 0);
  out.Write(kPendingReload, static_cast<double>(facts.pending_reload));
}

}  // namespace

constexpr Collector kFileSettings{
    .name = "file_settings",
    .lane = model::Lane::kInventory,
    .sql = kSql,
    .columns = kColumns,
    .decode = Decode,
    .write = Write,
    .metrics = kMetrics,
    .privilege =
        "SELECT on pg_file_settings and EXECUTE on pg_show_all_file_settings(); pg_monitor for "
        "the settings that only superusers see"};

}  // namespace pgfleet::collectors
