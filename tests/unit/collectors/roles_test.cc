#include <gtest/gtest.h>

#include "page.h"

namespace pgfleet::collectors {
namespace {

std::int64_t Count(const std::vector<model::RoleCount>& counts, std::string_view attribute,
                   bool managed) {
  for (const auto& count : counts)
    if (count.attribute == attribute && count.managed == managed) return count.count;
  return -1;
}

TEST(Roles, WhatTheServerDoesNotCountIsZero) {
  model::NodeFacts facts;
  MustDecode(kRoles,
             Answer(kRoles, {{"role", "superuser", "f", "2"},
                             {"role", "superuser", "t", "1"},
                             {"membership", "any", "f", "5"}}),
             facts);
  EXPECT_EQ(facts.roles->roles.size(), 14U);
  EXPECT_EQ(facts.roles->memberships.size(), 4U);
  EXPECT_EQ(Count(facts.roles->roles, "superuser", false), 2);
  EXPECT_EQ(Count(facts.roles->roles, "superuser", true), 1);
  EXPECT_EQ(Count(facts.roles->roles, "login", true), 0);
  EXPECT_EQ(Count(facts.roles->memberships, "any", false), 5);
  EXPECT_EQ(Count(facts.roles->memberships, "admin", false), 0);
}

TEST(Roles, ACountThatWasNotAskedForIsRefused) {
  EXPECT_EQ(Refusal(kRoles, Answer(kRoles, {{"role", "godlike", "f", "1"}})),
            model::FailureReason::kBadValue);
  EXPECT_EQ(Refusal(kRoles, Answer(kRoles, {{"role", "login", "f", "many"}})),
            model::FailureReason::kBadValue);
}

}  // namespace
}  // namespace pgfleet::collectors
