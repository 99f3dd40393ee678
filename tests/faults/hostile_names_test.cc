#include <gmock/gmock.h>

#include <list>

#include "faults/timing.h"
#include "support/exporter_config.h"
#include "support/exporter_process.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

// pg_receivewal with an application name of our choice: a walsender that is called so.
class Receiver {
 public:
  Receiver(const PostgresServer& server, const std::string& application_name)
      : process_({.argv = {ClientProgram("pg_receivewal"), "-h", server.socket_directory(), "-p",
                           std::to_string(PostgresServer::port()), "-U", "postgres", "-D",
                           Directory(), "--no-sync"},
                  .env = {{"PGAPPNAME", application_name}}}) {}

 private:
  std::string Directory() const { return directory_.path(); }

  TempDir directory_;
  Process process_;
};

void WaitForSenders(const PostgresServer& server, int count) {
  Connection session = server.Connect();
  ASSERT_TRUE(WaitUntil([&] {
    return session.Value("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") ==
           std::to_string(count);
  })) << server.LogTail();
}

std::vector<std::string> SenderLabels(const Page& page) {
  std::vector<std::string> labels;
  for (const Sample& sample : page.All("pgfleet_walsender_state", {{"state", "streaming"}}))
    labels.push_back(sample.labels.at("standby"));
  return labels;
}

const std::vector<std::string> kHostile = {R"(x"} 1 fake_metric{a="b)", "<script>alert(1)</script>",
                                           R"(back\slash)", "'quo''te'", "%s%n"};

TEST(HostileNames, NoApplicationNameBreaksThePage) {
  Cluster cluster(kFaultMajor, Alone());
  std::list<Receiver> receivers;
  for (const std::string& name : kHostile) receivers.emplace_back(cluster.primary(), name);
  WaitForSenders(cluster.primary(), static_cast<int>(kHostile.size()));
  const ExporterProcess exporter({.config = ConfigText(Declared(cluster))});
  const Page page =
      exporter.WaitForPage([](const Page& p) { return SenderLabels(p).size() == kHostile.size(); });
  EXPECT_THAT(SenderLabels(page), testing::UnorderedElementsAreArray(kHostile));
  EXPECT_EQ(page.Value("pgfleet_up", {{"pg_node", "pg1"}}), 1);
  EXPECT_FALSE(page.Has("fake_metric"));
}

TEST(HostileNames, LookAlikesAreNumberedAndNoneIsLost) {
  Cluster cluster(kFaultMajor, Alone());
  const Receiver first(cluster.primary(), "twin");
  const Receiver second(cluster.primary(), "twin");
  WaitForSenders(cluster.primary(), 2);
  const ExporterProcess exporter({.config = ConfigText(Declared(cluster))});
  const Page page = exporter.WaitForPage([](const Page& p) { return SenderLabels(p).size() == 2; });
  EXPECT_THAT(SenderLabels(page), testing::UnorderedElementsAre("twin", "twin#2"));
}

// In a SQL_ASCII database a name may hold any bytes: asking the server to convert them would fail
// the statement.
TEST(HostileNames, BytesThatAreNoUtf8LeaveEveryOtherSeriesAlone) {
  Cluster cluster(kFaultMajor, Alone());
  Connection session = cluster.primary().Connect();
  session.Execute("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0");
  Connection ascii(cluster.primary().Conninfo("postgres", "ascii"));
  ascii.Execute("SET client_encoding = 'SQL_ASCII'");
  ascii.Execute("CREATE ROLE \"bad\xff\xfe\" SUPERUSER LOGIN");
  ascii.Execute("CREATE ROLE \"two\nlines\" LOGIN");
  ascii.Execute("CREATE ROLE \"cut" + std::string(59, 'x') + "\xc3\" LOGIN");  // 63 bytes
  DeclaredNode node = Declared(cluster.primary());
  node.connection = "dbname: ascii";
  const ExporterProcess exporter({.config = ConfigText({node}, {.user = "postgres"})});
  const Page page = exporter.WaitForPage([](const Page& p) { return p.Has("pgfleet_roles"); });
  EXPECT_EQ(page.Value("pgfleet_up", {{"pg_node", "pg1"}}), 1);
  EXPECT_EQ(page.Value("pgfleet_roles", {{"attribute", "superuser"}, {"managed", "false"}}), 2);
  for (const Sample& sample : page.All("pgfleet_collector_success")) {
    LabelMap other_version = sample.labels;
    other_version["reason"] = "version";
    EXPECT_TRUE(sample.value == 1 || page.Has("pgfleet_collector_failure", other_version))
        << sample.labels.at("collector");
  }
}

}  // namespace
}  // namespace pgfleet::test
