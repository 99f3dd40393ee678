// What `baseline` writes, put into the config, leaves nothing for `drift` to say.
#include <gmock/gmock.h>

#include "situations/drift.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

using testing::HasSubstr;

struct Outcome {
  int status = 0;
  std::string output;
};

class Baseline : public testing::TestWithParam<int> {
 protected:
  // The program's own command with this config.
  Outcome Run(const std::string& config, const std::vector<std::string>& arguments) const {
    WriteFile(directory_.path() / "pgfleet.yml", config);
    const auto output = directory_.path() / "output";
    WriteFile(output, "");
    std::vector<std::string> argv = {ExporterProgram(), "--config.file",
                                     directory_.path() / "pgfleet.yml", "--log.level=error"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    Process process({.argv = argv, .output = output});
    const auto status = process.Wait(kPatience);
    if (!status) throw std::runtime_error("it does not end: " + ReadFile(output));
    return {.status = WEXITSTATUS(*status), .output = ReadFile(output)};
  }
  PostgresServer& primary() { return cluster_.primary(); }
  PostgresServer& standby() { return cluster_.standby(); }

  TempDir directory_;
  Cluster cluster_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Server, Baseline, testing::ValuesIn(Majors()),
                         testing::PrintToStringParamName());

// Names that YAML, SQL or a terminal could take for something else.
constexpr auto kRoles = R"sql(
CREATE ROLE "größe ☃";
CREATE ROLE "null" LOGIN;
CREATE ROLE "yes" LOGIN NOINHERIT CONNECTION LIMIT 7;
CREATE ROLE "- dash: {a, [b]} # no comment" LOGIN;
CREATE ROLE "it's ""quoted"" \ here";
CREATE ROLE "tab	new
line";
CREATE ROLE "*star" CREATEROLE CREATEDB;
CREATE ROLE "010" LOGIN PASSWORD 'x' VALID UNTIL '2001-01-01';
CREATE ROLE " space " REPLICATION BYPASSRLS;
CREATE ROLE "a_name_that_is_as_long_as_any_name_in_postgresql_can_be_63_byte" SUPERUSER;
GRANT "größe ☃" TO "null", "yes";
GRANT "*star" TO "yes" WITH ADMIN OPTION;
GRANT pg_signal_backend TO "it's ""quoted"" \ here";
ALTER ROLE "null" SET work_mem = '8MB';
ALTER ROLE "yes" SET app.secret = 'x';
)sql";

TEST_P(Baseline, LeavesNothingThatDiffers) {
  primary().Execute(kRoles);
  for (const auto& node : cluster_.nodes()) {
    node->AddConf({"log_line_prefix = '%m [%p] \"%u\": # '", "work_mem = '77MB'",
                   "archive_command = 'cp %p /dev/null'", "DateStyle = 'German, DMY'",
                   "random_page_cost = 1.1", "checkpoint_timeout = '7min'", "app.shard = 'x'",
                   "vacuum_cost_delay = '5ms'"});
    node->Reload();
  }
  standby().AddConf({"hot_standby_feedback = on", "maintenance_work_mem = '99MB'"});
  standby().Reload();
  const std::string config = Comparing(cluster_).config;
  const Outcome before = Run(config, {"drift"});
  EXPECT_EQ(before.status, 1);
  EXPECT_THAT(before.output, HasSubstr("maintenance_work_mem"));
  const Outcome baseline = Run(config, {"baseline"});
  ASSERT_EQ(baseline.status, 0) << baseline.output;
  const Outcome after = Run(config + baseline.output, {"drift"});
  EXPECT_EQ(after.status, 0) << after.output << baseline.output;
  EXPECT_EQ(after.output, "0 differences\n");
}

TEST_P(Baseline, IsHeldAgainstWhatComesLater) {
  const std::string config = Comparing(cluster_).config;
  const std::string with_baseline = config + Run(config, {"baseline"}).output;
  EXPECT_EQ(Run(with_baseline, {"drift"}).status, 0);
  primary().Execute("CREATE ROLE mallory SUPERUSER");
  for (const auto& node : cluster_.nodes()) {
    node->AddConf({"wal_sender_timeout = '3s'"});
    node->Reload();
  }
  const Outcome drift = Run(with_baseline, {"drift"});
  EXPECT_EQ(drift.status, 1);
  EXPECT_THAT(drift.output, HasSubstr("unexpected_role"));
  EXPECT_THAT(drift.output, HasSubstr("mallory"));
}

TEST_P(Baseline, SaysWhatItCannotCompare) {
  const std::string config = Comparing(cluster_).config;
  standby().Stop(SIGINT);
  const Outcome drift = Run(config, {"drift"});
  EXPECT_EQ(drift.status, 1);
  EXPECT_THAT(drift.output, HasSubstr("main/pg2 does not answer"));
  primary().Stop(SIGINT);
  const Outcome baseline = Run(config, {"baseline"});
  EXPECT_EQ(baseline.status, 1);
  EXPECT_THAT(baseline.output, HasSubstr("no elected primary"));
}

TEST_P(Baseline, AsksForAClusterThatIsDeclared) {
  const Outcome other = Run(Comparing(cluster_).config, {"drift", "--cluster=maine"});
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.output, HasSubstr("no cluster 'maine' is declared (did you mean 'main'?)"));
}

}  // namespace
}  // namespace pgfleet::test
