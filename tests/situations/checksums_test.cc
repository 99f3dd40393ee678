// A page on disk that is not what was written.
#include <gmock/gmock.h>

#include <fstream>

#include "support/watch.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

using testing::HasSubstr;

class Checksums : public testing::TestWithParam<int> {
 protected:
  // A new data directory with data checksums in the place of the template's.
  void SetUp() override {
    const std::string conf = ReadFile(server_.data() / "postgresql.conf");
    std::filesystem::remove_all(server_.data());
    test::Run({.argv = {ServerProgram(GetParam(), "initdb"), "-D", server_.data(), "-U", "postgres",
                        "-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8", "-k"},
               .as_server_user = true});
    WriteFile(server_.data() / "postgresql.conf", conf + "min_wal_size = 80MB\n");
    server_.Start();
    server_.Execute("CREATE ROLE mon LOGIN IN ROLE pg_monitor");
    server_.Execute("CREATE TABLE t AS SELECT * FROM generate_series(1, 1000)");
  }
  // Flips a byte of the table's first page while the server is down.
  void Damage() {
    const std::filesystem::path path =
        server_.data() / server_.Value("SELECT pg_relation_filepath('t')");
    server_.Stop(SIGINT);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(8000);
    const char flipped = static_cast<char>(file.get() ^ 0x55);
    file.seekp(8000);
    file.put(flipped);
    file.close();
    ASSERT_TRUE(file) << path;
    server_.Start();
  }

  PostgresServer server_{GetParam(), {.name = "pg1"}};
};
// Servers before 12 tell it to their log alone.
INSTANTIATE_TEST_SUITE_P(Server, Checksums, testing::ValuesIn(MajorsFrom(12)),
                         testing::PrintToStringParamName());
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Checksums);

TEST_P(Checksums, ThatFailAreCountedForTheDatabaseThatReadThem) {
  const ExporterProcess exporter(Watching({Declared(server_)}, GetParam()));
  const LabelMap postgres = On("pg1", {{"database", "postgres"}});
  WaitForValue(exporter, "pgfleet_checksum_failures_total", postgres, 0);
  Damage();
  EXPECT_EQ(exporter
                .WaitForPage([](const Page& page) {
                  return page.Value("pgfleet_up", On("pg1")) == 1 &&
                         page.Has("pgfleet_checksum_failures_total");
                })
                .Value("pgfleet_checksum_failures_total", postgres),
            0)
      << "nobody has read the page yet";
  const double before = Number(server_, "SELECT extract(epoch from clock_timestamp())");
  EXPECT_EQ(server_.Connect().Query("SELECT count(*) FROM t").sqlstate, "XX001");
  const Page page = WaitForValue(exporter, "pgfleet_checksum_failures_total", postgres, 1);
  EXPECT_GE(page.Value("pgfleet_checksum_last_failure_timestamp_seconds", postgres), before);
  EXPECT_EQ(page.Value("pgfleet_checksum_failures_total", On("pg1", {{"database", "template1"}})),
            0);
  EXPECT_THAT(server_.Log(), HasSubstr("page verification failed"));
}

}  // namespace
}  // namespace pgfleet::test
