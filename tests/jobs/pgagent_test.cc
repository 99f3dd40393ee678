// What an agent does and does not do, driven for real, as the page of the exporter tells it to a
// role that may read no more than it needs.
#include <gmock/gmock.h>

#include <optional>

#include "jobs/pg_agent.h"
#include "support/grants.h"
#include "support/majors.h"
#include "support/watch.h"

namespace pgfleet::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kRole = "pgfleet";
constexpr const char* kHostile = "a\"} 1\nb\\";

ExporterOptions WatchingJobs(const std::vector<DeclaredNode>& nodes, const std::string& user,
                             const std::string& database) {
  return {.config = ConfigText(nodes, {.lanes = "pulse: 500ms, status: 200ms, inventory: 500ms",
                                       .user = user}) +
                    "    pgagent: {database: " + database + "}\n",
          .flags = {"--log.level=debug"}};
}

std::optional<double> Of(const Page& page, const std::string& metric, const std::string& job) {
  return page.Value("pgfleet_pgagent_job_" + metric, {{"agent_job", job}});
}

std::string StatusOf(const Page& page, const std::string& job) {
  return page.State("pgfleet_pgagent_job_status", "status", {{"agent_job", job}});
}

std::optional<double> Agents(const Page& page, const std::string& state) {
  return page.Value("pgfleet_pgagent_agents", {{"state", state}});
}

