#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "support/exporter_config.h"
#include "support/exporter_process.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Ended {
  int status = -1;
  std::string output;  // standard output and standard error
};

// Runs the exporter to its end. libpq's own variables are as empty as a service manager leaves
// them.
Ended RunExporter(std::vector<std::string> arguments, std::map<std::string, std::string> env = {}) {
  const TempDir directory;
  const auto output = std::filesystem::path(directory.path()) / "output";
  for (const char* name : {"PGHOST", "PGUSER", "PGDATABASE", "DATA_SOURCE_NAME"})
    env.emplace(name, "");
  arguments.insert(arguments.begin(), ExporterProgram());
  Process process({.argv = std::move(arguments), .env = std::move(env), .output = output});
  const auto status = process.Wait(kPatience);
  if (!status) throw std::runtime_error("the exporter does not end:\n" + ReadFile(output));
  return {WIFEXITED(*status) ? WEXITSTATUS(*status) : -1, ReadFile(output)};
}

std::string WriteConfig(const TempDir& directory, const std::string& text) {
  const std::string path = std::string(directory.path()) + "/pgfleet.yml";
  WriteFile(path, text);
  return path;
}

class Program : public testing::Test {
 protected:
  Program() : server_(Majors().back(), {}) { server_.Start(); }
  PostgresServer server_;
};

TEST_F(Program, WatchesWhatLibpqsVariablesName) {
  const Ended run =
      RunExporter({"--once"}, {{"PGHOST", server_.socket_directory()}, {"PGUSER", "mon"}});
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("pgfleet_up{pg_cluster=\"default\",pg_node=\"local\"} 1\n"));
}

TEST_F(Program, WatchesWhatDataSourceNameNames) {
  const std::string dsn =
      "host=" + server_.socket_directory().string() + " user=mon dbname=postgres";
  const Ended run = RunExporter({"--once"}, {{"DATA_SOURCE_NAME", dsn}});
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("pgfleet_up{pg_cluster=\"default\",pg_node=\"local\"} 1\n"));
}

TEST_F(Program, OncePrintsAllLanesAndSaysThatANodeIsDown) {
  const TempDir directory;
  const std::string config =
      WriteConfig(directory, ConfigText({Declared(server_), {.name = "gone", .host = "/nowhere"}}));
  const Ended run = RunExporter({"--once", "--config.file=" + config});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.output, HasSubstr("pg_node=\"gone\",reason=\"refused\"} 1\n"));
  EXPECT_THAT(run.output, HasSubstr("pgfleet_settings_pending_restart"));
}

TEST_F(Program, PageIsSilentlyAcceptedByPromtool) {
  const TempDir directory;
  const std::string config = WriteConfig(directory, ConfigText({Declared(server_)}));
  const std::string page = std::string(directory.path()) + "/page";
  const Ended run = RunExporter({"--once", "--log.level=error", "--config.file=" + config});
  ASSERT_EQ(run.status, 0);
  WriteFile(page, run.output);
  EXPECT_THAT(test::Run({.argv = {"/bin/sh", "-c", "promtool check metrics < " + page + " 2>&1"}}),
              IsEmpty());
}

// What must appear nowhere: not on a page, not in a log, not in an error.
TEST_F(Program, SecretsAppearNowhere) {
  server_.Execute("ALTER ROLE mon PASSWORD 'canary-role'");
  server_.AddConf({"primary_conninfo = 'host=/nowhere password=canary-conninfo'",
                   "archive_mode = on", "archive_command = 'false canary-archive'"});
  server_.Restart();
  const TempDir directory;
  WriteFile(std::string(directory.path()) + "/password", "canary-file\n");
  std::filesystem::permissions(std::string(directory.path()) + "/password",
                               std::filesystem::perms::owner_read);
  DeclaredNode refused = Declared(server_);
  refused.name = "refused";
  refused.connection = "user: nobody_knows, password: \"${CANARY}\"";
  DeclaredNode by_file = Declared(server_);
  by_file.connection = "password_file: " + std::string(directory.path()) + "/password";
  const ExporterProcess exporter({.config = ConfigText({by_file, refused}),
                                  .flags = {"--log.level=debug"},
                                  .env = {{"CANARY", "canary-variable"}}});
  exporter.WaitForPage([](const Page& page) { return page.Has("pgfleet_setting_enabled"); });
  for (const char* path : {"/metrics", "/", "/probe?cluster=main", "/probe?cluster=canary-none"}) {
    EXPECT_THAT(exporter.Get(path).body, Not(HasSubstr("canary-"))) << path;
  }
  EXPECT_THAT(exporter.Log(), Not(HasSubstr("canary-")));
}

TEST(CommandLine, RefusesAListOfConnectionStringsAndPointsToTheFile) {
  const Ended run = RunExporter(
      {"--once"}, {{"DATA_SOURCE_NAME", "postgresql://u:canary@a/x,postgresql://u:canary@b/x"}});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.output, HasSubstr("--config.file"));
  EXPECT_THAT(run.output, Not(HasSubstr("canary")));
}

TEST(CommandLine, CheckSaysEveryFaultAtOnceAndNothingWhenThereIsNone) {
  const TempDir directory;
  const std::string bad = WriteConfig(directory, "clusterz: []\nlanes: {pulse: 15m}\n");
  const Ended faulty = RunExporter({"--config.check", "--config.file=" + bad});
  EXPECT_EQ(faulty.status, 2);
  EXPECT_THAT(faulty.output,
              HasSubstr(bad + ":1:1: unknown key 'clusterz' (did you mean 'clusters'?)"));
  EXPECT_THAT(faulty.output, HasSubstr(bad + ":2:"));
  const std::string good =
      WriteConfig(directory, "clusters: [{name: a, nodes: [{name: b, host: /x}]}]\n");
  const Ended fine = RunExporter({"--config.check", "--config.file=" + good});
  EXPECT_EQ(fine.status, 0) << fine.output;
}

TEST(CommandLine, RefusesAFlagThatDoesNotExist) {
  const Ended run = RunExporter({"--config.fil=x"});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.output, HasSubstr("--config.file"));
}

TEST(CommandLine, SaysThatThePortIsTaken) {
  const ExporterProcess first({.config = "clusters: [{name: a, nodes: [{name: b, host: /x}]}]\n"});
  const Ended second = RunExporter(
      {"--web.listen-address=127.0.0.1:" + std::to_string(first.port())}, {{"PGHOST", "/x"}});
  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.output, HasSubstr(std::to_string(first.port())));
}

TEST(CommandLine, PrintsTheMetricReferenceThatIsCommitted) {
  const Ended run = RunExporter({"metrics-reference"});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.output, ReadFile(std::string(PGFLEET_SOURCE_DIR) + "/METRICS.md"));
}

}  // namespace
}  // namespace pgfleet::test
