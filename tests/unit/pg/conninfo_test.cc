#include "pg/conninfo.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace pgfleet::pg {
namespace {

// libpq reads its defaults from the environment: each test begins without any.
class Conninfo : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name :
         {"PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR"})
      unsetenv(name);
    folder_ =
        std::filesystem::temp_directory_path() / ("pgfleet-conninfo-" + std::to_string(getpid()));
    std::filesystem::create_directory(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

  std::filesystem::path folder_;
};

TEST_F(Conninfo, ReadsUrisAndKeywordStrings) {
  const auto uri = ParseDsn("postgresql://bob:secret@db.example:5433/app?sslmode=require");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->at("host"), "db.example");
  EXPECT_EQ(uri->at("port"), "5433");
  EXPECT_EQ(uri->at("sslmode"), "require");
  const auto words = ParseDsn("host=/run/postgresql user=bob");
  ASSERT_TRUE(words);
  EXPECT_EQ(words->at("host"), "/run/postgresql");
}

TEST_F(Conninfo, RefusesWithoutEchoingWhatMayBeAPassword) {
  const auto bad = ParseDsn("password=hunter2 nonsense");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().find("hunter2"), std::string::npos);
}

TEST_F(Conninfo, OnlyNamesNeedResolving) {
  EXPECT_TRUE(MakeTarget({{"host", "db.example"}})->needs_resolving);
  EXPECT_FALSE(MakeTarget({{"host", "db.example"}, {"hostaddr", "10.0.0.1"}})->needs_resolving);
  EXPECT_FALSE(MakeTarget({{"host", "10.0.0.1"}})->needs_resolving);
  EXPECT_FALSE(MakeTarget({{"host", "::1"}})->needs_resolving);
  EXPECT_FALSE(MakeTarget({{"host", "/run/postgresql"}})->needs_resolving);
  EXPECT_FALSE(MakeTarget({})->needs_resolving);
}

TEST_F(Conninfo, AnAddressAsHostSparesLibpqTheLookUp) {
  EXPECT_EQ(MakeTarget({{"host", "10.0.0.1"}})->keywords.at("hostaddr"), "10.0.0.1");
}

TEST_F(Conninfo, TakesHostAndPortFromTheEnvironmentOnlyWhereNoneIsGiven) {
  setenv("PGHOST", "from.environment", 1);
  setenv("PGPORT", "6543", 1);
  EXPECT_EQ(MakeTarget({})->host, "from.environment");
  EXPECT_EQ(MakeTarget({{"host", "declared"}})->host, "declared");
  EXPECT_EQ(MakeTarget({{"host", "declared"}})->port, "6543");
}

TEST_F(Conninfo, GoesToTheDatabaseThatEveryServerHas) {
  unsetenv("PGDATABASE");
  EXPECT_EQ(MakeTarget({{"user", "pgfleet"}})->keywords.at("dbname"), "postgres");
  EXPECT_EQ(MakeTarget({{"dbname", "app"}})->keywords.at("dbname"), "app");
  setenv("PGDATABASE", "mine", 1);
  EXPECT_FALSE(MakeTarget({})->keywords.contains("dbname"));
  unsetenv("PGDATABASE");
}

TEST_F(Conninfo, LaysTheServiceUnderWhatIsGiven) {
  setenv("PGSERVICEFILE",
         Write("services",
               "# fleet\n[other]\nhost=wrong\n[orders]\nhost=db.example\nport=5433\n"
               "user=monitor \n[last]\nhost=wrong\n")
             .c_str(),
         1);
  const auto target = MakeTarget({{"service", "orders"}, {"user", "mine"}});
  ASSERT_TRUE(target);
  EXPECT_EQ(target->host, "db.example");
  EXPECT_EQ(target->port, "5433");
  EXPECT_EQ(target->keywords.at("user"), "mine");
  EXPECT_FALSE(target->keywords.contains("service"));
}

TEST_F(Conninfo, SaysWhichServiceIsMissing) {
  setenv("PGSERVICEFILE", Write("services", "[other]\nhost=x\n").c_str(), 1);
  const auto target = MakeTarget({{"service", "orders"}});
  ASSERT_FALSE(target);
  EXPECT_NE(target.error().find("orders"), std::string::npos);
}

TEST_F(Conninfo, ReadsThePasswordFileAtEveryCall) {
  const std::string file = Write("password", "first\n");
  EXPECT_EQ(MakeTarget({{"password_file", file}})->keywords.at("password"), "first");
  Write("password", "second\r\n");
  const auto target = MakeTarget({{"password_file", file}});
  EXPECT_EQ(target->keywords.at("password"), "second");
  EXPECT_FALSE(target->keywords.contains("password_file"));
}

TEST_F(Conninfo, SaysThatAPasswordFileIsMissingWithoutRepeatingIt) {
  const auto target = MakeTarget({{"password_file", "hunter2"}});
  ASSERT_FALSE(target);
  EXPECT_NE(target.error().find("password_file"), std::string::npos);
  EXPECT_EQ(target.error().find("hunter2"), std::string::npos);
}

TEST_F(Conninfo, AsksARemoteServerToProveItselfUnlessSomebodyDecidedOtherwise) {
  unsetenv("PGSSLMODE");
  EXPECT_EQ(MakeTarget({{"host", "db.example"}})->keywords.at("sslmode"), "verify-full");
  EXPECT_EQ(MakeTarget({{"hostaddr", "10.0.0.1"}})->keywords.at("sslmode"), "verify-full");
  EXPECT_FALSE(MakeTarget({{"host", "/run/postgresql"}})->keywords.contains("sslmode"));
  EXPECT_FALSE(MakeTarget({{"host", "127.0.0.1"}})->keywords.contains("sslmode"));
  EXPECT_EQ(MakeTarget({{"host", "db.example"}, {"sslmode", "require"}})->keywords.at("sslmode"),
            "require");
  setenv("PGSSLMODE", "prefer", 1);
  EXPECT_FALSE(MakeTarget({{"host", "db.example"}})->keywords.contains("sslmode"));
  unsetenv("PGSSLMODE");
}

TEST_F(Conninfo, RefusesSeveralHostsInOneNode) {
  setenv("PGHOST", "a,b", 1);
  EXPECT_FALSE(MakeTarget({}));
}

}  // namespace
}  // namespace pgfleet::pg
