// Runs of jobs counted by their number in a log that is pruned, and what is said of each job.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/job_memory.h"
#include "analysis/list.h"
#include "cluster_builder.h"

namespace pgfleet::analysis {
namespace {

using model::Job;
using model::JobCount;
using model::JobFacts;
using model::JobStatus;
using testing::HasSubstr;
using testing::Not;

// A log as one poll shows it.
class Log {
 public:
  explicit Log(SchedulerMemory& memory) : memory_(memory) {}

  void Shows(const std::vector<Job>& jobs) {
    auto facts = std::make_shared<JobFacts>();
    for (const Job& job : jobs) {
      facts->jobs.push_back(job);
      if (job.newest) facts->newest_run = std::max(facts->newest_run.value_or(0), *job.newest);
    }
    CountRuns(facts, memory_);
  }
  JobCount Of(std::int64_t job) const { return memory_.counts->at(job); }

 private:
  SchedulerMemory& memory_;
};

// `newest` runs without a gap, of which these failed.
Job With(std::int64_t id, std::int64_t newest, std::vector<std::int64_t> failed,
         std::vector<std::int64_t> running = {}) {
  Job job{.id = id, .name = "job", .newest = newest, .newest_ended = newest};
  job.failed = std::move(failed);
  job.running = std::move(running);
  return job;
}

class Counting : public testing::Test {
 protected:
  SchedulerMemory memory_;
  Log log_{memory_};
};

TEST_F(Counting, BeginsWhereTheLogIsFirstSeen) {
  log_.Shows({With(1, 10, {3, 10})});
  EXPECT_EQ(log_.Of(1).failures, 0);
  log_.Shows({With(1, 12, {3, 10, 11, 12})});
  EXPECT_EQ(log_.Of(1).failures, 2);
  log_.Shows({With(1, 12, {3, 10, 11, 12})});
  EXPECT_EQ(log_.Of(1).failures, 2) << "the same runs again";
}

TEST_F(Counting, SurvivesAPrunedLog) {
  log_.Shows({With(1, 10, {})});
  log_.Shows({With(1, 12, {11, 12})});
  log_.Shows({With(1, 12, {12})});
  EXPECT_EQ(log_.Of(1).failures, 2);
  log_.Shows({Job{.id = 1}});
  EXPECT_EQ(log_.Of(1).failures, 2) << "nothing is left of it";
  log_.Shows({With(1, 13, {13})});
  EXPECT_EQ(log_.Of(1).failures, 3);
}

TEST_F(Counting, TakesARunWhenItEnds) {
  Job running = With(1, 11, {}, {11});
  running.newest_ended = 10;
  log_.Shows({running});
  EXPECT_EQ(log_.Of(1).failures, 0);
  log_.Shows({With(1, 11, {11})});
  EXPECT_EQ(log_.Of(1).failures, 1);
}

// pgAgent gives up the run of a dead agent long after others of that job may have run.
TEST_F(Counting, TakesARunThatWasOvertaken) {
  log_.Shows({With(1, 12, {}, {11})});
  log_.Shows({With(1, 13, {11})});
  EXPECT_EQ(log_.Of(1).failures, 1);
  log_.Shows({With(1, 13, {11})});
  EXPECT_EQ(log_.Of(1).failures, 1);
}

TEST_F(Counting, OfANewJobBeginsWithItsFirstRun) {
  log_.Shows({With(1, 10, {})});
  log_.Shows({With(1, 10, {}), With(2, 12, {11, 12})});
  EXPECT_EQ(log_.Of(2).failures, 2);
}

TEST_F(Counting, BeginsWithAnEmptyLogToo) {
  log_.Shows({});
  log_.Shows({With(1, 1, {1})});
  EXPECT_EQ(log_.Of(1).failures, 1);
}

TEST_F(Counting, KeepsIgnoredFailuresApart) {
  log_.Shows({With(1, 10, {})});
  Job job = With(1, 11, {});
  job.ignored = {11};
  log_.Shows({job});
  EXPECT_EQ(log_.Of(1), (JobCount{.failures = 0, .ignored = 1}));
}

// After a restore the log ends earlier, and numbers are given a second time.
TEST_F(Counting, GoesOnInAnOlderCopyOfTheLog) {
  log_.Shows({With(1, 100, {})});
  log_.Shows({With(1, 50, {49, 50})});
  EXPECT_EQ(log_.Of(1).failures, 0);
  log_.Shows({With(1, 51, {49, 50, 51})});
  EXPECT_EQ(log_.Of(1).failures, 1);
}

TEST_F(Counting, ForgetsJobsThatAreGone) {
  log_.Shows({With(1, 10, {}), With(2, 9, {})});
  log_.Shows({With(2, 9, {})});
  EXPECT_FALSE(memory_.jobs.contains(1));
}

// A cluster of a primary and a standby, whose primary tells of jobs.
class Jobs : public testing::Test {
 protected:
  Jobs() {
    world_.IsPrimary(0, 1000);
    world_.IsStandby(1, 1000);
    facts_.server_clock = 10000;
    facts_.agents_alive = 1;
    facts_.agents_dead = 0;
  }
  Job& Add(const std::string& name) {
    return facts_.jobs.emplace_back(Job{.id = static_cast<std::int64_t>(facts_.jobs.size()) + 1,
                                        .name = name,
                                        .enabled = true,
                                        .without_agent = false,
                                        .is_waiting = true,
                                        .agent_is_dead = false,
                                        .status = JobStatus::kNever});
  }
  // By lines, without the cluster's label.
  std::string Page(
      model::Fact<JobFacts> model::InventoryFacts::* which = &model::InventoryFacts::pgagent) {
    world_.node(0).facts.*which = std::make_shared<JobFacts>(facts_);
    for (auto& collector : world_.node(0).collectors)
      collector.last_success = model::Moment{world_.now(), {}};
    world_.Tick();
    metric::MetricWriter out(kJobs.metrics);
    out.EnterCluster("main");
    kJobs.write(world_.cluster(), world_.now(), out);
    std::string page;
    for (std::size_t i = 0; i < kJobs.metrics.size(); ++i) page += out.Lines(i);
    const std::string label = "pg_cluster=\"main\",";
    for (auto at = page.find(label); at != std::string::npos; at = page.find(label))
      page.erase(at, label.size());
    return page;
  }
  static std::string Line(const std::string& metric, const std::string& job, int value) {
    return "pgfleet_pgagent_job_" + metric + "{agent_job=\"" + job + "\"} " +
           std::to_string(value) + "\n";
  }

