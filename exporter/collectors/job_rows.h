#pragma once

#include <expected>

#include "collectors/collector.h"
#include "model/job_facts.h"

namespace pgfleet::collectors {

// What both schedulers of jobs answer with: one row per job, by its number, at most 500; one row
// with a NULL id where there is none.
struct JobColumn {
  enum : std::size_t {
    kClock,
    kTotal,
    kNewestRun,
    kAlive,
    kDead,
    kHidden,  // true: the role may not see what it was asked for
    kSchedulerUp,
    kId,
    kName,
    kEnabled,
    kWithoutAgent,
    kWaiting,
    kAgentIsDead,
    kNextRun,
    kStatus,
    kNewest,
    kNewestEnded,
    kStart,
    kSuccess,
    kDuration,
    kUsual,
    kFailed,
    kIgnored,
    kRunning,
    kCount,
  };
};

// `hidden`: what is said, for the log, of rows that the role may not see.
std::expected<model::JobFacts, DecodeFault> DecodeJobs(const pg::Rows& rows,
                                                       std::string_view hidden);

// Jobs are for the primary: its tables are replicated, its agents are not.
bool RunsJobs(const model::NodeFacts& facts);

// SQL that both have in common. Before it stands `run`: number, job, status, start, duration and
// whether a step's failure was ignored, of the newest 20,000 runs: a log grows for ever.
namespace jobs_sql {

inline constexpr std::string_view kSeen =
    ", ranked AS (SELECT r.id, r.job, r.status, r.started, r.seconds, r.ignored,"
    " pg_catalog.row_number() OVER (PARTITION BY r.job ORDER BY r.id DESC) AS n FROM run r)"
    ", seen AS (SELECT r.job, pg_catalog.max(r.id) AS newest,"
    " pg_catalog.max(r.id) FILTER (WHERE r.status <> 'running') AS newest_ended,"
    " (pg_catalog.array_agg(r.status ORDER BY r.id DESC))[1] AS status,"
    " (pg_catalog.array_agg(r.started ORDER BY r.id DESC)"
    " FILTER (WHERE r.started IS NOT NULL))[1] AS started,"
    " (pg_catalog.array_agg(r.seconds ORDER BY r.id DESC)"
    " FILTER (WHERE r.status <> 'running'))[1] AS seconds,"
    " pg_catalog.max(r.started + r.seconds) FILTER (WHERE r.status = 'succeeded') AS succeeded,"
    " pg_catalog.percentile_cont(0.5) WITHIN GROUP (ORDER BY r.seconds)"
    " FILTER (WHERE r.status = 'succeeded' AND r.n <= 50) AS usual,"
    " pg_catalog.string_agg(r.id::pg_catalog.text, ' ') FILTER (WHERE r.status IN"
    " ('failed', 'internal_failure', 'aborted')) AS failed,"
    " pg_catalog.string_agg(r.id::pg_catalog.text, ' ') FILTER (WHERE r.status = 'succeeded'"
    " AND r.ignored) AS ignored,"
    " pg_catalog.string_agg(r.id::pg_catalog.text, ' ') FILTER (WHERE r.status = 'running')"
    " AS running FROM ranked r GROUP BY r.job)";

inline constexpr std::string_view kOfRuns =
    " s.succeeded, s.seconds, s.usual, s.failed, s.ignored, s.running";

}  // namespace jobs_sql
}  // namespace pgfleet::collectors
