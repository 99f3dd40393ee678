#include <gmock/gmock.h>

#include <cstdlib>
#include <regex>
#include <sstream>

#include "support/exporter_config.h"
#include "support/exporter_process.h"
#include "support/grants.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

// Settings are the server's defaults and stay as they are; other sizes, times and counters differ
// from run to run.
bool IsVolatile(const std::string& name) {
  static const std::regex kVolatile(
      "process_.*|.*_(bytes|seconds|total|transactions|multixacts|segments|blocks|operations|"
      "fingerprint)");
  return !name.starts_with("pgfleet_setting_") && std::regex_match(name, kVolatile);
}

// The server tells these lags only while feedback is fresh, and what it waits for changes: they
// come and go on an idle pair.
bool ComesAndGoes(const std::string& name) {
  static const std::regex kComesAndGoes(
      "pgfleet_walsender_(write|flush|replay)_lag_seconds|pgfleet_standby_startup_wait");
  return std::regex_match(name, kComesAndGoes);
}

// `# HELP name ...` and `name{labels} value` alike.
std::string NameIn(const std::string& line) {
  const std::size_t start = line.starts_with("# ") ? 7 : 0;
  return line.substr(start, line.find_first_of(" {", start) - start);
}

// A build knows its revision only inside a git tree, so that label may be missing.
std::string NormalLine(const std::string& line) {
  static const std::regex kIdentifiers(
      R"re(([{,])(system_identifier|version|libpq|civetweb|sender_host)="[^"]*")re");
  static const std::regex kRevision(R"re(,revision="[^"]*")re");
  const std::string text =
      std::regex_replace(std::regex_replace(line, kRevision, ""), kIdentifiers, "$1$2=\"<any>\"");
  if (line.starts_with('#') || !IsVolatile(NameIn(line))) return text;
  return text.substr(0, text.rfind(' ')) + " <n>";
}

std::string Normal(const std::string& page) {
  std::istringstream in(page);
  std::string result;
  for (std::string line; std::getline(in, line);)
    if (!ComesAndGoes(NameIn(line))) result += NormalLine(line) + "\n";
  return result;
}

// Every collector that the version has, has answered on both nodes; they are compared, and all is
// archived.
bool IsComplete(const Page& page) {
  const std::vector<Sample> success = page.All("pgfleet_collector_success");
  for (const Sample& sample : success)
    if (sample.value != 1 &&
        !page.Has("pgfleet_collector_failure", {{"pg_node", sample.labels.at("pg_node")},
                                                {"collector", sample.labels.at("collector")},
                                                {"reason", "version"}}))
      return false;
  return !success.empty() && page.All("pgfleet_up").size() == 2 &&
         page.Has("pgfleet_setting_enabled", {{"pg_node", "pg2"}}) && page.Has("pgfleet_roles") &&
         page.Has("pgfleet_settings_drifted", {{"pg_node", "pg2"}}) &&
         page.Value("pgfleet_archiver_state", {{"pg_node", "pg1"}, {"state", "idle"}}) == 1;
}

class Golden : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Server, Golden, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

TEST_P(Golden, ThePageOfAPairIsAsRecorded) {
  ClusterOptions options = Pair();
  options.primary_conf = {"archive_mode = on", "archive_command = '/bin/true'"};
  Cluster cluster(GetParam(), options);
  cluster.primary().Execute(
      "SELECT pg_create_logical_replication_slot('decoder', 'test_decoding')");
  cluster.primary().Execute("CREATE TABLE t (x int)");
  cluster.primary().Execute("SELECT pg_switch_wal()");
  ASSERT_TRUE(WaitUntil([&] {
    return cluster.primary().Value("SELECT archived_count FROM pg_stat_archiver") != "0";
  }));
  GiveGrants(cluster.primary(), "mon");
  cluster.WaitUntilCaughtUp();
  const ExporterProcess exporter(
      {.config = ConfigText(Declared(cluster), {.lanes = "pulse: 1s, status: 1s, inventory: 1s"})});
  exporter.WaitForPage(IsComplete);
  const std::string page = Normal(exporter.Get("/metrics").body);
  const std::filesystem::path recorded =
      std::filesystem::path(PGFLEET_GOLDEN) / (std::to_string(GetParam()) + ".prom");
  if (std::getenv("PGFLEET_UPDATE") != nullptr) WriteFile(recorded, page);
  EXPECT_EQ(page, ReadFile(recorded)) << "PGFLEET_UPDATE=1 records " << recorded;
}

}  // namespace
}  // namespace pgfleet::test
