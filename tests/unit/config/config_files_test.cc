// Every file of tests/configs/bad holds one fault (or a few of a kind) and has beside it exactly
// what is said about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "config/config.h"

namespace pgfleet::config {
namespace {

namespace fs = std::filesystem;
const fs::path kConfigs = fs::path(PGFLEET_SOURCE_DIR) / "tests/configs";

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> NamesIn(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".yml") names.push_back(entry.path().stem());
  std::ranges::sort(names);
  return names;
}

std::optional<std::string> TestEnvironment(const std::string& name) {
  if (name == "PGFLEET_TEST_PASSWORD") return "s3cret";
  if (name == "PGFLEET_TEST_DOMAIN") return "example.org";
  return std::nullopt;
}

class BadConfig : public testing::TestWithParam<std::string> {};

TEST_P(BadConfig, IsRefusedInTheseWords) {
  const fs::path file = kConfigs / "bad" / (GetParam() + ".yml");
  const fs::path expected = kConfigs / "bad" / (GetParam() + ".txt");
  const auto config = Parse(ReadAll(file), GetParam() + ".yml", TestEnvironment);
  ASSERT_FALSE(config.has_value());
  const std::string said = Text(config.error());
  EXPECT_THAT(said, testing::Not(testing::HasSubstr("s3cret")));
  if (std::getenv("PGFLEET_UPDATE_EXPECTED") != nullptr) std::ofstream(expected) << said;
  ASSERT_TRUE(fs::exists(expected));
  EXPECT_EQ(said, ReadAll(expected));
}

INSTANTIATE_TEST_SUITE_P(Files, BadConfig, testing::ValuesIn(NamesIn(kConfigs / "bad")),
                         [](const auto& test) { return test.param; });

class GoodConfig : public testing::TestWithParam<std::string> {};

TEST_P(GoodConfig, IsAccepted) {
  const auto config = Load(kConfigs / "good" / (GetParam() + ".yml"), TestEnvironment);
  EXPECT_TRUE(config.has_value()) << Text(config.error());
}

INSTANTIATE_TEST_SUITE_P(Files, GoodConfig, testing::ValuesIn(NamesIn(kConfigs / "good")),
                         [](const auto& test) { return test.param; });

TEST(ConfigFiles, EveryExpectationBelongsToAFile) {
  for (const auto& entry : fs::directory_iterator(kConfigs / "bad"))
    EXPECT_TRUE(fs::exists(fs::path(entry.path()).replace_extension(".yml"))) << entry.path();
}

}  // namespace
}  // namespace pgfleet::config
