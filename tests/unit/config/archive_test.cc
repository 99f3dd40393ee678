#include <gtest/gtest.h>

#include "config/config.h"

namespace pgfleet::config {
namespace {

TEST(Archive, DirectoryOfAClusterIsTakenAsItIs) {
  const auto config = Load(std::string(PGFLEET_SOURCE_DIR) + "/tests/configs/good/archive.yml",
                           ProcessEnvironment());
  ASSERT_TRUE(config.has_value()) << Text(config.error());
  EXPECT_EQ(config->clusters[0].declared.archive_directory, "/mnt/wal archive/orders/");
}

TEST(Archive, OfOneClusterIsNotThatOfAnother) {
  const auto config = Parse(
      "clusters: [{name: a, archive: {directory: /wal/a}, nodes: [{name: x, host: h}]},"
      " {name: b, nodes: [{name: x, host: h}]}]",
      "f.yml", ProcessEnvironment());
  ASSERT_TRUE(config.has_value()) << Text(config.error());
  EXPECT_EQ(config->clusters[0].declared.archive_directory, "/wal/a");
  EXPECT_EQ(config->clusters[1].declared.archive_directory, "");
}

}  // namespace
}  // namespace pgfleet::config
