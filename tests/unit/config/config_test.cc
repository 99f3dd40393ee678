#include "config/config.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace pgfleet::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

const std::string kGood = std::string(PGFLEET_SOURCE_DIR) + "/tests/configs/good/";

Config LoadGood(const std::string& name, const Environment& environment = ProcessEnvironment()) {
  auto config = Load(kGood + name + ".yml", environment);
  EXPECT_TRUE(config.has_value()) << Text(config.error());
  return config.value_or(Config{});
}

std::string FaultsOf(const std::string& connection, const Environment& environment) {
  const auto config =
      Parse("connection: {" + connection + "}\nclusters: [{name: a, nodes: [{name: b, host: c}]}]",
            "f.yml", environment);
  return config ? "" : Text(config.error());
}
std::string FaultsOf(const std::string& connection) {
  return FaultsOf(connection, [](const std::string&) { return std::nullopt; });
}

class ConfigFileTest : public testing::Test {
 protected:
  ConfigFileTest() {
    std::string name = "/tmp/pgfleet-config-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~ConfigFileTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, std::string_view text, mode_t mode = 0600) const {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }

  std::string folder_;
};

TEST(Lanes, DefaultsAreThoseOfTheContract) {
  EXPECT_THAT(DefaultLanes(), ElementsAre(LaneConfig{1s, 2s, 5s}, LaneConfig{10s, 5s, 30s},
                                          LaneConfig{60s, 15s, 180s}));
}

TEST(Lanes, ClusterIsLaidOverFleetFieldByField) {
  const Config config = LoadGood("layers");
  ASSERT_EQ(config.clusters.size(), 2U);
  EXPECT_THAT(config.clusters[0].lanes,
              ElementsAre(LaneConfig{2s, 1500ms, 6s}, LaneConfig{30s, 5s, 120s},
                          LaneConfig{60s, 15s, 180s}));
  EXPECT_THAT(
      config.clusters[1].lanes,
      ElementsAre(LaneConfig{2s, 2s, 6s}, LaneConfig{20s, 5s, 120s}, LaneConfig{60s, 15s, 180s}));
}

TEST(Lanes, MaxAgeIsNeverBelowIntervalAndDeadline) {
  const auto config = Parse(
      "lanes: {pulse: {interval: 1s, deadline: 30s}, inventory: 3min}\n"
      "clusters: [{name: a, nodes: [{name: b, host: c}]}]",
      "f.yml", ProcessEnvironment());
  ASSERT_TRUE(config.has_value()) << Text(config.error());
  EXPECT_EQ(config->clusters[0].lanes[0].max_age, 31s);
  EXPECT_EQ(config->clusters[0].lanes[2].max_age, 240s);
}

TEST(Connection, NodeIsLaidOverClusterOverFleet) {
  const Config config = LoadGood("layers");
  ASSERT_EQ(config.clusters.size(), 2U);
  EXPECT_THAT(
      config.clusters[0].nodes[0].connection,
      ElementsAre(Pair("dbname", "postgres"), Pair("host", "10.0.0.1"), Pair("port", "6001"),
                  Pair("sslmode", "verify-ca"), Pair("user", "cluster")));
  EXPECT_THAT(config.clusters[0].nodes[1].connection,
              ElementsAre(Pair("dbname", "postgres"), Pair("host", "10.0.0.2"),
                          Pair("port", "6002"), Pair("sslmode", "require"), Pair("user", "node")));
}

TEST(Connection, OnlySocketsAndLoopbackGoWithoutVerification) {
  const Config config = LoadGood("sockets_and_loopback");
  ASSERT_EQ(config.clusters.size(), 1U);
  std::map<std::string, std::string> modes;
  for (const NodeConfig& node : config.clusters[0].nodes)
    modes[node.name] = node.connection.contains("sslmode") ? node.connection.at("sslmode") : "";
  EXPECT_THAT(
      modes,
      ElementsAre(Pair("abstract", "prefer"), Pair("four", "prefer"), Pair("mapped", "verify-full"),
                  Pair("name", "prefer"), Pair("remote", "verify-full"), Pair("service", ""),
                  Pair("six", "prefer"), Pair("socket", "prefer"), Pair("tunnel", "prefer")));
}

TEST(Connection, VariablesAreReplacedOnceAndDollarsKept) {
  const Config config =
      LoadGood("variables", [](const std::string& name) -> std::optional<std::string> {
        return name == "PGFLEET_TEST_DOMAIN" ? "example.org" : "${HOME}";
      });
  ASSERT_EQ(config.clusters.size(), 1U);
  const auto& connection = config.clusters[0].nodes[0].connection;
  EXPECT_EQ(connection.at("host"), "pg.example.org");
  EXPECT_EQ(connection.at("password"), "${HOME}");
  EXPECT_EQ(connection.at("user"), "${literal}$");
  EXPECT_EQ(connection.at("dbname"), "a$b");
}

TEST_F(ConfigFileTest, PassfileThatOthersCanReadIsAFaultBecauseLibpqIgnoresIt) {
  EXPECT_EQ(FaultsOf("passfile: " + Write("fine", "x")), "");
  EXPECT_THAT(FaultsOf("passfile: " + Write("open", "x", 0640)),
              HasSubstr("libpq ignores it: chmod 0600"));
  EXPECT_THAT(FaultsOf("password_file: " + Write("open2", "x", 0604)), HasSubstr("chmod 0600"));
  EXPECT_THAT(FaultsOf("password_file: " + folder_), HasSubstr("is not a regular file"));
}

TEST_F(ConfigFileTest, SystemdCredentialMayShowGroupBits) {
  const auto environment = [&](const std::string& name) -> std::optional<std::string> {
    return name == "CREDENTIALS_DIRECTORY" ? std::optional(folder_) : std::nullopt;
  };
  const std::string credential = "password_file: \"${CREDENTIALS_DIRECTORY}/";
  Write("password", "x", 0440);
  Write("exposed", "x", 0444);
  EXPECT_EQ(FaultsOf(credential + "password\"", environment), "");
  EXPECT_THAT(FaultsOf(credential + "exposed\"", environment), HasSubstr("chmod 0600"));
}

TEST_F(ConfigFileTest, CertificatesAreFoundOrNamedWithTheirPlace) {
  EXPECT_EQ(FaultsOf("sslrootcert: " + Write("root.crt", "x", 0644)), "");
  EXPECT_EQ(FaultsOf("sslrootcert: system"), "");
  EXPECT_EQ(FaultsOf("sslcrldir: " + folder_), "");
  EXPECT_THAT(FaultsOf("sslkey: " + Write("key", "x", 0644)),
              HasSubstr("'sslkey': group or others"));
  EXPECT_EQ(FaultsOf("sslcert: /nonexistent"),
            "f.yml:1:23: 'sslcert': the file cannot be read: No such file or directory\n");
}

TEST_F(ConfigFileTest, OnlyARegularReadableFileIsLoaded) {
  const auto fault = [](const std::string& path) {
    const auto config = Load(path, ProcessEnvironment());
    return config ? "" : Text(config.error());
  };
  EXPECT_EQ(fault(folder_), folder_ + ": not a regular file\n");
  EXPECT_EQ(fault("/dev/zero"), "/dev/zero: not a regular file\n");
  EXPECT_EQ(fault(folder_ + "/none"),
            folder_ + "/none: the file cannot be opened: No such file or directory\n");
  const std::string fifo = folder_ + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(fault(fifo), fifo + ": not a regular file\n");
  const std::string large = Write("large", "#" + std::string(2 << 20, 'x'));
  EXPECT_EQ(fault(large), large + ": the file is larger than 2 MiB\n");
}

TEST(Config, ManyFaultsAreCountedAndNotAllShown) {
  std::string text = "clusters: [{name: a, nodes: [{name: b, host: c}]}]\n";
  for (int i = 0; i < 1000; ++i) text += "key" + std::to_string(i) + ": 1\n";
  const auto config = Parse(text, "f.yml", ProcessEnvironment());
  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().size(), 201U);
  EXPECT_EQ(config.error().back().Text(), "f.yml: 800 more faults are not shown");
}

