// The reference and the example hold what the reader's own tables hold.
#include "config/schema.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "config/faults.h"
#include "config/keywords.h"
#include "config/yaml_tree.h"

namespace pgfleet::config {
namespace {

const std::string kSource = PGFLEET_SOURCE_DIR;

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string Table(std::string_view where) {
  const bool keywords = where == "connection";
  std::string table = keywords ? "| keyword | |\n|---|---|\n"
                               : "| key | value | without it | |\n|---|---|---|---|\n";
  for (const KeyDoc& key : Schema()) {
    if (key.where != where) continue;
    table += keywords ? fmt::format("| `{}` | {} |\n", key.name, key.help)
                      : fmt::format("| `{}` | {} | {} | {} |\n", key.name, key.form, key.fallback,
                                    key.help);
  }
  return table;
}

std::string RefusedTable() {
  std::string table = "| keyword | why |\n|---|---|\n";
  for (const Keyword& keyword : Keywords())
    if (keyword.kind == KeywordKind::kRefused)
      table += fmt::format("| `{}` | {} |\n", keyword.name, keyword.note);
  return table;
}

class Reference : public testing::TestWithParam<std::string> {};

// With PGFLEET_UPDATE_EXPECTED set the page is brought up to date instead.
TEST_P(Reference, TableIsCurrent) {
  const std::string path = kSource + "/docs/configuration.md";
  std::string page = ReadAll(path);
  const std::string begin = "<!-- keys: " + GetParam() + " -->\n";
  const std::string end = "<!-- end -->";
  const auto from = page.find(begin);
  ASSERT_NE(from, std::string::npos);
  const auto to = page.find(end, from);
  ASSERT_NE(to, std::string::npos);
  const std::string current = GetParam() == "refused" ? RefusedTable() : Table(GetParam());
  const std::string written = page.substr(from + begin.size(), to - from - begin.size());
  if (std::getenv("PGFLEET_UPDATE_EXPECTED") != nullptr && written != current)
    std::ofstream(path) << page.replace(from + begin.size(), written.size(), current);
  else
    EXPECT_EQ(written, current);
}

INSTANTIATE_TEST_SUITE_P(Tables, Reference,
                         testing::Values("top", "cluster", "node", "objectives", "expect", "cdc",
                                         "settings", "rule", "role", "member", "lanes", "lane",
                                         "connection", "refused"));

TEST(Schema, EveryPlaceHasKeys) {
  std::set<std::string_view> places;
  for (const KeyDoc& key : Schema()) places.insert(key.where);
  EXPECT_THAT(places, testing::UnorderedElementsAre("top", "cluster", "node", "objectives",
                                                    "expect", "cdc", "settings", "rule", "role",
                                                    "member", "lanes", "lane", "connection"));
}

void CollectKeys(const YamlNode& node, std::set<std::string>& keys) {
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (node.kind == YamlNode::Kind::kMapping && i % 2 == 0) keys.insert(node.items[i].text);
    CollectKeys(node.items[i], keys);
  }
}

TEST(Example, IsAccepted) {
  const auto config = Load(kSource + "/deploy/pgfleet.example.yml", ProcessEnvironment());
  EXPECT_TRUE(config.has_value()) << Text(config.error());
}

TEST(Example, ShowsEveryKeyThatWorks) {
  Faults faults("example");
  const auto tree = ReadYaml(ReadAll(kSource + "/deploy/pgfleet.example.yml"), faults);
  ASSERT_TRUE(tree.has_value());
  std::set<std::string> keys;
  CollectKeys(*tree, keys);
  for (const KeyDoc& key : Schema()) {
    if (key.where == "connection") continue;
    EXPECT_TRUE(keys.contains(std::string(key.name))) << key.where << ": " << key.name;
  }
}

TEST(Keywords, AreInOrderWithoutRepetition) {
  for (std::size_t i = 1; i < Keywords().size(); ++i)
    EXPECT_LT(Keywords()[i - 1].name, Keywords()[i].name);
}

}  // namespace
}  // namespace pgfleet::config
