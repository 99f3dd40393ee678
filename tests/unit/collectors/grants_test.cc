#include "collectors/grants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "collectors/catalog.h"

namespace pgfleet::collectors {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Grants, SayOfEachBlockWhatItBuys) {
  for (const Grant& grant : Grants()) {
    EXPECT_FALSE(grant.buys.empty()) << grant.sql;
    EXPECT_LE(grant.from, grant.to) << grant.sql;
    EXPECT_TRUE(grant.sql.ends_with(";\n")) << grant.sql;
  }
}

TEST(Grants, NameOnlyCollectorsThatExist) {
  for (const Grant& grant : Grants())
    for (const auto name : grant.collectors)
      EXPECT_EQ(std::ranges::count(Catalog(), name, &Collector::name), 1) << name;
}

// A helper that a collector falls back to is in the SQL of every major for which it does.
TEST(Grants, HoldEveryHelperThatACollectorFallsBackTo) {
  const std::regex helper(R"(pgfleet\.\w+\(\))");
  int found = 0;
  for (const Collector* collector : Catalog()) {
    for (const auto& variant : collector->fallback) {
      const std::string sql(variant.sql);
      for (auto at = std::sregex_iterator(sql.begin(), sql.end(), helper);
           at != std::sregex_iterator(); ++at, ++found)
        for (int major = variant.from; major <= std::min(variant.to, pg::kNewestKnownMajor);
             ++major)
          EXPECT_THAT(GrantsSql(major, "r"), HasSubstr("CREATE FUNCTION " + at->str()))
              << collector->name << " on " << major;
    }
  }
  EXPECT_GE(found, 3);
}

TEST(Grants, EveryHelperIsTakenFromThePublicAndHasASearchPath) {
  for (const Grant& grant : Grants()) {
    if (!grant.sql.contains("CREATE FUNCTION")) continue;
    EXPECT_THAT(std::string(grant.sql),
                HasSubstr("SECURITY DEFINER SET search_path = pg_catalog, pg_temp"));
    EXPECT_THAT(std::string(grant.sql), HasSubstr("REVOKE ALL ON FUNCTION"));
  }
}

TEST(Grants, QuoteTheRoleOnceAndForAll) {
  const std::string sql = GrantsSql(15, R"(a"b'c\{role})");
  EXPECT_THAT(sql, HasSubstr(R"(GRANT pg_monitor TO "a""b'c\{role}";)"));
  EXPECT_THAT(sql, HasSubstr(R"(rolname = E'a"b''c\\{role}')"));
  EXPECT_THAT(GrantsSql(15, "$pgfleet$"), HasSubstr("DO $pgfleet_$\n"));
}

TEST(Grants, OfALaterServerAreThoseOfTheNewestKnown) {
  EXPECT_EQ(GrantsSql(25, "r"), GrantsSql(pg::kNewestKnownMajor, "r"));
  EXPECT_THAT(GrantsSql(9, "r"), Not(HasSubstr("GRANT pg_monitor")));
}

TEST(Grants, ARoleHasANameThatPostgresTakes) {
  for (const char* good : {"pgfleet", "Größe", "a b", "a\"b"}) EXPECT_TRUE(IsRoleName(good));
  for (const std::string& bad :
       {std::string(), std::string("a\nb"), std::string("pg_monitor"), std::string("public"),
        std::string("none"), std::string(64, 'a'), std::string("a\0b", 3)})
    EXPECT_FALSE(IsRoleName(bad)) << bad;
}

}  // namespace
}  // namespace pgfleet::collectors