TEST(Config, WithoutAFileThereIsOneNodeNamedByItsHost) {
  ::unsetenv("PGSSLMODE");
  const Config remote = SingleNode({{"host", "db.example.org"}});
  EXPECT_EQ(remote.clusters.at(0).name, "default");
  EXPECT_EQ(remote.clusters[0].lanes, DefaultLanes());
  EXPECT_EQ(remote.clusters[0].nodes.at(0).name, "db.example.org");
  EXPECT_THAT(remote.clusters[0].nodes[0].connection,
              ElementsAre(Pair("host", "db.example.org"), Pair("sslmode", "verify-full")));
  EXPECT_EQ(SingleNode({{"host", "/run/postgresql"}}).clusters[0].nodes[0].name, "local");
  EXPECT_EQ(SingleNode({}).clusters[0].nodes[0].name, "local");
  EXPECT_THAT(SingleNode({}).clusters[0].nodes[0].connection, testing::IsEmpty());
  EXPECT_EQ(SingleNode({{"hostaddr", "127.0.0.1"}}).clusters[0].nodes[0].name, "127.0.0.1");
  EXPECT_EQ(SingleNode({{"host", "a"}, {"sslmode", "disable"}})
                .clusters[0]
                .nodes[0]
                .connection.at("sslmode"),
            "disable");
}

TEST(Config, WithoutAFilePgsslmodeHolds) {
  ::setenv("PGSSLMODE", "require", 1);
  const Config config = SingleNode({{"host", "db.example.org"}});
  ::unsetenv("PGSSLMODE");
  EXPECT_FALSE(config.clusters.at(0).nodes.at(0).connection.contains("sslmode"));
}

}  // namespace
}  // namespace pgfleet::config
