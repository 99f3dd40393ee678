// pg_cron in Debian's own PostgreSQL 15, seen by a role from which row level security hides jobs.
#include <gmock/gmock.h>

#include <stdexcept>

#include "support/grants.h"
#include "support/majors.h"
#include "support/watch.h"

namespace pgfleet::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kRole = "pgfleet";

std::vector<std::string> WithPgCron() {
  constexpr const char* kLibrary = "/usr/lib/postgresql/15/lib/pg_cron.so";
  if (!std::filesystem::exists(kLibrary))
    throw std::runtime_error("pg_cron is not installed (no " + std::string(kLibrary) +
                             "): run `make setup`");
  return {"shared_preload_libraries = 'pg_cron'", "cron.use_background_workers = on"};
}

std::optional<double> Of(const Page& page, const std::string& metric, const std::string& job) {
  return page.Value("pgfleet_cron_job_" + metric, {{"cron_job", job}});
}

std::string StatusOf(const Page& page, const std::string& job) {
  return page.State("pgfleet_cron_job_status", "status", {{"cron_job", job}});
}

class CronJobs : public testing::Test {
 protected:
  void SetUp() override {
    server_.Start();
    server_.Execute("CREATE EXTENSION pg_cron");
  }
  // They begin when the server starts: pg_cron knows no shorter time than a minute.
  void Schedule(const std::string& name, const std::string& command) {
    server_.Execute("SELECT cron.schedule(" + Quoted(name) + ", '@reboot', " + Quoted(command) +
                    ")");
  }
  ExporterOptions Options(const std::string& user) const {
    return {.config = ConfigText({Declared(server_)},
                                 {.lanes = "pulse: 500ms, status: 200ms, inventory: 500ms",
                                  .user = user}) +
                      "    cron: {database: postgres}\n",
            .flags = {"--log.level=debug"}};
  }
  std::string RefusalOf(const std::string& user) const {
    const ExporterProcess exporter(Options(user));
    const Page page = exporter.WaitForPage([](const Page& each) {
      return each.Value("pgfleet_collector_supported", On("pg1", {{"collector", "cron"}})) == 0;
    });
    EXPECT_FALSE(page.Has("pgfleet_cron_job_enabled"));
    EXPECT_FALSE(page.Has("pgfleet_cron_scheduler_up"));
    EXPECT_FALSE(page.Has("pgfleet_series_dropped", {{"kind", "cron_job"}}));
    return page.All("pgfleet_collector_failure", On("pg1", {{"collector", "cron"}}))
        .at(0)
        .labels.at("reason");
  }

  PostgresServer server_{
      15, {.name = "pg1", .conf = WithPgCron(), .program = ClientProgram("postgres")}};
};

