#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "model/job_facts.h"

namespace pgfleet::analysis {

// Up to where the runs of one job are counted. A log is pruned, so what was counted is kept here.
struct JobMemory {
  std::int64_t counted = 0;     // number of the last run that had ended
  std::set<std::int64_t> open;  // runs that had not; not kept on disk
  model::JobCount count;

  bool operator==(const JobMemory&) const = default;
};

struct SchedulerMemory {
  std::optional<std::int64_t> newest_run;  // of all jobs; absent: its log was never seen
  std::map<std::int64_t, JobMemory> jobs;
  model::Fact<model::JobFacts> last;     // as last counted; not kept on disk
  model::Fact<model::JobCounts> counts;  // the same as in `jobs`, for pages; not kept on disk
};

// Counts what the log shows of runs that have ended since it was last looked at. What had failed
// before the log was first seen does not count; of a job that is new in a log that is known
// everything does.
void CountRuns(const model::Fact<model::JobFacts>& facts, SchedulerMemory& memory);

}  // namespace pgfleet::analysis
