#include <gmock/gmock.h>

#include "collectors/catalog.h"
#include "servers/world.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

// major, collector, node, user
using Case = std::tuple<int, std::string, std::string, std::string>;

std::vector<std::string> CollectorNames() {
  std::vector<std::string> names;
  for (const collectors::Collector* collector : collectors::Catalog())
    names.emplace_back(collector->name);
  return names;
}

std::string CaseName(const testing::TestParamInfo<Case>& info) {
  const auto& [major, collector, node, user] = info.param;
  return std::to_string(major) + "_" + collector + "_" + node + "_" + user;
}

// On 9.6, which has no pg_monitor, `mon` is one too.
bool IsPlain(int major, const std::string& user) {
  return user == "plain" || (user == "mon" && major < 10);
}

// What a role without pg_monitor cannot see: the rows are there, their columns are NULL.
bool IsHiddenFromPlainRoles(const std::string& collector, const std::string& node) {
  return (collector == "walsenders" && node == "pg1") ||
         (collector == "sync_waits" && node == "pg1") ||
         (collector == "walreceiver" && node == "pg2");
}

// What the server keeps for superusers until they grant it.
bool IsRefused(const std::string& collector, const std::string& user) {
  return collector == "replication_origins" && user != "postgres";
}

class Matrix : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Server, Matrix,
                         testing::Combine(testing::ValuesIn(Majors()),
                                          testing::ValuesIn(CollectorNames()),
                                          testing::Values("pg1", "pg2"),
                                          testing::Values("postgres", "mon", "plain")),
                         CaseName);

TEST_P(Matrix, TheSqlRunsAndTheAnswerIsWhatTheDecoderExpects) {
  const auto& [major, name, node, user] = GetParam();
  const collectors::Collector& collector = CollectorNamed(name);
  if (pg::SqlFor(collector.sql, major * 10000).empty()) return;  // this major is not asked
  const CollectorRun run = RunCollector(collector, SharedPair(major).node(node), user);
  if (IsRefused(name, user)) {
    EXPECT_EQ(run.answer.sqlstate, "42501") << run.answer.message;
    return;
  }
  ASSERT_TRUE(run.answer.ok()) << run.answer.message;
  ASSERT_EQ(run.answer.columns.size(), collector.columns);
  if (IsPlain(major, user) && IsHiddenFromPlainRoles(name, node)) {
    ASSERT_FALSE(run.decoded.has_value()) << "a role without pg_monitor cannot know this";
    EXPECT_EQ(Name(run.decoded.error().reason), Name(model::FailureReason::kPermission));
  } else {
    EXPECT_TRUE(run.decoded.has_value()) << run.decoded.error().detail;
  }
}

}  // namespace
}  // namespace pgfleet::test
