// Which targets Prometheus is sent to, and under which name.
#include "http/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client.h"
#include "http/routes.h"
#include "http/server.h"

namespace pgfleet::http {
namespace {

using testing::HasSubstr;

model::SnapshotPtr Cluster(std::string name, std::size_t nodes) {
  model::ClusterSnapshot cluster;
  cluster.name = std::move(name);
  cluster.nodes.resize(nodes);
  return std::make_shared<const model::ClusterSnapshot>(std::move(cluster));
}

class Memory : public fleet::SnapshotSource {
 public:
  std::vector<model::SnapshotPtr> Snapshots() const override { return clusters; }
  bool Ready() const override { return true; }

  std::vector<model::SnapshotPtr> clusters = {Cluster("orders", 3), Cluster("reports", 1)};
};

class Discovery : public testing::Test {
 protected:
  void SetUp() override {
    ServerOptions options;
    options.addresses = {"127.0.0.1:0"};
    auto server = Server::Start(std::move(options), MakeRoutes(fleet_, self_));
    ASSERT_TRUE(server) << server.error();
    server_ = std::move(*server);
  }
  test::Answer Ask(const std::string& host_lines) const {
    return test::Ask(server_->port(), "GET /sd HTTP/1.1\r\n" + host_lines + "\r\n");
  }

  Memory fleet_;
  exposition::SelfMetrics self_{{"0.1.0", "abc", "15.18", "1.16"}};
  std::unique_ptr<Server> server_;
};

TEST_F(Discovery, EveryClusterIsOneTargetUnderTheNameThatTheClientUses) {
  const auto answer = Ask("Host: exporter.example.com:10187\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("Content-Type"), "application/json");
  EXPECT_EQ(answer.body,
            "[{\"targets\":[\"exporter.example.com:10187\"],\"labels\":{\"__metrics_path__\":"
            "\"/probe\",\"__param_cluster\":\"orders\",\"__meta_pgfleet_nodes\":\"3\"}},\n"
            " {\"targets\":[\"exporter.example.com:10187\"],\"labels\":{\"__metrics_path__\":"
            "\"/probe\",\"__param_cluster\":\"reports\",\"__meta_pgfleet_nodes\":\"1\"}}]\n");
}

TEST_F(Discovery, AnIpv6AddressKeepsItsBrackets) {
  EXPECT_THAT(Ask("Host: [2001:db8::1]:10187\r\n").body,
              HasSubstr("\"targets\":[\"[2001:db8::1]:10187\"]"));
}

TEST_F(Discovery, AHostThatNobodyCanAskIsRefusedWithTheReason) {
  for (const std::string host : {"Host: a\"b\r\n", "Host: user@exporter:80\r\n", "Host: a:0\r\n",
                                 "Host: a\r\nHost: b\r\n", "Host: a,b\r\n"}) {
    const auto answer = Ask(host);
    EXPECT_EQ(answer.status, 400) << host;
    EXPECT_FALSE(answer.body.contains("targets\":")) << host;
  }
  EXPECT_THAT(Ask("Host: a b\r\n").body, HasSubstr("Host header"));
}

TEST_F(Discovery, BeforeAnythingIsWatchedPrometheusKeepsItsTargets) {
  fleet_.clusters.clear();
  EXPECT_EQ(Ask("Host: localhost\r\n").status, 503);
}

TEST_F(Discovery, TheHeadIsAnsweredWithoutABody) {
  const auto answer = test::Get(server_->port(), "/sd", "", "HEAD");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
}

TEST(Targets, NamesStayInsideTheirQuotes) {
  const std::vector<model::SnapshotPtr> clusters = {Cluster("a\"},{\\\n\x01\x7F\xFF\xC3\xA9", 0)};
  EXPECT_EQ(RenderTargets(clusters, "h:1"),
            "[{\"targets\":[\"h:1\"],\"labels\":{\"__metrics_path__\":\"/probe\","
            "\"__param_cluster\":\"a\\\"},{\\\\\\n\\u0001\\u007f\\\\xff\xC3\xA9\","
            "\"__meta_pgfleet_nodes\":\"0\"}}]\n");
}

TEST(Target, IsAPlausibleHostWithAnOptionalPort) {
  for (const auto* text :
       {"localhost", "a", "exporter-1.example.com:10187", "pg_fleet:1", "10.0.0.1:65535", "[::1]",
        "[::1]:10187", "[::ffff:10.0.0.1]:80", "EXPORTER:80", "1host"})
    EXPECT_TRUE(IsTarget(text)) << text;
  EXPECT_TRUE(IsTarget(std::string(63, 'a') + ":1"));
}

TEST(Target, IsNothingElse) {
  for (const auto* text : {"",
                           ":",
                           ":80",
                           "a:",
                           "a:0",
                           "a:65536",
                           "a:00080x",
                           "a:+1",
                           "a:-1",
                           "a: 1",
                           "a:1:2",
                           "a:000001",
                           "::1",
                           "::1:80",
                           "[]",
                           "[]:80",
                           "[::1",
                           "::1]",
                           "[::1]80",
                           "[::1]:",
                           "[::1]:0",
                           "[::g]",
                           "[::1%25eth0]:80",
                           "[10.0.0.1]:80",
                           "[a]:80",
                           "a..b",
                           ".a",
                           "a.",
                           "-a",
                           "a-",
                           "a-.b",
                           "a/b",
                           "a?b",
                           "a#b",
                           "u@a",
                           "http://a",
                           "a b",
                           "a\tb",
                           "a,b",
                           "a\"b",
                           "a\\b",
                           "a<b>",
                           "caf\xC3\xA9",
                           "a%20b",
                           "{a}",
                           "a;b",
                           "*",
                           "a\x7F"})
    EXPECT_FALSE(IsTarget(text)) << text;
  EXPECT_FALSE(IsTarget(std::string_view("a\0b", 3)));
  EXPECT_FALSE(IsTarget(std::string_view("[::1\0]:80", 9)));
  EXPECT_FALSE(IsTarget(std::string(64, 'a')));
  std::string long_name = "a";
  while (long_name.size() < 253) long_name += ".a";
  EXPECT_TRUE(IsTarget(long_name));
  EXPECT_FALSE(IsTarget(long_name + ".a"));
}

}  // namespace
}  // namespace pgfleet::http
