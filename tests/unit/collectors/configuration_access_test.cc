#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(FileSettings, GoOutAsCountsWithoutNames) {
  OneNode one;
  MustDecode(kFileSettings, Answer(kFileSettings, {{"0", "f", "2", "log_destination,work_mem"}}),
             one.facts());
  EXPECT_THAT(one.facts().file_settings->pending_names, ElementsAre("log_destination", "work_mem"));
  EXPECT_EQ(one.Page(kFileSettings),
            "pgfleet_settings_file_errors{file=\"postgresql.conf\"} 0\n"
            "pgfleet_settings_reload_refused 0\n"
            "pgfleet_settings_pending_reload 2\n");
}

TEST(FileSettings, NoNamesAreNone) {
  model::NodeFacts facts;
  MustDecode(kFileSettings, Answer(kFileSettings, {{"1", "t", "0", ""}}), facts);
  EXPECT_TRUE(facts.file_settings->reload_refused);
  EXPECT_THAT(facts.file_settings->pending_names, IsEmpty());
}

TEST(RuleFiles, ShareOneFamily) {
  OneNode one;
  MustDecode(kHbaRules, Answer(kHbaRules, {{"3", "0", kNull}}), one.facts());
  EXPECT_EQ(one.facts().hba_rules->fingerprint, "");
  EXPECT_EQ(one.Page(kHbaRules), "pgfleet_settings_file_errors{file=\"pg_hba.conf\"} 3\n");
  MustDecode(kIdentMappings, Answer(kIdentMappings, {{"0", "2", "ab"}}), one.facts());
  EXPECT_EQ(one.Page(kIdentMappings), "pgfleet_settings_file_errors{file=\"pg_ident.conf\"} 0\n");
}

TEST(RuleFiles, NoSqlReadsTheOptions) {
  for (const auto& variant : kHbaRules.sql)
    EXPECT_EQ(variant.sql.find("options"), std::string_view::npos);
}

TEST(RoleSettings, NoneAreZero) {
  OneNode one;
  MustDecode(kRoleSettings, Answer(kRoleSettings, {}), one.facts());
  EXPECT_EQ(one.Page(kRoleSettings), "pgfleet_role_settings 0\n");
}

TEST(RoleSettings, TheCountGoesBeyondTheRows) {
  OneNode one;
  MustDecode(kRoleSettings, Answer(kRoleSettings, {{"2000", kNull, "r", "work_mem", "ab"}}),
             one.facts());
  EXPECT_EQ(one.Page(kRoleSettings), "pgfleet_role_settings 2000\n");
}

TEST(RoleList, WhatHasNoSeriesIsCounted) {
  pg::Rows rows;
  rows.SetColumns(kRoleList.columns);
  for (int i = 0; i < 203; ++i) {
    rows.Append("205");
    rows.Append("role" + std::to_string(i));
    for (const char* cell : {"f", "t", "f", "f", "t", "f", "f", "-1", "1927857906"})
      rows.Append(cell);
  }
  OneNode one;
  MustDecode(kRoleList, rows, one.facts());
  EXPECT_EQ(one.Page(kRoleList),
            "pgfleet_series_dropped{kind=\"role\"} 2\n"
            "pgfleet_series_dropped{kind=\"role_password_expiry\"} 3\n");
}

TEST(Memberships, OptionsAreAbsentBefore16) {
  model::NodeFacts facts;
  MustDecode(kMemberships,
             Answer(kMemberships, {{"2", "team", "a", "postgres", "t", kNull, kNull},
                                   {"2", "team", "b", kNull, "f", "t", "f"}}),
             facts);
  const auto& edges = facts.memberships->memberships;
  EXPECT_EQ(edges[0], (model::Membership{"team", "a", "postgres", true, {}, {}}));
  EXPECT_EQ(edges[1], (model::Membership{"team", "b", "", false, true, false}));
}

TEST(PasswordMethods, AHashInTheMethodsPlaceIsRefused) {
  EXPECT_EQ(Refusal(kPasswordMethods,
                    Answer(kPasswordMethods, {{"1", "a", "md5d41d8cd98f00b204e9800998ecf8427e"}})),
            model::FailureReason::kBadValue);
  EXPECT_EQ(Refusal(kPasswordMethods, Answer(kPasswordMethods, {{"1", "a", "md5"}})), std::nullopt);
}

}  // namespace
}  // namespace pgfleet::collectors
