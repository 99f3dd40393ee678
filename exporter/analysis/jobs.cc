#include <algorithm>
#include <array>

#include "analysis/job_metrics.h"
#include "analysis/list.h"
#include "analysis/nodes.h"
#include "analysis/numbered.h"
#include "collectors/values.h"

// Jobs of the cluster, as its elected primary tells of them.
namespace pgfleet::analysis {
namespace {

using model::Job;
using model::JobFacts;
using model::JobStatus;

struct Scheduler {
  std::string_view collector;
  model::Fact<JobFacts> model::InventoryFacts::* facts;
  model::Fact<model::JobCounts> model::ClusterFindings::* counts;
  SchedulerMemory Memory::* memory;
  const JobFamilies& families;
};
constexpr std::array kSchedulers = {
    Scheduler{"pgagent", &model::InventoryFacts::pgagent, &model::ClusterFindings::pgagent_counts,
              &Memory::pgagent, job_metrics::kPgagent},
    Scheduler{"cron", &model::InventoryFacts::cron, &model::ClusterFindings::cron_counts,
              &Memory::cron, job_metrics::kCron},
};

// Null: no primary, or it said nothing lately.
const model::Fact<JobFacts>* FactsOf(const model::ClusterSnapshot& cluster,
                                     const Scheduler& scheduler, model::Monotonic now) {
  if (!cluster.findings.primary) return nullptr;
  const auto& node = cluster.nodes[*cluster.findings.primary];
  const auto* pulse = PulseOf(node);
  const auto& facts = node.facts.*scheduler.facts;
  const bool known = pulse != nullptr && !pulse->in_recovery && facts &&
                     collectors::IsFresh(node, scheduler.collector, now);
  return known ? &facts : nullptr;
}

void Run(model::ClusterSnapshot& cluster, Memory& memory) {
  for (const Scheduler& scheduler : kSchedulers) {
    SchedulerMemory& known = memory.*scheduler.memory;
    if (const auto* facts = FactsOf(cluster, scheduler, cluster.at)) CountRuns(*facts, known);
    cluster.findings.*scheduler.counts = known.counts;
  }
}

// An agent looks for work every half minute at least.
std::optional<bool> IsOverdue(const Job& job, double clock) {
  constexpr double kPatience = 120;
  if (!job.is_waiting) return std::nullopt;
  return job.enabled && *job.is_waiting && job.next_run && clock - *job.next_run > kPatience;
}

// Without an earlier run to compare with a day is long.
double LongestRun(const Job& job) {
  constexpr double kTimes = 3;
  constexpr double kHour = 3600;
  return job.usual_duration ? std::max(kTimes * *job.usual_duration, kHour) : 24 * kHour;
}

std::optional<bool> IsStuck(const Job& job, double clock) {
  if (job.agent_is_dead == true) return true;
  if (job.is_waiting == true) return false;
  if (!job.status) return std::nullopt;
  if (*job.status != JobStatus::kRunning) return false;
  if (!job.last_start) return std::nullopt;
  return clock - *job.last_start > LongestRun(job);
}

class JobWriter {
 public:
  JobWriter(const JobFamilies& families, std::string_view label, metric::MetricWriter& out)
      : families_(families), label_(label), out_(out) {}

  void WriteState(const Job& job, double clock) {
    using collectors::AsValue;
    Write(families_.enabled, AsValue(std::optional(job.enabled)));
    Write(families_.last_start, job.last_start);
    Write(families_.last_success, job.last_success);
    Write(families_.last_duration, job.last_duration);
    Write(families_.next_run, job.next_run);
    Write(families_.overdue, AsValue(IsOverdue(job, clock)));
    Write(families_.stuck, AsValue(IsStuck(job, clock)));
    Write(families_.without_agent, AsValue(job.without_agent));
    if (job.status)
      out_.WriteStates(*families_.status, {label_}, families_.states, model::Name(*job.status));
  }
  void WriteCounts(const model::JobCount& count) {
    Write(families_.failures, static_cast<double>(count.failures));
    Write(families_.ignored_failures, static_cast<double>(count.ignored));
  }

 private:
  void Write(const metric::MetricDesc* desc, std::optional<double> value) {
    if (desc != nullptr) out_.Write(*desc, {label_}, value);
  }

  const JobFamilies& families_;
  std::string_view label_;
  metric::MetricWriter& out_;
};

void WriteJobs(const JobFacts& facts, const model::JobCounts& counts, const JobFamilies& families,
               metric::MetricWriter& out) {
  std::set<std::string, std::less<>> taken;
  for (const Job& job : facts.jobs) {
    const std::string label = Numbered(job.name, taken);
    JobWriter writer(families, label, out);
    writer.WriteState(job, facts.server_clock);
    const auto count = counts.find(job.id);
    if (count != counts.end()) writer.WriteCounts(count->second);
  }
}

void Write(const model::ClusterSnapshot& cluster, model::Monotonic now, metric::MetricWriter& out) {
  static const model::JobCounts kNone;
  for (const Scheduler& scheduler : kSchedulers) {
    const auto* found = FactsOf(cluster, scheduler, now);
    if (found == nullptr) continue;
    const JobFacts& facts = **found;
    out.Write(job_metrics::kAgents, {"alive"}, collectors::AsValue(facts.agents_alive));
    out.Write(job_metrics::kAgents, {"dead"}, collectors::AsValue(facts.agents_dead));
    out.Write(job_metrics::kLauncher, collectors::AsValue(facts.scheduler_up));
    const auto& counts = cluster.findings.*scheduler.counts;
    WriteJobs(facts, counts ? *counts : kNone, scheduler.families, out);
  }
}

}  // namespace

constexpr Analysis kJobs{.name = "jobs", .run = Run, .write = Write, .metrics = job_metrics::kAll};

}  // namespace pgfleet::analysis
