#include <array>

#include "collectors/job_rows.h"
#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/series_dropped.h"

namespace pgfleet::collectors {
namespace {

// Neither a job's command nor what it returned is named here. Of a run that could not even begin
// the start is NULL.
constexpr std::string_view kWith =
    "WITH detail AS (SELECT d.runid, d.jobid, d.status, d.start_time, d.end_time FROM ";
constexpr std::string_view kDetails = "cron.job_run_details";
constexpr std::string_view kDetailsHelper = "pgfleet.cron_runs()";
constexpr std::string_view kBound =
    " d WHERE d.runid > (SELECT pg_catalog.max(m.runid) - 20000 FROM ";
constexpr std::string_view kRuns =
    " m)), run AS (SELECT d.runid AS id, d.jobid AS job,"
    " CASE WHEN d.status IN ('starting', 'connecting', 'sending', 'running') THEN 'running'"
    " WHEN d.status IN ('succeeded', 'failed') THEN d.status END AS status,"
    " extract(epoch from d.start_time)::pg_catalog.float8 AS started,"
    " extract(epoch from d.end_time - d.start_time)::pg_catalog.float8 AS seconds,"
    " false AS ignored FROM detail d)";

// Row level security shows a role its own jobs alone: then "none" would be a lie.
constexpr std::string_view kHead =
    " SELECT extract(epoch from pg_catalog.clock_timestamp()) AS clock,"
    " pg_catalog.count(j.jobid) OVER () AS total,"
    " (SELECT pg_catalog.max(d.runid) FROM detail d) AS newest_run, NULL::pg_catalog.int8 AS alive,"
    " NULL::pg_catalog.int8 AS dead, h.hidden,";
constexpr std::string_view kNoLauncher = " NULL::pg_catalog.bool AS scheduler_up,";
constexpr std::string_view kLauncher =
    " CASE WHEN pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') THEN EXISTS (SELECT"
    " FROM pg_catalog.pg_stat_activity a WHERE a.backend_type = 'pg_cron launcher') END"
    " AS scheduler_up,";
constexpr std::string_view kJobs =
    " j.jobid, coalesce(nullif(j.jobname::pg_catalog.text, ''), 'job ' || j.jobid) AS name,"
    " j.active, NULL::pg_catalog.bool AS without_agent, NULL::pg_catalog.bool AS waiting,"
    " NULL::pg_catalog.bool AS agent_is_dead, NULL::pg_catalog.float8 AS next_run, s.status,"
    " s.newest, s.newest_ended, s.started,";
constexpr std::string_view kFromTables =
    " FROM (SELECT pg_catalog.row_security_active('cron.job') AS hidden) h"
    " LEFT JOIN cron.job j ON true";
constexpr std::string_view kFromHelpers =
    " FROM (SELECT false AS hidden) h LEFT JOIN pgfleet.cron_jobs() j ON true";
constexpr std::string_view kTail =
    " LEFT JOIN seen s ON s.job = j.jobid ORDER BY j.jobid LIMIT 500";

using jobs_sql::kOfRuns;
using jobs_sql::kSeen;
constexpr auto& kLogOfTables = kJoin<kWith, kDetails, kBound, kDetails, kRuns, kSeen, kHead>;
constexpr auto& kLogOfHelpers =
    kJoin<kWith, kDetailsHelper, kBound, kDetailsHelper, kRuns, kSeen, kHead>;
constexpr std::array kSql = {
    pg::SqlVersion{9, 10, kJoin<kLogOfTables, kNoLauncher, kJobs, kOfRuns, kFromTables, kTail>},
    pg::SqlVersion{11, pg::kLater,
                   kJoin<kLogOfTables, kLauncher, kJobs, kOfRuns, kFromTables, kTail>}};
constexpr std::array kHelped = {
    pg::SqlVersion{9, 10, kJoin<kLogOfHelpers, kNoLauncher, kJobs, kOfRuns, kFromHelpers, kTail>},
    pg::SqlVersion{11, pg::kLater,
                   kJoin<kLogOfHelpers, kLauncher, kJobs, kOfRuns, kFromHelpers, kTail>}};
static_assert(pg::HasNoGapAndNoOverlap(kSql) && pg::HasNoGapAndNoOverlap(kHelped));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto jobs = DecodeJobs(rows,
                         "row level security hides the jobs of others; the helper "
                         "pgfleet.cron_jobs() shows them");
  if (!jobs) return std::unexpected(jobs.error());
  facts.cron = std::make_shared<model::JobFacts>(std::move(*jobs));
  return {};
}

void Write(const NodeView& view, metric::MetricWriter& out) {
  out.Write(kSeriesDropped, {"cron_job"}, static_cast<double>(view.node.facts.cron->dropped));
}

}  // namespace

constexpr Collector kCron{
    .name = "cron",
    .lane = model::Lane::kInventory,
    .place = Place::kCronDatabase,
    .sql = kSql,
    .fallback = kHelped,
    .columns = JobColumn::kCount,
    .exists_on = RunsJobs,
    .decode = Decode,
    .write = Write,
    .metrics = {},
    .privilege =
        "superuser, or in the database of the jobs the helpers pgfleet.cron_jobs() and "
        "pgfleet.cron_runs()"};

}  // namespace pgfleet::collectors
