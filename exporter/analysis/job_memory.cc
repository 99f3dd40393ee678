#include "analysis/job_memory.h"

#include <algorithm>

namespace pgfleet::analysis {
namespace {

using model::Job;

JobMemory Begin(const Job& job, const SchedulerMemory& memory) {
  JobMemory known;
  known.counted = memory.newest_run.value_or(job.newest_ended.value_or(0));
  if (!memory.newest_run) known.open.insert(job.running.begin(), job.running.end());
  return known;
}

std::int64_t NewAmong(const std::vector<std::int64_t>& runs, const JobMemory& known) {
  return std::ranges::count_if(
      runs, [&](std::int64_t run) { return run > known.counted || known.open.contains(run); });
}

void Count(const Job& job, JobMemory& known) {
  // An older copy of the log, as after a restore: its numbers are given once more.
  if (job.newest) known.counted = std::min(known.counted, *job.newest);
  known.count.failures += NewAmong(job.failed, known);
  known.count.ignored += NewAmong(job.ignored, known);
  known.counted = std::max(known.counted, job.newest_ended.value_or(0));
  known.open = {job.running.begin(), job.running.end()};
}

void Forget(const model::JobFacts& facts, SchedulerMemory& memory) {
  if (facts.dropped > 0) return;
  std::erase_if(memory.jobs, [&](const auto& known) {
    return std::ranges::find(facts.jobs, known.first, &Job::id) == facts.jobs.end();
  });
}

}  // namespace

void CountRuns(const model::Fact<model::JobFacts>& facts, SchedulerMemory& memory) {
  if (facts == memory.last) return;
  memory.last = facts;
  auto counts = std::make_shared<model::JobCounts>();
  for (const Job& job : facts->jobs) {
    JobMemory& known = memory.jobs.try_emplace(job.id, Begin(job, memory)).first->second;
    Count(job, known);
    counts->emplace(job.id, known.count);
  }
  Forget(*facts, memory);
  memory.newest_run = facts->newest_run.value_or(memory.newest_run.value_or(0));
  memory.counts = std::move(counts);
}

}  // namespace pgfleet::analysis