// The jobs are in a database of their own, in which the exporter has no connection.
class PgAgentJobs : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    server_.Start();
    InstallPgAgent(server_, "jobs");
    GiveGrants(server_, kRole);
    GiveGrants(server_, kRole, "jobs");
    tables_.emplace(server_, "jobs");
  }
  ExporterOptions Options() const { return WatchingJobs({Declared(server_)}, kRole, "jobs"); }
  void StartAgent() { agent_.emplace(server_, "jobs"); }
  std::string Value(const std::string& sql) { return tables_->session().Value(sql); }
  void Execute(const std::string& sql) { tables_->session().Execute(sql); }

  PostgresServer server_{GetParam(), {.name = "pg1"}};
  std::optional<PgAgentTables> tables_;
  std::optional<PgAgent> agent_;
};
INSTANTIATE_TEST_SUITE_P(Server, PgAgentJobs, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

TEST_P(PgAgentJobs, AreShownBeforeAnAgentHasEverRunOne) {
  tables_->Add("nightly");
  tables_->Add("nightly");
  tables_->Add(kHostile);
  const std::string off = tables_->Add("off");
  Execute("UPDATE pgagent.pga_job SET jobenabled = false WHERE jobid = " + off);
  tables_->Due(tables_->Add("late"), "3min");
  tables_->Due(tables_->Add("soon"), "-1h");
  const ExporterProcess exporter(Options());
  const Page page =
      exporter.WaitForPage([](const Page& each) { return Of(each, "overdue", "late") == 1; });
  EXPECT_EQ(Agents(page, "alive"), 0);
  EXPECT_EQ(Agents(page, "dead"), 0);
  for (const char* job : {"nightly", "nightly#2", kHostile, "soon"}) {
    EXPECT_EQ(Of(page, "enabled", job), 1) << job;
    EXPECT_EQ(StatusOf(page, job), "never") << job;
    EXPECT_EQ(Of(page, "overdue", job), 0) << job;
    EXPECT_EQ(Of(page, "stuck", job), 0) << job;
    EXPECT_EQ(Of(page, "without_agent", job), 1) << job;
    EXPECT_EQ(Of(page, "failures_total", job), 0) << job;
    EXPECT_FALSE(Of(page, "last_start_timestamp_seconds", job)) << job;
  }
  EXPECT_EQ(Of(page, "enabled", "off"), 0);
  EXPECT_FALSE(Of(page, "next_run_timestamp_seconds", "nightly"));
  EXPECT_NEAR(*Of(page, "next_run_timestamp_seconds", "soon"),
              std::stod(Value("SELECT extract(epoch from jobnextrun) FROM pgagent.pga_job "
                              "WHERE jobname = 'soon'")),
              0.001);
}

TEST_P(PgAgentJobs, AreToldAsTheyWentAndCountedWhileTheLogIsPruned) {
  const std::string good = tables_->Add("good");
  const std::string bad = tables_->Add("bad", {.code = "SELECT 1/0"});
  const std::string forgiving =
      tables_->Add("forgiving", {.code = "SELECT 1/0", .on_error = "i"});
  const std::string bound = tables_->Add("bound");
  Execute("UPDATE pgagent.pga_job SET jobhostagent = 'nowhere.example' WHERE jobid = " + bound);
  tables_->Due(bound, "3min");
  const ExporterProcess exporter(Options());
  exporter.WaitForPage([](const Page& page) { return Of(page, "failures_total", "bad") == 0; });
  StartAgent();
  for (const auto& id : {good, bad, forgiving}) tables_->Due(id);
  Page page = exporter.WaitForPage([](const Page& each) {
    return StatusOf(each, "good") == "succeeded" && StatusOf(each, "bad") == "failed" &&
           StatusOf(each, "forgiving") == "succeeded";
  });
  EXPECT_EQ(Agents(page, "alive"), 1);
  EXPECT_EQ(Of(page, "failures_total", "good"), 0);
  EXPECT_EQ(Of(page, "failures_total", "bad"), 1);
  EXPECT_EQ(Of(page, "failures_total", "forgiving"), 0);
  EXPECT_EQ(Of(page, "ignored_failures_total", "forgiving"), 1);
  EXPECT_EQ(Of(page, "ignored_failures_total", "good"), 0);
  EXPECT_EQ(Of(page, "without_agent", "good"), 0);
  EXPECT_EQ(Of(page, "without_agent", "bound"), 1);
  EXPECT_EQ(Of(page, "overdue", "bound"), 1);
  const auto log = [&](const std::string& what) {
    return std::stod(Value("SELECT " + what + " FROM pgagent.pga_joblog WHERE jlgjobid = " + good));
  };
  EXPECT_NEAR(*Of(page, "last_start_timestamp_seconds", "good"),
              log("extract(epoch from jlgstart)"), 0.001);
  EXPECT_NEAR(*Of(page, "last_duration_seconds", "good"), log("extract(epoch from jlgduration)"),
              0.001);
  EXPECT_NEAR(*Of(page, "last_success_timestamp_seconds", "good"),
              log("extract(epoch from jlgstart + jlgduration)"), 0.001);
  EXPECT_FALSE(Of(page, "last_success_timestamp_seconds", "bad"));
  Execute("DELETE FROM pgagent.pga_joblog");
  exporter.WaitForPage([](const Page& each) { return StatusOf(each, "bad").empty(); });
  tables_->Due(bad);
  page = exporter.WaitForPage([](const Page& each) { return StatusOf(each, "bad") == "failed"; });
  EXPECT_EQ(Of(page, "failures_total", "bad"), 2);
}

TEST_P(PgAgentJobs, AreStuckWhenTheyDoNotEndOrTheirAgentIsDead) {
  const std::string id = tables_->Add("long", {.code = "SELECT pg_sleep(600)"});
  StartAgent();
  tables_->Due(id);
  const ExporterProcess exporter(Options());
  const auto wait_for = [&](const std::string& status, double stuck) {
    return exporter.WaitForPage([&](const Page& page) {
      return StatusOf(page, "long") == status && Of(page, "stuck", "long") == stuck;
    });
  };
  wait_for("running", 0);
  Execute("UPDATE pgagent.pga_joblog SET jlgstart = jlgstart - interval '25h'");
  wait_for("running", 1);
  Execute("UPDATE pgagent.pga_joblog SET jlgstart = jlgstart + interval '25h'");
  EXPECT_EQ(Agents(wait_for("running", 0), "alive"), 1);
  agent_->Kill();
  Page page = wait_for("running", 1);
  EXPECT_EQ(Agents(page, "alive"), 0);
  EXPECT_EQ(Agents(page, "dead"), 1);
  EXPECT_EQ(Of(page, "failures_total", "long"), 0);
  agent_.reset();
  StartAgent();  // the next one buries the dead
  page = wait_for("aborted", 0);
  EXPECT_EQ(Of(page, "failures_total", "long"), 1);
  exporter.WaitForPage(
      [](const Page& each) { return Agents(each, "alive") == 1 && Agents(each, "dead") == 0; });
}

TEST_P(PgAgentJobs, KeepTheirCodeConnectionsAndOutputToThemselves) {
  const std::string leak = tables_->Add(
      "leak", {.code = "DO $$BEGIN RAISE EXCEPTION 'canary_output'; END$$ -- canary_code"});
  const std::string remote = tables_->Add(
      "remote", {.code = "SELECT 'canary_code'",
                 .connection = "host=" + server_.socket_directory().string() +
                               " user=nobody password=canary_connection dbname=jobs"});
  StartAgent();
  tables_->Due(leak);
  tables_->Due(remote);
  const ExporterProcess exporter(Options());
  exporter.WaitForPage([](const Page& page) {
    return StatusOf(page, "leak") == "failed" && StatusOf(page, "remote") == "failed";
  });
  EXPECT_THAT(Value("SELECT string_agg(jsloutput, ' ') FROM pgagent.pga_jobsteplog"),
              HasSubstr("canary_output"));
  for (const char* path : {"/", "/metrics", "/drift", "/api/v1/drift", "/sd"})
    EXPECT_THAT(exporter.Get(path).body, Not(HasSubstr("canary"))) << path;
  EXPECT_THAT(exporter.Log(), Not(HasSubstr("canary")));
  Connection role(server_.Conninfo(kRole, "jobs"));
  for (const char* sql :
       {"SELECT jstcode FROM pgagent.pga_jobstep", "SELECT jstconnstr FROM pgagent.pga_jobstep",
        "SELECT jsloutput FROM pgagent.pga_jobsteplog", "SELECT jobdesc FROM pgagent.pga_job"})
    EXPECT_EQ(role.Query(sql).sqlstate, "42501") << sql;
}

// Where the jobs are, and who asks for them.
class PgAgentPlaces : public testing::Test {
 protected:
  static std::string FailureOf(const Page& page) {
    for (const Sample& sample :
         page.All("pgfleet_collector_failure", On("pg1", {{"collector", "pgagent"}})))
      return sample.labels.at("reason");
    return "";
  }
  // What the collector says once it has been refused; nothing of jobs then.
  std::string Refusal(const std::string& user, const std::string& database) {
    const ExporterProcess exporter(WatchingJobs({Declared(server_)}, user, database));
    const Page page = exporter.WaitForPage([](const Page& each) {
      return each.Value("pgfleet_collector_supported", On("pg1", {{"collector", "pgagent"}})) == 0;
    });
    EXPECT_FALSE(page.Has("pgfleet_pgagent_agents"));
    EXPECT_FALSE(page.Has("pgfleet_pgagent_job_enabled"));
    EXPECT_FALSE(page.Has("pgfleet_series_dropped", {{"kind", "pgagent_job"}}));
    return FailureOf(page);
  }

  PostgresServer server_{18, {.name = "pg1"}};
};

TEST_F(PgAgentPlaces, WithoutJobsOrRightsSayWhyAndNothingElse) {
  server_.Start();
  EXPECT_EQ(Refusal("mon", "postgres"), "missing");
  EXPECT_EQ(Refusal("mon", "nowhere"), "missing");
  InstallPgAgent(server_, "postgres");
  EXPECT_EQ(Refusal("mon", "postgres"), "permission");
  server_.Execute("CREATE DATABASE closed");
  server_.Execute("REVOKE CONNECT ON DATABASE closed FROM PUBLIC");
  EXPECT_EQ(Refusal("mon", "closed"), "permission");
}

// A role without pg_monitor cannot tell an agent that lives from another session with its pid.
TEST_F(PgAgentPlaces, WhereSessionsAreHiddenAgentsAreNotGuessedAt) {
  server_.Start();
  InstallPgAgent(server_, "postgres");
  GiveGrants(server_, kRole);
  server_.Execute("REVOKE pg_monitor FROM pgfleet");
  const PgAgent agent(server_, "postgres");
  ASSERT_TRUE(WaitUntil(
      [&] { return server_.Value("SELECT count(*) FROM pgagent.pga_jobagent") == "1"; }));
  EXPECT_EQ(Refusal(kRole, "postgres"), "permission");
}

TEST_F(PgAgentPlaces, InTheOwnDatabaseNeedNoConnectionOfTheirOwn) {
  server_.Start();
  InstallPgAgent(server_, "postgres");
  GiveGrants(server_, kRole);
  PgAgentTables(server_, "postgres").Add("nightly");
  const ExporterProcess exporter(WatchingJobs({Declared(server_)}, kRole, "postgres"));
  exporter.WaitForPage([](const Page& page) { return StatusOf(page, "nightly") == "never"; });
  const auto ours = [&] {
    return server_.Value(
        "SELECT string_agg(pid::text, ' ' ORDER BY pid) FROM pg_stat_activity "
        "WHERE usename = 'pgfleet'");
  };
  const std::string before = ours();
  const LabelMap inventory = On("pg1", {{"lane", "inventory"}});
  for (int round = 0; round < 3; ++round) {
    const auto last =
        exporter.Metrics().Value("pgfleet_last_success_timestamp_seconds", inventory);
    exporter.WaitForPage([&](const Page& page) {
      return page.Value("pgfleet_last_success_timestamp_seconds", inventory) > last;
    });
  }
  EXPECT_EQ(ours(), before);
}

TEST_F(PgAgentPlaces, AreThePrimaryAndAfterAFailoverTheNewOne) {
  Cluster pair(18);
  InstallPgAgent(pair.primary(), "jobs");
  GiveGrants(pair.primary(), kRole);
  GiveGrants(pair.primary(), kRole, "jobs");
  PgAgentTables tables(pair.primary(), "jobs");
  const std::string bad = tables.Add("bad", {.code = "SELECT 1/0"});
  pair.WaitUntilCaughtUp();
  const ExporterProcess exporter(WatchingJobs(Declared(pair), kRole, "jobs"));
  Page page = exporter.WaitForPage([](const Page& each) {
    return Of(each, "failures_total", "bad") == 0 &&
           each.Value("pgfleet_collector_success", On("pg2", {{"collector", "settings"}})) == 1;
  });
  EXPECT_EQ(page.Value("pgfleet_collector_success", On("pg1", {{"collector", "pgagent"}})), 1);
  EXPECT_THAT(page.All("pgfleet_collector_success", On("pg2", {{"collector", "pgagent"}})),
              IsEmpty());
  {
    const PgAgent agent(pair.primary(), "jobs");
    tables.Due(bad);
    exporter.WaitForPage([](const Page& each) { return Of(each, "failures_total", "bad") == 1; });
  }
  pair.WaitUntilCaughtUp();
  pair.primary().Stop(SIGQUIT);
  exporter.WaitForPage([](const Page& each) { return !each.Has("pgfleet_pgagent_agents"); });
  pair.standby().Promote();
  page = exporter.WaitForPage([](const Page& each) { return each.Has("pgfleet_pgagent_agents"); });
  EXPECT_EQ(Of(page, "failures_total", "bad"), 1);
  EXPECT_EQ(Agents(page, "alive"), 0) << "its pids mean nothing here";
}

}  // namespace
}  // namespace pgfleet::test
