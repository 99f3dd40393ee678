// The jobs of pgAgent and pg_cron as their collectors read them.
#include <gtest/gtest.h>

#include "collectors/job_rows.h"
#include "page.h"

namespace pgfleet::collectors {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using C = JobColumn;

// A job of pgAgent that ran at 900 for 2.5 s; the clock says 1000.
Row Nightly() {
  Row row(C::kCount);
  row[C::kClock] = "1000";
  row[C::kTotal] = "1";
  row[C::kNewestRun] = "41";
  row[C::kAlive] = "1";
  row[C::kDead] = "2";
  row[C::kHidden] = "f";
  row[C::kId] = "7";
  row[C::kName] = "nightly";
  row[C::kEnabled] = "t";
  row[C::kWithoutAgent] = "f";
  row[C::kWaiting] = "t";
  row[C::kAgentIsDead] = "f";
  row[C::kNextRun] = "2000";
  row[C::kStatus] = "succeeded";
  row[C::kNewest] = row[C::kNewestEnded] = "40";
  row[C::kStart] = "900";
  row[C::kSuccess] = "902.5";
  row[C::kDuration] = "2.5";
  row[C::kUsual] = "2";
  row[C::kFailed] = "3 17";
  row[C::kIgnored] = "40";
  return row;
}

model::JobFacts Decoded(const Row& row) {
  model::NodeFacts facts;
  MustDecode(kPgagent, Answer(kPgagent, {row}), facts);
  return facts.pgagent ? *facts.pgagent : model::JobFacts{};
}

TEST(Jobs, AreReadWithTheirRuns) {
  const auto facts = Decoded(Nightly());
  EXPECT_EQ(facts.server_clock, 1000);
  EXPECT_EQ(facts.agents_alive, 1);
  EXPECT_EQ(facts.agents_dead, 2);
  EXPECT_EQ(facts.newest_run, 41);
  EXPECT_EQ(facts.dropped, 0);
  ASSERT_EQ(facts.jobs.size(), 1U);
  const model::Job& job = facts.jobs[0];
  EXPECT_EQ(job.id, 7);
  EXPECT_EQ(job.name, "nightly");
  EXPECT_TRUE(job.enabled);
  EXPECT_EQ(job.next_run, 2000);
  EXPECT_EQ(job.status, model::JobStatus::kSucceeded);
  EXPECT_EQ(job.last_start, 900);
  EXPECT_EQ(job.last_success, 902.5);
  EXPECT_EQ(job.last_duration, 2.5);
  EXPECT_EQ(job.usual_duration, 2);
  EXPECT_THAT(job.failed, ElementsAre(3, 17));
  EXPECT_THAT(job.ignored, ElementsAre(40));
  EXPECT_THAT(job.running, IsEmpty());
}

TEST(Jobs, WhereThereIsNoneTheAgentsAreKnown) {
  Row row(C::kCount);
  row[C::kClock] = "1000";
  row[C::kTotal] = "0";
  row[C::kAlive] = "1";
  row[C::kDead] = "0";
  row[C::kHidden] = "f";
  const auto facts = Decoded(row);
  EXPECT_EQ(facts.agents_alive, 1);
  EXPECT_THAT(facts.jobs, IsEmpty());
  EXPECT_EQ(facts.newest_run, std::nullopt);
}

TEST(Jobs, ThatTheCapCutsAreCounted) {
  Row row = Nightly();
  row[C::kTotal] = "503";
  OneNode one;
  MustDecode(kPgagent, Answer(kPgagent, {row, row}), one.facts());
  EXPECT_EQ(one.facts().pgagent->dropped, 501);
  EXPECT_EQ(one.Page(kPgagent), "pgfleet_series_dropped{kind=\"pgagent_job\"} 501\n");
  MustDecode(kCron, Answer(kCron, {row, row}), one.facts());
  EXPECT_EQ(one.Page(kCron), "pgfleet_series_dropped{kind=\"cron_job\"} 501\n");
}

// What a role may not see must not look as if it were not there.
TEST(Jobs, ThatAreHiddenAreARefusal) {
  Row row = Nightly();
  row[C::kHidden] = "t";
  for (const Collector* collector : {&kPgagent, &kCron})
    EXPECT_EQ(Refusal(*collector, Answer(*collector, {row})), model::FailureReason::kPermission);
}

TEST(Jobs, AStatusOfALaterVersionIsNotKnown) {
  Row row = Nightly();
  row[C::kStatus] = kNull;
  EXPECT_EQ(Decoded(row).jobs[0].status, std::nullopt);
}

TEST(Jobs, ListsThatAreNoneAreRefused) {
  for (const char* bad : {"1,2", "x", "1  2", "1 2x", "99999999999999999999"}) {
    Row row = Nightly();
    row[C::kFailed] = bad;
    EXPECT_EQ(Refusal(kPgagent, Answer(kPgagent, {row})), model::FailureReason::kBadValue) << bad;
  }
}

TEST(Jobs, AreAskedForOnAPrimaryAlone) {
  model::NodeFacts facts;
  EXPECT_FALSE(RunsJobs(facts)) << "its role is not known";
  auto pulse = std::make_shared<model::PulseFacts>();
  pulse->in_recovery = true;
  facts.pulse = pulse;
  EXPECT_FALSE(RunsJobs(facts));
  facts.pulse = std::make_shared<model::PulseFacts>();
  EXPECT_TRUE(RunsJobs(facts));
}

// They hold whatever people write into scripts.
TEST(Jobs, NoQueryTouchesCodeConnectionsOrOutput) {
  for (const Collector* collector : {&kPgagent, &kCron})
    for (const auto& table : {collector->sql, collector->fallback})
      for (const auto& variant : table)
        for (const char* secret :
             {"jstcode", "jstconnstr", "jsloutput", "command", "return_message"})
          EXPECT_EQ(variant.sql.find(secret), std::string_view::npos) << secret;
}

}  // namespace
}  // namespace pgfleet::collectors
