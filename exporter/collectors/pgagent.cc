#include <array>

#include "collectors/job_rows.h"
#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/series_dropped.h"

namespace pgfleet::collectors {
namespace {

// Of the columns that hold a job's code, its connection strings and its output none is named here.
constexpr std::string_view kRuns =
    "WITH bound AS (SELECT pg_catalog.max(l.jlgid) - 20000 AS id FROM pgagent.pga_joblog l)"
    ", run AS (SELECT l.jlgid AS id, l.jlgjobid AS job, CASE l.jlgstatus WHEN 'r' THEN 'running'"
    " WHEN 's' THEN 'succeeded' WHEN 'f' THEN 'failed' WHEN 'i' THEN 'internal_failure'"
    " WHEN 'd' THEN 'aborted' END AS status,"
    " CASE WHEN pg_catalog.isfinite(l.jlgstart) THEN extract(epoch from l.jlgstart)"
    "::pg_catalog.float8 END AS started,"
    " extract(epoch from l.jlgduration)::pg_catalog.float8 AS seconds,"
    " i.jsljlgid IS NOT NULL AS ignored FROM pgagent.pga_joblog l"
    " LEFT JOIN (SELECT DISTINCT t.jsljlgid FROM pgagent.pga_jobsteplog t"
    " WHERE t.jsljlgid > (SELECT b.id FROM bound b) AND t.jslstatus = 'i') i"
    " ON i.jsljlgid = l.jlgid WHERE l.jlgid > (SELECT b.id FROM bound b))";

// An agent is known by its session. Another session with the pid of one that died began later.
constexpr std::string_view kAgents =
    ", agent AS (SELECT g.jagpid AS pid, g.jagstation AS station, CASE WHEN a.pid IS NULL"
    " THEN false ELSE a.backend_start <= g.jaglogintime + '1 second'::pg_catalog.interval END"
    " AS lives FROM pgagent.pga_jobagent g LEFT JOIN ";
constexpr std::string_view kActivity = "pg_catalog.pg_stat_activity";
constexpr std::string_view kHelper = "pgfleet.stat_activity()";

constexpr std::string_view kJobs =
    " a ON a.pid = g.jagpid) SELECT extract(epoch from pg_catalog.clock_timestamp()) AS clock,"
    " pg_catalog.count(j.jobid) OVER () AS total,"
    " (SELECT pg_catalog.max(l.jlgid) FROM pgagent.pga_joblog l) AS newest_run,"
    " g.alive, g.dead, g.hidden, NULL::pg_catalog.bool AS scheduler_up, j.jobid,"
    " coalesce(nullif(j.jobname, ''), 'job ' || j.jobid) AS name, j.jobenabled,"
    " NOT EXISTS (SELECT FROM agent a WHERE a.lives AND j.jobhostagent IN ('', a.station))"
    " AS without_agent, j.jobagentid IS NULL AS waiting, EXISTS (SELECT FROM agent a"
    " WHERE a.pid = j.jobagentid AND NOT a.lives) AS agent_is_dead,"
    " CASE WHEN pg_catalog.isfinite(j.jobnextrun) THEN extract(epoch from j.jobnextrun) END"
    " AS next_run, CASE WHEN s.newest IS NOT NULL THEN s.status"
    " WHEN j.joblastrun IS NULL THEN 'never' END AS status, s.newest, s.newest_ended,"
    " coalesce(s.started, CASE WHEN pg_catalog.isfinite(j.joblastrun)"
    " THEN extract(epoch from j.joblastrun) END) AS started,";
constexpr std::string_view kTail =
    " FROM (SELECT pg_catalog.count(CASE WHEN a.lives THEN 1 END) AS alive,"
    " pg_catalog.count(CASE WHEN NOT a.lives THEN 1 END) AS dead,"
    " pg_catalog.count(*) > pg_catalog.count(a.lives) AS hidden FROM agent a) g"
    " LEFT JOIN pgagent.pga_job j ON true LEFT JOIN seen s ON s.job = j.jobid"
    " ORDER BY j.jobid LIMIT 500";

using jobs_sql::kOfRuns;
using jobs_sql::kSeen;
constexpr std::array kSql = {
    pg::SqlVersion{9, pg::kLater, kJoin<kRuns, kSeen, kAgents, kActivity, kJobs, kOfRuns, kTail>}};
constexpr std::array kHelped = {
    pg::SqlVersion{9, 9, kJoin<kRuns, kSeen, kAgents, kHelper, kJobs, kOfRuns, kTail>}};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto jobs = DecodeJobs(rows, "whether agents live is hidden; grant pg_monitor");
  if (!jobs) return std::unexpected(jobs.error());
  facts.pgagent = std::make_shared<model::JobFacts>(std::move(*jobs));
  return {};
}

void Write(const NodeView& view, metric::MetricWriter& out) {
  out.Write(kSeriesDropped, {"pgagent_job"}, static_cast<double>(view.node.facts.pgagent->dropped));
}

}  // namespace

constexpr Collector kPgagent{
    .name = "pgagent",
    .lane = model::Lane::kInventory,
    .place = Place::kPgagentDatabase,
    .sql = kSql,
    .fallback = kHelped,
    .columns = JobColumn::kCount,
    .exists_on = RunsJobs,
    .decode = Decode,
    .write = Write,
    .metrics = {},
    .privilege = "pg_monitor and, in the database of the jobs, the grants on schema pgagent"};

}  // namespace pgfleet::collectors