TEST_F(CronJobs, AreToldAsTheyWentWithoutWhatTheyDo) {
  Schedule("good", "SELECT 'canary_command'");
  Schedule("bad", "DO $$BEGIN RAISE EXCEPTION 'canary_message'; END$$");
  Schedule("long", "SELECT pg_sleep(600)");
  Schedule("off", "SELECT 1");
  server_.Execute("UPDATE cron.job SET active = false WHERE jobname = 'off'");
  server_.Execute(
      "INSERT INTO cron.job (schedule, command, nodeport, username) "
      "VALUES ('0 0 1 1 *', 'SELECT 1', 5432, 'plain')");
  server_.Execute(
      "INSERT INTO cron.job (schedule, command, nodeport, username, jobname) "
      "VALUES ('0 0 1 1 *', 'SELECT 1', 5432, 'plain', 'good')");
  GiveGrants(server_, kRole);
  GiveGrants(server_, kRole);
  const ExporterProcess exporter(Options(kRole));
  Page page = exporter.WaitForPage(
      [](const Page& each) { return Of(each, "failures_total", "bad") == 0; });
  EXPECT_EQ(page.All("pgfleet_cron_job_enabled").size(), 6U);
  EXPECT_EQ(Of(page, "enabled", "good#2"), 1);
  EXPECT_EQ(Of(page, "enabled", "job 5"), 1) << "it has no name";
  EXPECT_EQ(Of(page, "enabled", "off"), 0);
  EXPECT_EQ(StatusOf(page, "good"), "") << "nothing ran, as far as the log can tell";
  server_.Restart();
  page = exporter.WaitForPage([](const Page& each) {
    return StatusOf(each, "good") == "succeeded" && StatusOf(each, "bad") == "failed" &&
           StatusOf(each, "long") == "running";
  });
  EXPECT_EQ(page.Value("pgfleet_cron_scheduler_up"), 1);
  EXPECT_EQ(Of(page, "failures_total", "bad"), 1);
  EXPECT_EQ(Of(page, "failures_total", "good"), 0);
  EXPECT_EQ(Of(page, "stuck", "long"), 0);
  EXPECT_EQ(StatusOf(page, "off"), "");
  const auto log = [&](const std::string& what) {
    return Number(server_, "SELECT extract(epoch from " + what +
                               ") FROM cron.job_run_details d JOIN cron.job j USING (jobid) "
                               "WHERE jobname = 'good' AND j.username = 'postgres'");
  };
  EXPECT_NEAR(*Of(page, "last_start_timestamp_seconds", "good"), log("start_time"), 0.001);
  EXPECT_NEAR(*Of(page, "last_success_timestamp_seconds", "good"), log("end_time"), 0.001);
  EXPECT_NEAR(*Of(page, "last_duration_seconds", "good"), log("end_time - start_time"), 0.001);
  server_.Execute(
      "UPDATE cron.job_run_details SET start_time = start_time - interval '25h' "
      "WHERE status = 'running'");
  exporter.WaitForPage([](const Page& each) { return Of(each, "stuck", "long") == 1; });
  EXPECT_THAT(server_.Value("SELECT string_agg(return_message, ' ') FROM cron.job_run_details"),
              HasSubstr("canary_message"));
  for (const char* path : {"/", "/metrics"})
    EXPECT_THAT(exporter.Get(path).body, Not(HasSubstr("canary"))) << path;
  EXPECT_THAT(exporter.Log(), Not(HasSubstr("canary")));
}

// Row level security shows a role its own jobs and says nothing of the others.
TEST_F(CronJobs, ThatARoleMayNotSeeAreNotCalledNone) {
  Schedule("good", "SELECT 1");
  EXPECT_EQ(RefusalOf("mon"), "permission");
  server_.Execute("GRANT USAGE ON SCHEMA cron TO mon");
  EXPECT_EQ(RefusalOf("mon"), "permission");
}

TEST_F(CronJobs, AreShownToASuperuserWithoutTheHelpers) {
  Schedule("good", "SELECT 1");
  const ExporterProcess exporter(Options("postgres"));
  exporter.WaitForPage([](const Page& page) { return Of(page, "enabled", "good") == 1; });
}

// The helpers run with a superuser's rights, so what they read must be a superuser's.
TEST(StrangeCron, OfAnotherRoleGetsNoHelpers) {
  PostgresServer server(18, {});
  server.Start();
  server.Execute("CREATE ROLE owner");
  server.Execute("CREATE SCHEMA cron AUTHORIZATION owner");
  server.Execute("CREATE TABLE cron.job (jobid bigint, active boolean)");
  GiveGrants(server, kRole);
  EXPECT_EQ(server.Value("SELECT to_regproc('pgfleet.cron_jobs') IS NULL"), "t");
  server.Execute("ALTER SCHEMA cron OWNER TO postgres");
  GiveGrants(server, kRole);
  EXPECT_EQ(server.Value("SELECT to_regproc('pgfleet.cron_jobs') IS NULL"), "f");
  EXPECT_TRUE(server.Connect(kRole).Query("SELECT jobid FROM pgfleet.cron_jobs()").ok())
      << "without a log, as before 1.3";
  EXPECT_TRUE(server.Connect(kRole).Query("SELECT runid FROM pgfleet.cron_runs()").ok());
  server.Execute("DROP TABLE cron.job");
  server.Execute("CREATE VIEW cron.job AS SELECT 1::bigint AS jobid, true AS active");
  GiveGrants(server, kRole);
  EXPECT_EQ(server.Value("SELECT to_regproc('pgfleet.cron_jobs') IS NULL"), "t");
}

}  // namespace
}  // namespace pgfleet::test
