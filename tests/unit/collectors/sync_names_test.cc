#include "collectors/sync_names.h"

#include <gtest/gtest.h>

namespace pgfleet::collectors {
namespace {

TEST(SyncNames, NothingIsRequiredByAnEmptySetting) {
  EXPECT_EQ(RequiredStandbys(""), 0);
  EXPECT_EQ(RequiredStandbys(" \t\n"), 0);
}

TEST(SyncNames, ABareListAsksForOne) {
  for (const char* list : {"a", "a,b", " a , b ", "*", "pg_2$x", "\"pg 2, (x)\"", "\"a\"\"b\", c",
                           "\"FIRST\"", "\xC3\xA9t\xC3\xA9", "firsts, anyone"})
    EXPECT_EQ(RequiredStandbys(list), 1) << list;
}

TEST(SyncNames, ANumberMayBeAName) {
  EXPECT_EQ(RequiredStandbys("3"), 1);
  EXPECT_EQ(RequiredStandbys("3, 4"), 1);
  EXPECT_EQ(RequiredStandbys("2 (3, 4)"), 2);
}

TEST(SyncNames, ACountedListAsksForItsCount) {
  EXPECT_EQ(RequiredStandbys("2 (a, b)"), 2);
  EXPECT_EQ(RequiredStandbys("2(a,b,c)"), 2);
  EXPECT_EQ(RequiredStandbys("FIRST 3 (a, b, c)"), 3);
  EXPECT_EQ(RequiredStandbys("first 1 (*)"), 1);
  EXPECT_EQ(RequiredStandbys("ANY 2 (\"a)\", b)"), 2);
  EXPECT_EQ(RequiredStandbys("aNy 10(a , b) "), 10);
}

TEST(SyncNames, WhatTheServerWouldRefuseIsNotGuessed) {
  for (const char* bad : {"FIRST",   "ANY",      "FIRST 2", "ANY (a)",
                          "FIRST a", "ANY 2 ()", "2 (a",    "2 (a,)",
                          "2 (a) b", "a,",       ",a",      "a b",
                          "\"a",     "0 (a)",    "-1 (a)",  "99999999999999999999 (a)",
                          "a;b",     "(a)",      "a (b)",   "ANY, b",
                          "any"})
    EXPECT_EQ(RequiredStandbys(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace pgfleet::collectors
