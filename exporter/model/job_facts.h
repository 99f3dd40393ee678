#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/fact.h"

// What a scheduler of jobs, pgAgent or pg_cron, says of them in its tables.
namespace pgfleet::model {

// How the last run of a job went. The order is the order of kJobStatusNames; pg_cron knows the
// first four.
enum class JobStatus : std::uint8_t {
  kNever,
  kRunning,
  kSucceeded,
  kFailed,
  kInternalFailure,
  kAborted,
};
inline constexpr std::array<std::string_view, 6> kJobStatusNames = {
    "never", "running", "succeeded", "failed", "internal_failure", "aborted"};
constexpr std::string_view Name(JobStatus status) {
  return kJobStatusNames[static_cast<std::size_t>(status)];
}

struct Job {
  std::int64_t id = 0;
  std::string name;  // "job 17" where it has none
  bool enabled = false;
  std::optional<bool> without_agent;  // pgAgent: no agent lives that may run it
  std::optional<bool> is_waiting;     // pgAgent: no agent has taken it
  std::optional<bool> agent_is_dead;  // pgAgent: the one that has taken it
  std::optional<EpochSeconds> next_run;

  // Of those runs that the log still shows among its newest; the server's clock.
  std::optional<EpochSeconds> last_start, last_success;
  std::optional<double> last_duration;   // seconds, of the last run that ended
  std::optional<double> usual_duration;  // seconds, the median of the last that succeeded
  std::optional<JobStatus> status;       // absent: it ran, and the log shows that no more
  std::optional<std::int64_t> newest, newest_ended;  // the last run's number
  // Numbers of runs, in no order. `ignored`: they succeeded, but for a step whose failure is
  // ignored.
  std::vector<std::int64_t> failed, ignored, running;
};

struct JobFacts {
  EpochSeconds server_clock = 0;
  std::optional<std::int64_t> agents_alive, agents_dead;  // pgAgent
  std::optional<bool> scheduler_up;                       // pg_cron; 10+
  std::optional<std::int64_t> newest_run;                 // of all jobs
  std::vector<Job> jobs;                                  // by id
  std::int64_t dropped = 0;                               // jobs above the cap
};

// How often runs of a job failed, as counted here.
struct JobCount {
  std::int64_t failures = 0, ignored = 0;

  bool operator==(const JobCount&) const = default;
};
using JobCounts = std::map<std::int64_t, JobCount>;  // by job

}  // namespace pgfleet::model
