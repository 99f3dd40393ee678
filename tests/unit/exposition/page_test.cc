#include "exposition/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "snapshots.h"

namespace pgfleet::exposition {
namespace {

using namespace std::chrono_literals;
using model::DownReason;
using test::Cluster;
using test::Down;
using test::kNow;
using test::Node;
using test::Up;
using testing::HasSubstr;
using testing::Not;

std::string Render(std::vector<model::SnapshotPtr> clusters, const SelfMetrics* self = nullptr) {
  return RenderText(clusters, kNow, self);
}

std::vector<std::string> Lines(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The sample lines of families that begin like this, in the order of the page.
std::string Samples(const std::string& page, std::string_view prefix = "pgfleet_") {
  std::string samples;
  for (const std::string& line : Lines(page))
    if (line.starts_with(prefix)) samples += line + "\n";
  return samples;
}

// Only what is asked in the pulse lane, so that the text does not grow with the catalog.
model::NodeSnapshot OnlyPulse(model::NodeSnapshot node) {
  node.collectors.resize(1);
  return node;
}

TEST(Page, OfADownNodeSaysWhyAndNothingElse) {
  model::NodeSnapshot node = OnlyPulse(Down("pg1", DownReason::kTimeout));
  node.collectors.front().attempted = true;
  node.lanes[0].last_success = test::Ago(60s);
  const std::string page = Render({Cluster("orders", {node})});
  EXPECT_EQ(Samples(page, "pgfleet_up") + Samples(page, "pgfleet_down") +
                Samples(page, "pgfleet_last") + Samples(page, "pgfleet_collector") +
                Samples(page, "pgfleet_poll") + Samples(page, "pgfleet_node"),
            R"(pgfleet_up{pg_cluster="orders",pg_node="pg1"} 0
pgfleet_down_reason{pg_cluster="orders",pg_node="pg1",reason="refused"} 0
pgfleet_down_reason{pg_cluster="orders",pg_node="pg1",reason="timeout"} 1
pgfleet_down_reason{pg_cluster="orders",pg_node="pg1",reason="dns"} 0
pgfleet_down_reason{pg_cluster="orders",pg_node="pg1",reason="tls"} 0
pgfleet_down_reason{pg_cluster="orders",pg_node="pg1",reason="auth"} 0
pgfleet_down_reason{pg_cluster="orders",pg_node="pg1",reason="no_database"} 0
pgfleet_down_reason{pg_cluster="orders",pg_node="pg1",reason="too_many_connections"} 0
pgfleet_down_reason{pg_cluster="orders",pg_node="pg1",reason="starting"} 0
pgfleet_down_reason{pg_cluster="orders",pg_node="pg1",reason="shutting_down"} 0
pgfleet_down_reason{pg_cluster="orders",pg_node="pg1",reason="lost"} 0
pgfleet_down_reason{pg_cluster="orders",pg_node="pg1",reason="protocol"} 0
pgfleet_down_reason{pg_cluster="orders",pg_node="pg1",reason="limit"} 0
pgfleet_down_reason{pg_cluster="orders",pg_node="pg1",reason="other"} 0
pgfleet_last_success_timestamp_seconds{pg_cluster="orders",pg_node="pg1",lane="pulse"} 940
pgfleet_collector_success{pg_cluster="orders",pg_node="pg1",collector="pulse"} 0
pgfleet_collector_supported{pg_cluster="orders",pg_node="pg1",collector="pulse"} 1
)");
}

TEST(Page, OfANodeThatIsUpHasAllReasonsAtZero) {
  const std::string page = Render({Cluster("orders", {OnlyPulse(Up("pg1", 1s))})});
  EXPECT_THAT(page, HasSubstr("pgfleet_up{pg_cluster=\"orders\",pg_node=\"pg1\"} 1\n"));
  EXPECT_EQ(Lines(Samples(page, "pgfleet_down_reason")).size(), model::kDownReasonNames.size());
  for (const std::string& line : Lines(Samples(page, "pgfleet_down_reason")))
    EXPECT_TRUE(line.ends_with(" 0")) << line;
  EXPECT_EQ(Samples(page, "pgfleet_poll") + Samples(page, "pgfleet_collector") +
                Samples(page, "pgfleet_node_clock") + Samples(page, "pgfleet_node_role{"),
            R"(pgfleet_poll_duration_seconds{pg_cluster="orders",pg_node="pg1",lane="pulse"} 0.002
pgfleet_collector_success{pg_cluster="orders",pg_node="pg1",collector="pulse"} 1
pgfleet_collector_supported{pg_cluster="orders",pg_node="pg1",collector="pulse"} 1
pgfleet_collector_duration_seconds{pg_cluster="orders",pg_node="pg1",collector="pulse"} 0.25
pgfleet_node_clock_offset_seconds{pg_cluster="orders",pg_node="pg1"} -0.25
pgfleet_node_role{pg_cluster="orders",pg_node="pg1",role="primary"} 1
pgfleet_node_role{pg_cluster="orders",pg_node="pg1",role="standby"} 0
)");
}

TEST(Page, DropsWhatIsOlderThanItsLaneAllows) {
  EXPECT_THAT(Render({Cluster("orders", {Up("pg1", 30s)})}), HasSubstr("pgfleet_node_role"));
  const std::string stale = Render({Cluster("orders", {Up("pg1", 30001ms)})});
  EXPECT_THAT(stale, Not(HasSubstr("pgfleet_node_role")));
  EXPECT_THAT(stale, Not(HasSubstr("pgfleet_node_timeline")));
  EXPECT_THAT(stale, HasSubstr("pgfleet_up{pg_cluster=\"orders\",pg_node=\"pg1\"} 1\n"));
  EXPECT_THAT(stale, HasSubstr("pgfleet_last_success_timestamp_seconds"));
}

TEST(Page, DropsWhatThePulseSaidAtOnceWhenTheNodeGoesDown) {
  model::NodeSnapshot node = Up("pg1", 1s);
  node.up = false;
  node.down_reason = DownReason::kLost;
  const std::string page = Render({Cluster("orders", {node})});
  EXPECT_THAT(page, Not(HasSubstr("pgfleet_node_role")));
  EXPECT_THAT(page, Not(HasSubstr("pgfleet_node_clock_offset_seconds")));
}

TEST(Page, HasNothingOfANodeThatWasNotTriedYet) {
  const std::string page = Render({Cluster("orders", {Node("pg1")})});
  EXPECT_THAT(page, Not(HasSubstr("pg_node=\"pg1\"")));
  EXPECT_THAT(page, Not(HasSubstr("pgfleet_up")));
}

TEST(Page, SaysOfEveryCollectorOfADownNodeThatItHasNoSuccess) {
  const std::string page = Render({Cluster("orders", {Down("pg1", DownReason::kAuth)})});
  for (const auto* collector : collectors::Catalog())
    EXPECT_THAT(page, HasSubstr("pgfleet_collector_success{pg_cluster=\"orders\",pg_node=\"pg1\","
                                "collector=\"" +
                                std::string(collector->name) + "\"} 0\n"));
}

TEST(Page, SaysNothingOfACollectorThatWasNotAskedYet) {
  const std::string page = Render({Cluster("orders", {Up("pg1", 1s)})});
  EXPECT_EQ(Lines(Samples(page, "pgfleet_collector_success")).size(), 1U);
  EXPECT_EQ(Lines(Samples(page, "pgfleet_collector_supported")).size(), 1U);
}

TEST(Page, NamesTheReasonOfAFailingCollectorOnlyWhileItFails) {
  model::NodeSnapshot node = OnlyPulse(Up("pg1", 1s));
  EXPECT_THAT(Render({Cluster("orders", {node})}), Not(HasSubstr("pgfleet_collector_failure")));
  node.collectors.front().success = false;
  node.collectors.front().supported = false;
  node.collectors.front().failure = model::FailureReason::kPermission;
  EXPECT_EQ(Samples(Render({Cluster("orders", {node})}), "pgfleet_collector_"),
            R"(pgfleet_collector_success{pg_cluster="orders",pg_node="pg1",collector="pulse"} 0
pgfleet_collector_failure{pg_cluster="orders",pg_node="pg1",collector="pulse",reason="permission"} 1
pgfleet_collector_supported{pg_cluster="orders",pg_node="pg1",collector="pulse"} 0
pgfleet_collector_duration_seconds{pg_cluster="orders",pg_node="pg1",collector="pulse"} 0.25
)");
}

TEST(Page, PutsHelpAndTypeBeforeTheSamplesOfOneFamilyAndNowhereElse) {
  const SelfMetrics self({"0.1", "abc", "15.18", "1.16"});
  const auto lines = Lines(Render(
      {Cluster("a", {Up("pg1", 1s), Down("pg2", DownReason::kDns)}), Cluster("b", {Up("pg1", 1s)})},
      &self));
  std::set<std::string> seen;
  std::string family;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with("# HELP ")) {
      family = lines[i].substr(7, lines[i].find(' ', 7) - 7);
      EXPECT_TRUE(seen.insert(family).second) << family << " comes twice";
      ASSERT_LT(i + 2, lines.size());
      EXPECT_TRUE(lines[i + 1].starts_with("# TYPE " + family + " "));
      EXPECT_TRUE(lines[i + 2].starts_with(family)) << family << " has no samples";
    } else if (!lines[i].starts_with("# TYPE ")) {
      EXPECT_EQ(lines[i].substr(0, lines[i].find_first_of("{ ")), family);
    }
  }
  EXPECT_GT(seen.size(), 10U);
}

TEST(Page, EscapesHelp) {
  const metric::MetricDesc desc{.name = "pgfleet_x", .help = "a\\b\nc."};
  std::string header;
  AppendHeader(header, desc);
  EXPECT_EQ(header, "# HELP pgfleet_x a\\\\b\\nc.\n# TYPE pgfleet_x gauge\n");
}

TEST(Page, OfThePartHasNothingOfTheExporterItself) {
  const SelfMetrics self({"0.1", "abc", "15.18", "1.16"});
  EXPECT_THAT(Render({}, &self), HasSubstr("process_cpu_seconds_total"));
  EXPECT_EQ(Render({}, nullptr), "");
}

TEST(Page, KeepsHostileNamesInsideTheirLabels) {
  const std::string page =
      Render({Cluster("or\"ders\n# HELP x", {OnlyPulse(Up("pg\\1\xFF", 1s))})});
  EXPECT_THAT(page,
              HasSubstr("pg_cluster=\"or\\\"ders\\n# HELP x\",pg_node=\"pg\\\\1\xEF\xBF\xBD"));
  EXPECT_THAT(page, Not(HasSubstr("\xFF")));
}

// What promtool says of a page; "" when it is content.
std::string PromtoolComplaints(const std::string& page) {
  const std::string file = testing::TempDir() + "pgfleet-page.prom";
  std::ofstream(file) << page;
  const std::string command = "promtool check metrics < " + file + " 2>&1; echo \"rc=$?\"";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "cannot start a shell";
  std::string said;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) said += static_cast<char>(c);
  pclose(pipe);
  std::remove(file.c_str());
  return said;
}

// Needs promtool (Debian: prometheus).
TEST(Page, SatisfiesPromtool) {
  SelfMetrics self({"0.1", "abc", "15.18", "1.16"});
  self.ConfigLoaded(true);
  self.CountRequest(200);
  EXPECT_EQ(PromtoolComplaints(Render({Cluster("a", {Up("pg1", 1s), Down("pg2", DownReason::kDns)}),
                                       Cluster("<b>\"\n\xC3", {Up("pg1", 1s), Node("pg9")})},
                                      &self)),
            "rc=0\n");
}

}  // namespace
}  // namespace pgfleet::exposition
