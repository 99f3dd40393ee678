#include "cli/grants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace pgfleet::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Grants, KnowTheMajorOfAVersion) {
  EXPECT_EQ(ParseMajor("9.6"), 9);
  EXPECT_EQ(ParseMajor("9.6.24"), 9);
  EXPECT_EQ(ParseMajor("10"), 10);
  EXPECT_EQ(ParseMajor("15.3"), 15);
  EXPECT_EQ(ParseMajor("19"), 19);
  for (const char* bad : {"", "9", "9.5", "9.60", "8", "0", "-15", "15.", "15devel", "v15", "15 ",
                          "150003", "99999999999999"})
    EXPECT_FALSE(ParseMajor(bad)) << bad;
}

TEST(Grants, AreCommittedAsTheCodeSaysThem) {
  for (int major = 9; major <= 18; ++major) {
    const std::string path = std::string(PGFLEET_SOURCE_DIR "/deploy/sql/monitoring-role-") +
                             (major == 9 ? "9.6" : std::to_string(major)) + ".sql";
    const std::string text = GrantsText(major, "pgfleet");
    if (std::getenv("PGFLEET_UPDATE") != nullptr) std::ofstream(path) << text;
    std::ifstream file(path);
    const std::string committed{std::istreambuf_iterator<char>(file), {}};
    EXPECT_TRUE(committed == text)
        << path << " is not what the code says: write it again with PGFLEET_UPDATE=1";
  }
}

TEST(Grants, ForAVersionThatIsNotKnownSaySo) {
  const std::string text = GrantsText(19, "pgfleet");
  EXPECT_THAT(text, HasSubstr("PostgreSQL 19 is newer than this exporter knows"));
  EXPECT_THAT(text, HasSubstr("< 18 THEN"));
  EXPECT_THAT(text, HasSubstr("GRANT pg_use_reserved_connections"));
  EXPECT_THAT(GrantsText(18, "pgfleet"), Not(HasSubstr("newer")));
}

TEST(Grants, NameTheRoleEverywhere) {
  const std::string text = GrantsText(15, "other");
  EXPECT_THAT(text, HasSubstr("GRANT pg_monitor TO \"other\";"));
  EXPECT_THAT(text, HasSubstr("\\password \"other\""));
  EXPECT_THAT(text, Not(HasSubstr("\"pgfleet\"")));
}

}  // namespace
}  // namespace pgfleet::cli
