#pragma once

#include <array>
#include <span>
#include <string_view>

#include "metric/metric_desc.h"
#include "model/job_facts.h"

namespace pgfleet::analysis {

// The families of one scheduler's jobs. Null: it has no such thing.
struct JobFamilies {
  const metric::MetricDesc* enabled = nullptr;
  const metric::MetricDesc* last_start = nullptr;
  const metric::MetricDesc* last_success = nullptr;
  const metric::MetricDesc* last_duration = nullptr;
  const metric::MetricDesc* next_run = nullptr;
  const metric::MetricDesc* overdue = nullptr;
  const metric::MetricDesc* stuck = nullptr;
  const metric::MetricDesc* without_agent = nullptr;
  const metric::MetricDesc* status = nullptr;
  const metric::MetricDesc* failures = nullptr;
  const metric::MetricDesc* ignored_failures = nullptr;
  std::span<const std::string_view> states{};  // of `status`
};

namespace job_metrics {

using metric::MetricDesc;

inline constexpr std::array<std::string_view, 1> kAgentLabels = {"state"};
inline constexpr std::array<std::string_view, 1> kAgentJob = {"agent_job"};
inline constexpr std::array<std::string_view, 2> kAgentJobStatus = {"agent_job", "status"};
inline constexpr std::array<std::string_view, 1> kCronJob = {"cron_job"};
inline constexpr std::array<std::string_view, 2> kCronJobStatus = {"cron_job", "status"};

inline constexpr MetricDesc kAgents{
    .name = "pgfleet_pgagent_agents",
    .scope = metric::Scope::kCluster,
    .labels = kAgentLabels,
    .help =
        "pgAgent's agents that are registered in the jobs' database by whether their session "
        "lives. Dead ones stay until the next agent starts.",
    .source = "pgagent.pga_jobagent, pg_stat_activity"};
inline constexpr MetricDesc kAgentEnabled{.name = "pgfleet_pgagent_job_enabled",
                                          .scope = metric::Scope::kCluster,
                                          .labels = kAgentJob,
                                          .help = "1 while the job may run by its schedule.",
                                          .source = "pgagent.pga_job.jobenabled"};
inline constexpr MetricDesc kAgentLastStart{
    .name = "pgfleet_pgagent_job_last_start_timestamp_seconds",
    .scope = metric::Scope::kCluster,
    .unit = "seconds",
    .labels = kAgentJob,
    .help = "When the last run began, by the server's clock; absent before the first.",
    .source = "pgagent.pga_joblog.jlgstart"};
inline constexpr MetricDesc kAgentLastSuccess{
    .name = "pgfleet_pgagent_job_last_success_timestamp_seconds",
    .scope = metric::Scope::kCluster,
    .unit = "seconds",
    .labels = kAgentJob,
    .help =
        "When the last run that succeeded had ended, by the server's clock; absent when the log "
        "shows none.",
    .source = "pgagent.pga_joblog"};
inline constexpr MetricDesc kAgentLastDuration{.name = "pgfleet_pgagent_job_last_duration_seconds",
                                               .scope = metric::Scope::kCluster,
                                               .unit = "seconds",
                                               .labels = kAgentJob,
                                               .help = "How long the last run took that has ended.",
                                               .source = "pgagent.pga_joblog.jlgduration"};
inline constexpr MetricDesc kAgentNextRun{
    .name = "pgfleet_pgagent_job_next_run_timestamp_seconds",
    .scope = metric::Scope::kCluster,
    .unit = "seconds",
    .labels = kAgentJob,
    .help =
        "When the job is due; while it runs, when it was. Absent: its schedules name no time, or "
        "it is not enabled.",
    .source = "pgagent.pga_job.jobnextrun"};
inline constexpr MetricDesc kAgentOverdue{
    .name = "pgfleet_pgagent_job_overdue",
    .scope = metric::Scope::kCluster,
    .labels = kAgentJob,
    .help = "1 when an enabled job is due for more than 2 minutes and no agent has taken it.",
    .source = "pgagent.pga_job.jobnextrun, jobagentid"};
inline constexpr MetricDesc kAgentStuck{
    .name = "pgfleet_pgagent_job_stuck",
    .scope = metric::Scope::kCluster,
    .labels = kAgentJob,
    .help =
        "1 when the agent that runs the job is dead, or the run takes longer than 3 times the "
        "median of the last successful ones (at least an hour; a day without any). An agent that "
        "starts gives up the runs of dead ones.",
    .source = "pgagent.pga_job.jobagentid, pga_joblog"};
inline constexpr MetricDesc kAgentWithoutAgent{
    .name = "pgfleet_pgagent_job_without_agent",
    .scope = metric::Scope::kCluster,
    .labels = kAgentJob,
    .help =
        "1 when no living agent may run the job: there is none, or none on the host to which the "
        "job is bound.",
    .source = "pgagent.pga_job.jobhostagent, pga_jobagent.jagstation"};
inline constexpr MetricDesc kAgentStatus{
    .name = "pgfleet_pgagent_job_status",
    .kind = metric::Kind::kStateSet,
    .scope = metric::Scope::kCluster,
    .labels = kAgentJobStatus,
    .help =
        "How the last run went, or that it goes on. internal_failure: the agent could not start "
        "it; aborted: its agent died. Absent: it ran, and its log is gone.",
    .source = "pgagent.pga_joblog.jlgstatus"};
inline constexpr MetricDesc kAgentFailures{
    .name = "pgfleet_pgagent_job_failures_total",
    .kind = metric::Kind::kCounter,
    .scope = metric::Scope::kCluster,
    .labels = kAgentJob,
    .help =
        "Runs that were seen to end as failed, internal_failure or aborted, counted by their "
        "number in the log since the log was first seen.",
    .source = "pgagent.pga_joblog.jlgid, jlgstatus"};
inline constexpr MetricDesc kAgentIgnoredFailures{
    .name = "pgfleet_pgagent_job_ignored_failures_total",
    .kind = metric::Kind::kCounter,
    .scope = metric::Scope::kCluster,
    .labels = kAgentJob,
    .help = "Runs that succeeded although a step failed, because the step's failure is ignored.",
    .source = "pgagent.pga_jobsteplog.jslstatus"};

inline constexpr MetricDesc kLauncher{
    .name = "pgfleet_cron_scheduler_up",
    .scope = metric::Scope::kCluster,
    .help = "1 while pg_cron's own process runs, which starts the jobs. Needs pg_monitor.",
    .versions = "11+",
    .source = "pg_stat_activity.backend_type"};
inline constexpr MetricDesc kCronEnabled{.name = "pgfleet_cron_job_enabled",
                                         .scope = metric::Scope::kCluster,
                                         .labels = kCronJob,
                                         .help = "1 while the job may run by its schedule.",
                                         .source = "cron.job.active"};
inline constexpr MetricDesc kCronLastStart{
    .name = "pgfleet_cron_job_last_start_timestamp_seconds",
    .scope = metric::Scope::kCluster,
    .unit = "seconds",
    .labels = kCronJob,
    .help = "When the last run began, by the server's clock; absent when the log shows none.",
    .source = "cron.job_run_details.start_time"};
inline constexpr MetricDesc kCronLastSuccess{
    .name = "pgfleet_cron_job_last_success_timestamp_seconds",
    .scope = metric::Scope::kCluster,
    .unit = "seconds",
    .labels = kCronJob,
    .help =
        "When the last run that succeeded had ended, by the server's clock; absent when the log "
        "shows none.",
    .source = "cron.job_run_details.end_time"};
inline constexpr MetricDesc kCronLastDuration{.name = "pgfleet_cron_job_last_duration_seconds",
                                              .scope = metric::Scope::kCluster,
                                              .unit = "seconds",
                                              .labels = kCronJob,
                                              .help = "How long the last run took that has ended.",
                                              .source = "cron.job_run_details"};
inline constexpr MetricDesc kCronStuck{
    .name = "pgfleet_cron_job_stuck",
    .scope = metric::Scope::kCluster,
    .labels = kCronJob,
    .help =
        "1 when a run takes longer than 3 times the median of the last successful ones (at least "
        "an hour; a day without any).",
    .source = "cron.job_run_details"};
inline constexpr MetricDesc kCronStatus{
    .name = "pgfleet_cron_job_status",
    .kind = metric::Kind::kStateSet,
    .scope = metric::Scope::kCluster,
    .labels = kCronJobStatus,
    .help = "How the last run went, or that it goes on. Absent when the log shows no run.",
    .source = "cron.job_run_details.status"};
inline constexpr MetricDesc kCronFailures{
    .name = "pgfleet_cron_job_failures_total",
    .kind = metric::Kind::kCounter,
    .scope = metric::Scope::kCluster,
    .labels = kCronJob,
    .help =
        "Runs that were seen to end as failed, counted by their number in the log since the log "
        "was first seen.",
    .source = "cron.job_run_details.runid, status"};

inline constexpr JobFamilies kPgagent{.enabled = &kAgentEnabled,
                                      .last_start = &kAgentLastStart,
                                      .last_success = &kAgentLastSuccess,
                                      .last_duration = &kAgentLastDuration,
                                      .next_run = &kAgentNextRun,
                                      .overdue = &kAgentOverdue,
                                      .stuck = &kAgentStuck,
                                      .without_agent = &kAgentWithoutAgent,
                                      .status = &kAgentStatus,
                                      .failures = &kAgentFailures,
                                      .ignored_failures = &kAgentIgnoredFailures,
                                      .states = model::kJobStatusNames};
// Whether a job never ran cannot be told: its log may be pruned or off.
inline constexpr JobFamilies kCron{.enabled = &kCronEnabled,
                                   .last_start = &kCronLastStart,
                                   .last_success = &kCronLastSuccess,
                                   .last_duration = &kCronLastDuration,
                                   .stuck = &kCronStuck,
                                   .status = &kCronStatus,
                                   .failures = &kCronFailures,
                                   .states = std::span(model::kJobStatusNames).subspan(1, 3)};

inline constexpr std::array kAll = {&kAgents,           &kAgentEnabled,      &kAgentLastStart,
                                    &kAgentLastSuccess, &kAgentLastDuration, &kAgentNextRun,
                                    &kAgentOverdue,     &kAgentStuck,        &kAgentWithoutAgent,
                                    &kAgentStatus,      &kAgentFailures,     &kAgentIgnoredFailures,
                                    &kLauncher,         &kCronEnabled,       &kCronLastStart,
                                    &kCronLastSuccess,  &kCronLastDuration,  &kCronStuck,
                                    &kCronStatus,       &kCronFailures};

}  // namespace job_metrics
}  // namespace pgfleet::analysis
