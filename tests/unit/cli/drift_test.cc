#include "cli/drift.h"

#include <gmock/gmock.h>

namespace pgfleet::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

model::ClusterSnapshot Compared() {
  model::ClusterSnapshot cluster{.name = "orders"};
  cluster.nodes.resize(2);
  cluster.nodes[0].declared.name = "pg1";
  cluster.nodes[1].declared.name = "pg2";
  model::DriftReport report{.reference = 0};
  report.nodes.resize(2);
  for (auto& node : report.nodes) {
    node.node.emplace();
    node.baseline.emplace();
  }
  report.access.emplace();
  cluster.drift = std::make_shared<const model::DriftReport>(std::move(report));
  return cluster;
}

model::ClusterSnapshot With(const std::function<void(model::DriftReport&)>& change) {
  auto cluster = Compared();
  model::DriftReport report = *cluster.drift;
  change(report);
  cluster.drift = std::make_shared<const model::DriftReport>(std::move(report));
  return cluster;
}

std::string TextOf(model::ClusterSnapshot cluster) {
  return DriftText({{std::make_shared<const model::ClusterSnapshot>(std::move(cluster))}});
}
bool NothingDiffersIn(model::ClusterSnapshot cluster) {
  return NothingDiffers({{std::make_shared<const model::ClusterSnapshot>(std::move(cluster))}});
}

TEST(Drift, OfAlikeNodesIsNothing) {
  EXPECT_TRUE(NothingDiffersIn(Compared()));
  EXPECT_EQ(TextOf(Compared()), "0 differences\n");
}

TEST(Drift, IsATableWithTheValues) {
  const auto cluster = With([](model::DriftReport& report) {
    report.nodes[1].node->push_back(
        {.setting = "work_mem", .expected = "4MB", .actual = "64MB", .note = ""});
    report.access->drift.push_back({.kind = model::AccessKind::kUnexpectedMembership,
                                    .role = "reporting",
                                    .detail = "readwrite",
                                    .expected = "",
                                    .actual = "member"});
  });
  EXPECT_FALSE(NothingDiffersIn(cluster));
  EXPECT_EQ(TextOf(cluster),
            "CLUSTER  NODE  KIND                   NAME                  EXPECTED  ACTUAL\n"
            "orders   pg2   node                   work_mem              4MB       64MB\n"
            "orders   *     unexpected_membership  reporting: readwrite            member\n"
            "\n2 differences\n");
}

TEST(Drift, KeepsHostileNamesOnTheirLine) {
  const auto text = TextOf(With([](model::DriftReport& report) {
    report.access->drift.push_back({.kind = model::AccessKind::kUnexpectedRole,
                                    .role = "a\nb\x1b[31m\xff größe",
                                    .detail = "",
                                    .expected = "",
                                    .actual = ""});
  }));
  EXPECT_THAT(text, HasSubstr("größe"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("a\nb")));
}

TEST(Drift, WhatCouldNotBeComparedIsNotCalledAlike) {
  auto cluster = Compared();
  cluster.drift = nullptr;
  EXPECT_FALSE(NothingDiffersIn(cluster));
  EXPECT_THAT(TextOf(cluster), HasSubstr("orders: no elected primary to compare with"));
  const auto hidden = With([](model::DriftReport& report) { report.nodes[1].node.reset(); });
  EXPECT_FALSE(NothingDiffersIn(hidden));
  EXPECT_THAT(TextOf(hidden), HasSubstr("orders/pg2: its settings could not be compared"));
  const auto no_roles = With([](model::DriftReport& report) { report.access.reset(); });
  EXPECT_FALSE(NothingDiffersIn(no_roles));
}

TEST(Drift, WhatIsDeclaredAndCannotBeSeenIsNotCalledAlike) {
  const auto cluster =
      With([](model::DriftReport& report) { report.nodes[1].unchecked = {"pgaudit.log"}; });
  EXPECT_FALSE(NothingDiffersIn(cluster));
  EXPECT_THAT(TextOf(cluster), HasSubstr("orders/pg2: declared, but not to be seen"));
}

TEST(Drift, SettingsOfDeclaredRolesMustBeKnown) {
  auto cluster = Compared();
  EXPECT_TRUE(NothingDiffersIn(cluster));
  cluster.declared.access = model::Shared(model::DesiredAccess{.roles = {{}}, .ignore = {}});
  EXPECT_FALSE(NothingDiffersIn(cluster));
  EXPECT_THAT(TextOf(cluster), HasSubstr("ALTER ROLE SET"));
}

TEST(Drift, WhatWaitsForARestartIsNamedButIsNone) {
  auto cluster = Compared();
  cluster.nodes[1].facts.settings = std::make_shared<const model::SettingsFacts>(
      model::SettingsFacts{.pending_restart = {"max_wal_senders"}});
  EXPECT_TRUE(NothingDiffersIn(cluster));
  EXPECT_THAT(TextOf(cluster), HasSubstr("orders/pg2: waits for a restart: max_wal_senders"));
}

}  // namespace
}  // namespace pgfleet::cli
