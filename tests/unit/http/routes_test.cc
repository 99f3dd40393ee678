#include "http/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libdeflate.h>

#include <atomic>

#include "client.h"
#include "collectors/catalog.h"
#include "http/fleet_page.h"
#include "http/html.h"
#include "http/server.h"

namespace pgfleet::http {
namespace {

using test::Answer;
using test::Get;
using testing::HasSubstr;
using testing::Not;

// A fleet that is only in memory.
class Memory : public fleet::SnapshotSource {
 public:
  std::vector<model::SnapshotPtr> Snapshots() const override { return clusters; }
  bool Ready() const override { return ready; }

  std::vector<model::SnapshotPtr> clusters;
  std::atomic<bool> ready = true;
};

model::SnapshotPtr Cluster(std::string name, std::vector<std::string> nodes) {
  model::ClusterSnapshot cluster;
  cluster.name = std::move(name);
  for (std::string& node : nodes) {
    model::NodeSnapshot& made = cluster.nodes.emplace_back();
    made.declared = {.name = std::move(node), .addresses = {"10.9.8.7"}};
    made.tried = true;
    made.down_reason = model::DownReason::kRefused;
    made.collectors.resize(collectors::Catalog().size());
  }
  cluster.analysis.resize(cluster.nodes.size());
  return std::make_shared<const model::ClusterSnapshot>(std::move(cluster));
}

class Routes : public testing::Test {
 protected:
  void SetUp() override {
    fleet_.clusters = {Cluster("orders", {"pg1", "pg2"}), Cluster("a b&c", {"pg1"})};
    ServerOptions options;
    options.addresses = {"127.0.0.1:0"};
    options.answered = [this](int status) { self_.CountRequest(status); };
    auto server = Server::Start(std::move(options), MakeRoutes(fleet_, self_));
    ASSERT_TRUE(server) << server.error();
    server_ = std::move(*server);
  }
  int port() const { return server_->port(); }