  World world_{{"pg1", "pg2"}};
  JobFacts facts_;
};

TEST_F(Jobs, AreOverdueTwoMinutesAfterTheirTime) {
  Add("late").next_run = 10000 - 121;
  Add("due").next_run = 10000 - 119;
  Job& off = Add("off");
  off.enabled = false;
  off.next_run = 5000;
  Job& taken = Add("taken");
  taken.is_waiting = false;
  taken.next_run = 5000;
  Add("unplanned");
  const std::string page = Page();
  EXPECT_THAT(page, HasSubstr(Line("overdue", "late", 1)));
  for (const char* name : {"due", "off", "taken", "unplanned"})
    EXPECT_THAT(page, HasSubstr(Line("overdue", name, 0)));
  EXPECT_THAT(page, HasSubstr(Line("enabled", "off", 0)));
}

TEST_F(Jobs, AreStuckWhenTheyTakeLongerThanTheyEverDo) {
  struct Case {
    const char* name;
    std::optional<double> usual;
    double since;
    bool agent_is_dead;
    int stuck;
  };
  constexpr Case kCases[] = {
      {"an hour is allowed", 1, 3599, false, 0},       {"more is not", 1, 3601, false, 1},
      {"three times", 3000, 8999, false, 0},           {"more than that", 3000, 9001, false, 1},
      {"nothing to compare with", {}, 9001, false, 0}, {"a dead agent", 1, 5, true, 1}};
  for (const Case& each : kCases) {
    Job& job = Add(each.name);
    job.is_waiting = false;
    job.status = JobStatus::kRunning;
    job.usual_duration = each.usual;
    job.last_start = facts_.server_clock - each.since;
    job.agent_is_dead = each.agent_is_dead;
  }
  Job& ended = Add("ended");
  ended.status = JobStatus::kSucceeded;
  ended.last_start = 1;
  const std::string page = Page();
  for (const Case& each : kCases)
    EXPECT_THAT(page, HasSubstr(Line("stuck", each.name, each.stuck)));
  EXPECT_THAT(page, HasSubstr(Line("stuck", "ended", 0)));
}

TEST_F(Jobs, OfOneNameAreNumbered) {
  Add("nightly");
  Add("nightly#2");
  Add("nightly");
  const std::string page = Page();
  for (const char* name : {"nightly", "nightly#2", "nightly#3"})
    EXPECT_THAT(page, HasSubstr(Line("enabled", name, 1)));
}

TEST_F(Jobs, CannotBreakThePageByTheirNames) {
  Add("a\"} 1\nb\\");
  Add("\xFF");
  const std::string page = Page();
  EXPECT_THAT(page, HasSubstr("job_enabled{agent_job=\"a\\\"} 1\\nb\\\\\"} 1\n"));
  EXPECT_THAT(page, Not(HasSubstr("\xFF")));
}

TEST_F(Jobs, WhoseLogIsGoneHaveNoStatusAndTheOthersHaveOne) {
  Add("unknown").status.reset();
  Add("never");
  Add("aborted").status = JobStatus::kAborted;
  const std::string page = Page();
  EXPECT_THAT(page, Not(HasSubstr("agent_job=\"unknown\",status")));
  EXPECT_THAT(page, HasSubstr("job_status{agent_job=\"never\",status=\"never\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("job_status{agent_job=\"aborted\",status=\"aborted\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("job_status{agent_job=\"aborted\",status=\"failed\"} 0\n"));
}

TEST_F(Jobs, OfPgCronSayNothingOfAgentsAndPlans) {
  facts_.agents_alive.reset();
  facts_.agents_dead.reset();
  facts_.scheduler_up = true;
  facts_.jobs = {Job{.id = 4, .name = "vacuum", .enabled = true, .status = JobStatus::kFailed}};
  const std::string page = Page(&model::InventoryFacts::cron);
  EXPECT_THAT(page, HasSubstr("pgfleet_cron_scheduler_up{pg_cluster=\"main\"} 1\n"));
  EXPECT_THAT(page,
              HasSubstr("pgfleet_cron_job_status{cron_job=\"vacuum\",status=\"failed\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("pgfleet_cron_job_stuck{cron_job=\"vacuum\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("pgfleet_cron_job_failures_total{cron_job=\"vacuum\"} 0\n"));
  for (const char* none : {"pgagent", "overdue", "never", "without_agent"})
    EXPECT_THAT(page, Not(HasSubstr(none)));
}

// Its tables are replicated; the pids in them mean nothing there.
TEST_F(Jobs, OfAStandbyAreNotShown) {
  Add("nightly");
  EXPECT_THAT(Page(), HasSubstr("nightly"));
  world_.IsPrimary(1, 2000, 2);
  world_.IsStandby(0, 1500);
  EXPECT_THAT(Page(), Not(HasSubstr("nightly")));
  world_.IsDown(1);
  EXPECT_EQ(Page(), "");
}

TEST_F(Jobs, AreCountedOnAcrossAFailover) {
  Add("nightly").newest_ended = 10;
  facts_.jobs[0].newest = 10;
  Page();
  facts_.jobs[0].newest = facts_.jobs[0].newest_ended = 11;
  facts_.jobs[0].failed = {11};
  EXPECT_THAT(Page(), HasSubstr(Line("failures_total", "nightly", 1)));
  world_.IsDown(0);
  world_.IsPrimary(1, 2000, 2);
  world_.node(1).facts.pgagent = std::make_shared<JobFacts>(facts_);
  for (auto& collector : world_.node(1).collectors)
    collector.last_success = model::Moment{world_.now(), {}};
  world_.Tick();
  EXPECT_EQ(world_.cluster().findings.pgagent_counts->at(1).failures, 1);
}

}  // namespace
}  // namespace pgfleet::analysis
