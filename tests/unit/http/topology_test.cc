#include "http/topology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collectors/catalog.h"

namespace pgfleet::http {
namespace {

using testing::ElementsAre;
using testing::FieldsAre;
using testing::HasSubstr;
using testing::Not;

constexpr auto kNone = std::nullopt;

// Nodes that are up; `upstreams`: of each node, where it streams from.
model::ClusterSnapshot Cluster(const std::vector<std::optional<std::size_t>>& upstreams) {
  model::ClusterSnapshot cluster;
  cluster.name = "orders";
  cluster.analysis.resize(upstreams.size());
  for (std::size_t i = 0; i < upstreams.size(); ++i) {
    auto& node = cluster.nodes.emplace_back();
    node.declared.name = "pg" + std::to_string(i + 1);
    node.tried = node.up = true;
    node.collectors.resize(collectors::Catalog().size());
    cluster.analysis[i].upstream = upstreams[i];
  }
  return cluster;
}

TEST(Topology, StandsEachNodeRightOfItsUpstreamAndInTheRowOfItsFirstDownstream) {
  auto cluster = Cluster({1, kNone, 0, 1});
  cluster.findings.primary = 1;
  EXPECT_THAT(Arrange(cluster),
              ElementsAre(FieldsAre(1, 0, 0, kNone, false), FieldsAre(0, 1, 0, 1, true),
                          FieldsAre(2, 2, 0, 0, true), FieldsAre(3, 1, 1, 1, true)));
}

TEST(Topology, KeepsANodeThatDoesNotStreamWhereItWasDeclaredToBe) {
  auto cluster = Cluster({kNone, kNone, kNone});
  cluster.findings.primary = 0;
  cluster.nodes[2].declared.upstream = "pg2";
  cluster.analysis[1].expected = true;
  EXPECT_THAT(Arrange(cluster),
              ElementsAre(FieldsAre(0, 0, 0, kNone, false), FieldsAre(1, 1, 0, 0, false),
                          FieldsAre(2, 2, 0, 1, false)));
}

TEST(Topology, SetsEveryNodeOnceEvenInARing) {
  EXPECT_THAT(Arrange(Cluster({1, 0})),
              ElementsAre(FieldsAre(0, 0, 0, kNone, false), FieldsAre(1, 1, 0, 0, true)));
}

TEST(Topology, StopsWhereAPictureHelpsNobody) {
  const std::vector<std::optional<std::size_t>> many(500);
  EXPECT_EQ(Arrange(Cluster(many)).size(), kMostDrawn);
}

TEST(Topology, WritesTheLagOnTheLineAndSaysWhereNothingStreams) {
  auto cluster = Cluster({kNone, 0, kNone});
  cluster.findings.primary = 0;
  cluster.analysis[2].expected = true;
  model::PulseFacts silent;
  silent.in_recovery = true;
  silent.replay_lsn = model::Lsn{1};
  cluster.nodes[2].facts.pulse = std::make_shared<const model::PulseFacts>(silent);
  const std::string svg = DrawTopology(cluster, {}, cluster.at);
  EXPECT_THAT(svg, HasSubstr(">lag not known</text>"));
  EXPECT_THAT(svg, HasSubstr(">no stream</text>"));
  EXPECT_THAT(svg, HasSubstr("<path class=\"broken\""));
  EXPECT_THAT(svg, HasSubstr("href=\"/node/orders/pg3\""));
}

TEST(Topology, DoesNotCallBrokenWhatNobodyTells) {
  auto cluster = Cluster({kNone, kNone, kNone});
  cluster.findings.primary = 0;
  cluster.analysis[1].expected = cluster.analysis[2].expected = true;
  cluster.analysis[1].connected = true;
  const std::string svg = DrawTopology(cluster, {}, cluster.at);
  EXPECT_THAT(svg, HasSubstr(">source not known</text>"));
  EXPECT_THAT(svg, HasSubstr(">not known</text>"));
  EXPECT_THAT(svg, Not(HasSubstr("broken")));
}

TEST(Topology, KeepsHostileNamesOutOfTheMarkup) {
  auto cluster = Cluster({kNone});
  cluster.nodes[0].declared.name = "<script>\"'&</text></svg>" + std::string(500, 'x');
  const std::string svg = DrawTopology(cluster, {}, cluster.at);
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_THAT(svg, HasSubstr("&lt;script&gt;&quot;"));
  EXPECT_THAT(svg, HasSubstr("…</text></a>"));
}

}  // namespace
}  // namespace pgfleet::http