  Memory fleet_;
  exposition::SelfMetrics self_{{"0.1.0", "abc", "15.18", "1.16"}};
  std::unique_ptr<Server> server_;
};

std::string Unpack(const std::string& packed) {
  std::string text(1 << 22, '\0');
  libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
  std::size_t written = 0;
  const auto result = libdeflate_gzip_decompress(decompressor, packed.data(), packed.size(),
                                                 text.data(), text.size(), &written);
  libdeflate_free_decompressor(decompressor);
  EXPECT_EQ(result, LIBDEFLATE_SUCCESS);
  text.resize(written);
  return text;
}

TEST_F(Routes, MetricsAreTheWholeFleetAndTheExporter) {
  const Answer answer = Get(port(), "/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(answer.headers.at("Vary"), "Accept-Encoding");
  EXPECT_FALSE(answer.headers.contains("Content-Encoding"));
  EXPECT_THAT(answer.body, HasSubstr("pgfleet_up{pg_cluster=\"orders\",pg_node=\"pg2\"} 0\n"));
  EXPECT_THAT(answer.body, HasSubstr("pgfleet_up{pg_cluster=\"a b&c\",pg_node=\"pg1\"} 0\n"));
  EXPECT_THAT(answer.body, HasSubstr("pgfleet_build_info{"));
}

TEST_F(Routes, MetricsArePackedForWhoAsksForIt) {
  const Answer packed = Get(port(), "/metrics", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(packed.headers.at("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.headers.at("Content-Length"), std::to_string(packed.body.size()));
  EXPECT_THAT(Unpack(packed.body), HasSubstr("pgfleet_up{"));
  const Answer plain = Get(port(), "/metrics", "Accept-Encoding: gzip;q=0, *\r\n");
  EXPECT_FALSE(plain.headers.contains("Content-Encoding"));
}

TEST_F(Routes, MetricsCountTheAnswersBefore) {
  Get(port(), "/nowhere");
  EXPECT_THAT(Get(port(), "/metrics").body,
              HasSubstr("pgfleet_http_requests_total{code=\"404\"} 1\n"));
}

TEST_F(Routes, ProbeIsOneClusterAlone) {
  const Answer answer = Get(port(), "/probe?cluster=a%20b%26c");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(answer.body, HasSubstr("pg_cluster=\"a b&c\""));
  EXPECT_THAT(answer.body, Not(HasSubstr("orders")));
  EXPECT_THAT(answer.body, Not(HasSubstr("process_")));
  EXPECT_THAT(answer.body, Not(HasSubstr("pgfleet_build_info")));
}

TEST_F(Routes, ProbeTakesNothingButTheNameOfADeclaredCluster) {
  for (const auto* query : {"", "?", "?cluster=", "?target=10.0.0.1", "?cluster=orders&target=x",
                            "?cluster=orders&cluster=orders", "?cluster=%zz", "?Cluster=orders"}) {
    const Answer answer = Get(port(), std::string("/probe") + query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_GT(answer.body.size(), 10U);
  }
  EXPECT_THAT(Get(port(), "/probe").body, HasSubstr("/probe?cluster=name"));
}

TEST_F(Routes, ProbeOfAnUnknownClusterNamesNobody) {
  const Answer answer = Get(port(), "/probe?cluster=10.9.8.7:5432");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, Not(HasSubstr("orders")));
  EXPECT_THAT(answer.body, Not(HasSubstr("10.9.8.7")));
}

TEST_F(Routes, ReadinessWaitsForEveryNodeAndHealthDoesNot) {
  fleet_.ready = false;
  EXPECT_EQ(Get(port(), "/-/ready").status, 503);
  EXPECT_EQ(Get(port(), "/-/healthy").status, 200);
  fleet_.ready = true;
  EXPECT_EQ(Get(port(), "/-/ready").status, 200);
  EXPECT_EQ(Get(port(), "/-/ready", "", "HEAD").body, "");
}

TEST_F(Routes, PathsAreExact) {
  for (const auto* path : {"/metricsX", "/metrics/", "/METRICS", "/probe/", "/-/healthy/", "/-/"})
    EXPECT_EQ(Get(port(), path).status, 404) << path;
  EXPECT_EQ(Get(port(), "/metrics", "Content-Length: 0\r\n", "POST").status, 405);
}

TEST_F(Routes, FleetPageShowsTheNodesAndLoadsNothing) {
  const Answer answer = Get(port(), "/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("Content-Type"), "text/html; charset=utf-8");
  EXPECT_THAT(answer.headers.at("Content-Security-Policy"), HasSubstr("default-src 'none'"));
  EXPECT_EQ(answer.headers.at("Cache-Control"), "no-store");
  EXPECT_THAT(answer.body, HasSubstr("<title>pgfleet</title>"));
  EXPECT_THAT(answer.body, HasSubstr("pgfleet_exporter 0.1.0"));
  EXPECT_THAT(answer.body,
              HasSubstr("0 of 3 nodes answer. Something is broken in 2 of 2 clusters."));
  EXPECT_THAT(answer.body, HasSubstr("href=\"/metrics\""));
  EXPECT_THAT(answer.body, HasSubstr("href=\"/cluster/a%20b%26c\">a b&amp;c</a>"));
  EXPECT_THAT(answer.body, HasSubstr("down: refused"));
  EXPECT_THAT(answer.body, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(answer.body, Not(HasSubstr("<script")));
  EXPECT_THAT(answer.body, Not(HasSubstr("10.9.8.7")));
}

TEST(FleetPage, KeepsHostileNamesOutOfTheMarkup) {
  const std::vector<model::SnapshotPtr> clusters = {
      Cluster("<script>alert(1)</script>", {"\"onload='x'&<img src=x>\n"})};
  const std::string page = RenderFleet(clusters, {}, {}, "/metrics");
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("onload='x'")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

TEST(FleetPage, ShowsNoByteThatIsNoText) {
  EXPECT_EQ(EscapeHtml("\xC3<\xFF\xE2\x80\xAEx\xC3\xA9"),
            "\xEF\xBF\xBD&lt;\xEF\xBF\xBD\xEF\xBF\xBDx\xC3\xA9");
}

TEST(FleetPage, EscapesWhatIsMarkup) {
  EXPECT_EQ(EscapeHtml("<a href=\"x\" b='y'>&\n"),
            "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;\xEF\xBF\xBD");
}

TEST_F(Routes, PagesThatShowValuesAreForThisMachine) {
  for (const auto* path :
       {"/drift", "/api/v1/drift", "/config", "/cluster/orders", "/node/orders/pg1"}) {
    EXPECT_EQ(Get(port(), path).status, 200) << path;
    EXPECT_EQ(Get(port(), path).headers.at("Cache-Control"), "no-store") << path;
    const std::string ask = "GET " + std::string(path) + " HTTP/1.1\r\nHost: ";
    EXPECT_EQ(test::Ask(port(), ask + "evil.example\r\n\r\n").status, 403) << path;
    const Answer proxied = Get(port(), path, "X-Forwarded-For: 10.1.2.3\r\n");
    EXPECT_EQ(proxied.status, 403) << path;
    EXPECT_THAT(proxied.body, Not(HasSubstr("orders")));
    EXPECT_THAT(proxied.body, HasSubstr("ssh -L"));
    EXPECT_EQ(proxied.headers.at("Cache-Control"), "no-store") << path;
  }
}

TEST_F(Routes, DriftPageLoadsNothing) {
  const Answer answer = Get(port(), "/drift");
  EXPECT_EQ(answer.headers.at("Content-Type"), "text/html; charset=utf-8");
  EXPECT_THAT(answer.headers.at("Content-Security-Policy"), HasSubstr("default-src 'none'"));
  EXPECT_THAT(answer.body, HasSubstr("href=\"/drift?cluster=a%20b%26c\">a b&amp;c</a>"));
  EXPECT_THAT(answer.body, Not(HasSubstr("<script")));
  EXPECT_EQ(Get(port(), "/api/v1/drift").headers.at("Content-Type"), "application/json");
}

TEST_F(Routes, DriftPagesTakeTheNameOfADeclaredClusterAtMost) {
  for (const auto* path : {"/drift", "/api/v1/drift"}) {
    const Answer one = Get(port(), std::string(path) + "?cluster=orders");
    EXPECT_THAT(one.body, HasSubstr("orders"));
    EXPECT_THAT(one.body, Not(HasSubstr("a b")));
    for (const auto* query : {"?cluster=", "?target=x", "?cluster=orders&cluster=orders",
                              "?cluster=%zz", "?cluster=orders&target=x"})
      EXPECT_EQ(Get(port(), std::string(path) + query).status, 400) << path << query;
    EXPECT_EQ(Get(port(), std::string(path) + "?cluster=nobody").status, 404) << path;
    EXPECT_EQ(Get(port(), std::string(path) + "/").status, 404) << path;
  }
}

TEST_F(Routes, EveryPageLeadsToTheOthers) {
  for (const auto* path : {"/", "/drift", "/config", "/cluster/orders", "/node/orders/pg2"})
    for (const auto* link : {"<a href=\"/\">", "<a href=\"/drift\">", "<a href=\"/config\">"})
      EXPECT_THAT(Get(port(), path).body, HasSubstr(link)) << path;
}

TEST_F(Routes, PagesOfClustersAndNodesAreThoseOfTheConfiguration) {
  EXPECT_THAT(Get(port(), "/cluster/orders").body, HasSubstr("<title>pgfleet: orders</title>"));
  EXPECT_THAT(Get(port(), "/node/orders/pg2").body, HasSubstr("<title>pgfleet: pg2</title>"));
  for (const auto* path :
       {"/cluster", "/cluster/", "/cluster/nobody", "/cluster/orders/", "/cluster/orders/pg1",
        "/cluster/%6frders", "/node/", "/node/orders", "/node/orders/", "/node/orders/nobody",
        "/node/nobody/pg1", "/node/orders/pg1/", "/node//pg1", "/node/../metrics"})
    EXPECT_EQ(Get(port(), path).status, 404) << path;
  EXPECT_EQ(Get(port(), "/cluster/orders", "Content-Length: 0\r\n", "POST").status, 405);
}

TEST(TelemetryPath, MayNotCoverAnotherPage) {
  for (const auto* path : {"/metrics", "/m", "/pg/metrics-1_2.x~"})
    EXPECT_TRUE(IsTelemetryPath(path)) << path;
  for (const auto* path : {"", "/", "metrics", "/probe", "/sd", "/drift", "/api/v1/drift",
                           "/-/ready", "/-/healthy", "/a b", "/a?b", "/a%20b", "/<x>"})
    EXPECT_FALSE(IsTelemetryPath(path)) << path;
}

}  // namespace
}  // namespace pgfleet::http
