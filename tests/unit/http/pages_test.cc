#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collectors/catalog.h"
#include "http/cluster_page.h"
#include "http/config_page.h"
#include "http/fleet_page.h"
#include "http/node_page.h"
#include "http/remarks.h"

namespace pgfleet::http {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A primary, pg1, and a standby, pg2, that has all. Both were asked just now.
model::ClusterSnapshot Healthy() {
  model::ClusterSnapshot cluster;
  cluster.name = "orders";
  cluster.at = model::Monotonic(1h);
  cluster.analysis.resize(2);
  for (const auto* name : {"pg1", "pg2"}) {
    auto& node = cluster.nodes.emplace_back();
    node.declared.name = name;
    node.tried = node.up = true;
    node.pulse = model::Span{cluster.at, cluster.at};
    for (auto& lane : node.lanes)
      lane = {.max_age = 10s, .last_success = model::Moment{cluster.at, {}}, .duration = 1ms};
    node.collectors.resize(collectors::Catalog().size());
    for (auto& status : node.collectors)
      status = {.attempted = true,
                .success = true,
                .failure = {},
                .duration = {},
                .last_success = model::Moment{cluster.at, {}}};
    model::PulseFacts pulse;
    pulse.in_recovery = cluster.nodes.size() == 2;
    pulse.timeline = 3;
    node.facts.pulse = std::make_shared<const model::PulseFacts>(pulse);
  }
  cluster.findings.primary = 0;
  cluster.findings.primary_state = model::PrimaryState::kOne;
  cluster.findings.reference = cluster.at;
  cluster.analysis[1].upstream = 0;
  cluster.analysis[1].expected = true;
  cluster.analysis[1].state = model::StandbyState::kCaughtUp;
  cluster.analysis[1].lag.seconds = 0;
  return cluster;
}

void TakeDown(model::NodeSnapshot& node, model::DownReason reason) {
  node.up = false;
  node.down_reason = reason;
  node.facts.pulse = nullptr;
}

std::string Fleet(const model::ClusterSnapshot& cluster) {
  const std::vector clusters{std::make_shared<const model::ClusterSnapshot>(cluster)};
  return RenderFleet(clusters, cluster.at, {}, "/metrics");
}

std::string Config(const model::ClusterSnapshot& cluster) {
  return RenderConfig(std::vector{std::make_shared<const model::ClusterSnapshot>(cluster)});
}

std::vector<std::string> Texts(const model::ClusterSnapshot& cluster) {
  std::vector<std::string> texts;
  for (const Remark& remark : RemarksOn(cluster, cluster.at)) texts.push_back(remark.text);
  return texts;
}

TEST(Remarks, AreNoneWhereNothingIsWrong) {
  EXPECT_THAT(Texts(Healthy()), IsEmpty());
  EXPECT_THAT(Fleet(Healthy()), HasSubstr("2 of 2 nodes answer. Nothing is known to be wrong."));
}

TEST(Remarks, TellWhatIsBrokenAndWhatIsWorthALook) {
  auto cluster = Healthy();
  cluster.findings.primary_state = model::PrimaryState::kNone;
  cluster.declared.maintenance = true;
  TakeDown(cluster.nodes[0], model::DownReason::kRefused);
  cluster.analysis[1].state = model::StandbyState::kDisconnected;
  const auto remarks = RemarksOn(cluster, cluster.at);
  EXPECT_THAT(Texts(cluster),
              ElementsAre("no node takes writes", "maintenance is declared: alerts are kept back",
                          "down: refused", "standby: disconnected"));
  EXPECT_EQ(ClassOf(remarks), "down");
  EXPECT_THAT(Fleet(cluster), HasSubstr("1 of 2 nodes answer. Something is broken in 1 of 1"));
  EXPECT_THAT(Fleet(cluster), HasSubstr("check that the server runs and listens"));
}

TEST(Remarks, WeighANoticeBelowWhatIsBrokenAndEachNodeByItself) {
  auto cluster = Healthy();
  cluster.declared.objectives.lag_seconds = 30;
  cluster.analysis[1].lag.seconds = 90;
  const auto remarks = RemarksOn(cluster, cluster.at);
  EXPECT_THAT(remarks, ElementsAre(Field(&Remark::text, "90 s behind, 30 s agreed")));
  EXPECT_EQ(ClassOf(remarks), "notice");
  EXPECT_EQ(ClassOf(remarks, 0), "up");
  EXPECT_EQ(ClassOf(remarks, 1), "notice");
}

TEST(Remarks, TakeADelayThatIsWantedForNoLag) {
  auto cluster = Healthy();
  cluster.declared.objectives.lag_seconds = 30;
  cluster.analysis[1].lag.seconds = 3605;
  cluster.analysis[1].lag.excess = 5;
  EXPECT_THAT(Texts(cluster), IsEmpty());
}

TEST(Remarks, CallNothingGoodThatIsNotKnown) {
  auto cluster = Healthy();
  cluster.findings.primary_state = model::PrimaryState::kUnknown;
  cluster.nodes[1].collectors[3].failure = model::FailureReason::kPermission;
  cluster.analysis[0].archiver.state = model::ArchiverState::kFailing;
  EXPECT_THAT(Texts(cluster), ElementsAre("it is not known which node takes writes",
                                          "archiver: failing", "collectors without an answer: 1"));
  EXPECT_THAT(RenderFleet({}, cluster.at, {}, "/metrics"), HasSubstr("Nothing is watched yet."));
  cluster = Healthy();
  cluster.analysis[0].archiver.state = model::ArchiverState::kFailing;
  cluster.nodes[0].lanes[1].last_success = model::Moment{cluster.at - 1h, {}};
  for (auto& status : cluster.nodes[0].collectors)
    status.last_success = model::Moment{cluster.at - 1h, {}};
  EXPECT_THAT(Texts(cluster), IsEmpty()) << "an hour ago it failed";
}

TEST(Remarks, CallNoDriftNoneBeforeAllWasCompared) {
  auto cluster = Healthy();
  model::DriftReport report{.reference = 0, .nodes = {}, .access = {}};
  report.nodes.resize(2);
  const auto drifted = [&](std::size_t node) {
    cluster.drift = std::make_shared<const model::DriftReport>(report);
    return DriftedSettings(cluster, node, cluster.at);
  };
  EXPECT_EQ(drifted(0), 0U) << "the reference, and no baseline";
  EXPECT_EQ(drifted(1), std::nullopt);
  report.nodes[1].node.emplace();
  EXPECT_EQ(drifted(1), 0U);
  cluster.declared.settings =
      model::Shared(model::DesiredSettings{.practices = {"durability"}, .baseline = {}});
  EXPECT_EQ(drifted(1), std::nullopt);
  report.nodes[1].node->push_back({.setting = "work_mem"});
  EXPECT_EQ(drifted(1), 1U);
}

TEST(ClusterPage, DrawsWhoFeedsWhomAndListsTheNodes) {
  const std::string page = RenderCluster(Healthy(), Healthy().at);
  EXPECT_THAT(page, HasSubstr("<svg class=\"map\""));
  EXPECT_THAT(page, HasSubstr(">no lag</text>"));
  EXPECT_THAT(page, HasSubstr(">standby, caught_up</text>"));
  EXPECT_THAT(page, HasSubstr("<a href=\"/node/orders/pg2\">pg2</a>"));
  EXPECT_THAT(page, HasSubstr("none is declared"));
}

TEST(NodePage, ShowsAPollStepByStepAndWhyItFailed) {
  auto cluster = Healthy();
  auto book = std::make_shared<model::TraceBook>();
  model::PollTrace poll{.began = model::Wall(86'398s),
                        .lane = model::Lane::kStatus,
                        .database = {},
                        .address = "10.0.0.7",
                        .steps = {}};
  poll.steps.push_back({.name = "connect", .duration = 2ms});
  poll.steps.push_back(
      {.name = "slots", .is_statement = true, .duration = 6ms, .rows = 4, .bytes = 2048});
  poll.steps.push_back({.name = "settings", .is_statement = true, .duration = 2ms});
  poll.steps.back().failure = std::make_shared<const model::StepFailure>(
      model::StepFailure{"permission", "grant it", "42501", "permission denied for <view>"});
  book->Add(poll);
  cluster.nodes[1].trace = book;
  const std::string page = RenderNode(cluster, 1, cluster.at);
  EXPECT_THAT(page, HasSubstr("1970-01-01 23:59:58 UTC status, 10 ms in 3 steps"));
  EXPECT_THAT(page, HasSubstr("at 10.0.0.7"));
  EXPECT_THAT(page, HasSubstr("<rect x=\"20.00\" width=\"60.00\""));
  EXPECT_THAT(page, HasSubstr("<td data-head=\"Rows\" class=\"whole\">4</td>"));
  EXPECT_THAT(page, HasSubstr("permission, SQLSTATE 42501</span> permission denied for "
                              "&lt;view&gt;<br>grant it"));
}

TEST(NodePage, ListsCollectorsThatFailButNotThoseOfLaterVersions) {
  auto cluster = Healthy();
  auto& collectors = cluster.nodes[1].collectors;
  collectors[0].failure = model::FailureReason::kPermission;
  collectors[1].failure = model::FailureReason::kVersion;
  collectors[1].supported = false;
  const std::string page = RenderNode(cluster, 1, cluster.at);
  const auto cell = [](std::size_t k) {
    return ">" + std::string(collectors::Catalog()[k]->name) + "</td>";
  };
  EXPECT_THAT(page, HasSubstr(cell(0)));
  EXPECT_THAT(page, HasSubstr("pgfleet_exporter grants --version"));
  EXPECT_THAT(page, Not(HasSubstr(cell(1))));
}

TEST(NodePage, SaysNothingThatIsTooOld) {
  const auto cluster = Healthy();
  const std::string page = RenderNode(cluster, 1, cluster.at + 1h);
  EXPECT_THAT(page, Not(HasSubstr(">standby<")));
  EXPECT_THAT(page, HasSubstr("60 min ago"));
}

TEST(ConfigPage, ShowsWhatIsInForceAndNoSecret) {
  auto cluster = Healthy();
  cluster.declared.lane_intervals = {1, 10, 60};
  cluster.declared.expected.slots = std::vector<std::string>{"pg2", "<b>"};
  cluster.nodes[0].declared.connection = {{"host", "10.0.0.7"}, {"password", std::nullopt}};
  const std::string page = Config(cluster);
  EXPECT_THAT(page, HasSubstr("host=10.0.0.7 password=<span class=\"soft\">(set)</span>"));
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">lanes.status</th><td>every 10 s</td>"));
  EXPECT_THAT(page, HasSubstr("pg2, &lt;b&gt;"));
}

TEST(Pages, KeepHostileNamesOutOfTheMarkup) {
  auto cluster = Healthy();
  cluster.name = "<script>alert(1)</script>";
  for (auto& node : cluster.nodes) node.declared.name = "\"><img src=x onerror='x'>";
  for (const std::string& page : {Fleet(cluster), RenderCluster(cluster, cluster.at),
                                  RenderNode(cluster, 1, cluster.at), Config(cluster)}) {
    EXPECT_THAT(page, Not(HasSubstr("<script")));
    EXPECT_THAT(page, Not(HasSubstr("<img")));
    EXPECT_THAT(page, HasSubstr("&lt;"));
  }
}

}  // namespace
}  // namespace pgfleet::http
