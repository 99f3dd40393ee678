// What the page of the real exporter says while jobs come, fail and stay away.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>

#include "backup_files.h"
#include "support/cluster.h"
#include "support/watch.h"

namespace pgfleet::test {
namespace {

constexpr double kHour = 3600, kDay = 86400;

double Now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

LabelMap Backup(const std::string& name) { return {{"pg_cluster", "main"}, {"backup", name}}; }

class BackupPage : public testing::TestWithParam<int> {
 protected:
  BackupPage() { FillWithRows(cluster_.primary()); }

  std::filesystem::path Dump(const std::string& name, double modified,
                             const std::string& flags = "") {
    const auto path = folder_.path() / name;
    RunClient(cluster_.primary(), "pg_dump", "$PG " + flags + " -f $OUT/" + name + ".tmp",
              folder_.path());
    SetTime(folder_.path() / (name + ".tmp"), modified);
    std::filesystem::rename(folder_.path() / (name + ".tmp"), path);
    return path;
  }
  // The last hours of a machine whose jobs ran every hour: `more` are keys of the entry.
  ExporterOptions Declared(const std::string& more) {
    ExporterOptions options = Watching(test::Declared(cluster_), GetParam());
    options.config += "    backups:\n      - {name: nightly, files: \"" +
                      (folder_.path() / "*.dump").string() + "\", " + more + "}\n";
    options.env["TZ"] = "UTC";
    return options;
  }
  static std::optional<double> Of(const Page& page, const std::string& metric) {
    return page.Value("pgfleet_backup_" + metric, Backup("nightly"));
  }

  Cluster cluster_{GetParam(), Alone()};
  TempDir folder_;
};
INSTANTIATE_TEST_SUITE_P(Server, BackupPage, testing::ValuesIn(DumpedMajors()),
                         testing::PrintToStringParamName());

TEST_P(BackupPage, TellsAGoodNightFromABadOne) {
  const double now = Now();
  Dump("1.dump", now - 3 * kDay);
  Dump("2.dump", now - 2 * kDay);
  const auto size = static_cast<double>(std::filesystem::file_size(Dump("3.dump", now - kHour)));
  ExporterProcess exporter(Declared("schedule: \"@daily\", grace: 24h"));
  Page page = exporter.WaitForPage([](const Page& each) { return Of(each, "files") == 3; });
  EXPECT_NEAR(Of(page, "newest_timestamp_seconds").value_or(0), now - kHour, 1);
  EXPECT_NEAR(Of(page, "oldest_timestamp_seconds").value_or(0), now - 3 * kDay, 1);
  EXPECT_EQ(Of(page, "newest_bytes"), size);
  EXPECT_NEAR(Of(page, "size_ratio").value_or(0), 1, 0.01);
  EXPECT_EQ(Of(page, "complete"), 1);
  EXPECT_EQ(Of(page, "overdue"), 0);
  EXPECT_EQ(page.State("pgfleet_backup_info", "format", Backup("nightly")), "plain");
  EXPECT_EQ(Of(page, "due_timestamp_seconds"), std::floor(Now() / kDay) * kDay);
  EXPECT_EQ(Of(page, "next_due_timestamp_seconds"), (std::floor(Now() / kDay) + 1) * kDay);

  // Half a dump, as a full disk leaves it.
  const auto half = Dump("4.dump", now - 600);
  std::filesystem::resize_file(half, static_cast<std::uintmax_t>(size / 2));
  SetTime(half, now - 600);
  page = exporter.WaitForPage([](const Page& each) { return Of(each, "complete") == 0; });
  EXPECT_EQ(Of(page, "files"), 4);
  EXPECT_NEAR(Of(page, "newest_timestamp_seconds").value_or(0), now - kHour, 1);

  // A whole one again, of another format, then one without most of its rows.
  Dump("5.dump", now - 500, "-Fc");
  page = exporter.WaitForPage([](const Page& each) {
    return each.State("pgfleet_backup_info", "format", Backup("nightly")) == "custom";
  });
  EXPECT_EQ(Of(page, "complete"), 1);
  EXPECT_EQ(Of(page, "size_ratio"), std::nullopt) << "there is no other of its format";
  cluster_.primary().Execute("DELETE FROM orders");
  Dump("6.dump", now - 400);
  page = exporter.WaitForPage([](const Page& each) { return Of(each, "size_ratio").has_value(); });
  EXPECT_LT(Of(page, "size_ratio"), 0.8);
  EXPECT_FALSE(exporter.Get("/metrics").body.contains(folder_.path().string()));
}

TEST_P(BackupPage, ShowsOneThatIsWrittenAsGrowing) {
  const double now = Now();
  const std::string whole = ReadFile(Dump("1.dump", now - kDay));
  ExporterProcess exporter(Declared("schedule: \"@daily\", grace: 24h"));
  exporter.WaitForPage([](const Page& each) { return Of(each, "complete") == 1; });
  // A little more of it at every look, until it is seen.
  std::size_t written = 0;
  const auto write = [&](std::size_t bytes) {
    AppendFile(folder_.path() / "2.dump", whole.substr(written, bytes));
    written = std::min(written + bytes, whole.size());
  };
  const Page growing = exporter.WaitForPage([&](const Page& each) {
    write(10);
    return Of(each, "growing_files") == 1;
  });
  EXPECT_EQ(Of(growing, "files"), 2);
  EXPECT_EQ(Of(growing, "complete"), 1) << "of the one before";
  EXPECT_NEAR(Of(growing, "newest_timestamp_seconds").value_or(0), now - kDay, 1);
  write(whole.size());
  const Page page = exporter.WaitForPage([&](const Page& each) {
    return Of(each, "newest_timestamp_seconds").value_or(0) > now - kHour;
  });
  EXPECT_EQ(Of(page, "complete"), 1);
  EXPECT_EQ(Of(page, "growing_files"), 0);
}

TEST_P(BackupPage, CallsWhenTheGraceIsOverAndUntilABackupIsThere) {
  const double now = Now();
  Dump("1.dump", now - 3 * kHour);
  // Every hour, and an hour after that is a long time.
  ExporterProcess exporter(Declared("schedule: \"0 * * * *\", grace: 1h"));
  exporter.WaitForPage([](const Page& each) { return Of(each, "overdue") == 1; });
  Dump("2.dump", now);
  exporter.WaitForPage([](const Page& each) { return Of(each, "overdue") == 0; });
}

TEST_P(BackupPage, ReadsWhatTheJobSaysOfItself) {
  Dump("1.dump", Now() - kHour);
  const auto status = folder_.path() / "status";
  ExporterProcess exporter(Declared("status_file: " + status.string()));
  Page page = exporter.WaitForPage([](const Page& each) {
    return each.Has("pgfleet_backup_scan_failure", {{"backup", "nightly"}, {"reason", "missing"}});
  });
  EXPECT_EQ(Of(page, "files"), 1) << "the files are there all the same";
  EXPECT_EQ(Of(page, "overdue"), std::nullopt);
  WriteFile(status, "exit_code=1\n");
  page = exporter.WaitForPage([](const Page& each) { return Of(each, "job_succeeded") == 0; });
  EXPECT_FALSE(page.Has("pgfleet_backup_scan_failure"));
  WriteFile(status, "exit_code=0\n");
  page = exporter.WaitForPage([](const Page& each) { return Of(each, "job_succeeded") == 1; });
  EXPECT_NEAR(Of(page, "job_timestamp_seconds").value_or(0), Now(), 60);
}

TEST_P(BackupPage, DropsWhatIsOldAndKeepsWhenItWasRead) {
  Dump("1.dump", Now() - kHour);
  const auto options = Declared("schedule: \"@daily\"");
  ExporterProcess exporter(options);
  exporter.WaitForPage([](const Page& each) { return Of(each, "files") == 1; });
  std::filesystem::rename(folder_.path(), folder_.path().string() + "x");
  Page page = exporter.WaitForPage([](const Page& each) { return !Of(each, "files"); });
  EXPECT_TRUE(page.Has("pgfleet_backup_scan_failure", {{"reason", "missing"}}));
  EXPECT_TRUE(Of(page, "scan_timestamp_seconds"));
  EXPECT_FALSE(Of(page, "overdue"));
  std::filesystem::rename(folder_.path().string() + "x", folder_.path());
  page = exporter.WaitForPage([](const Page& each) { return Of(each, "files") == 1; });
  EXPECT_FALSE(page.Has("pgfleet_backup_scan_failure"));
  const std::string log = exporter.Log();
  const auto first = log.find("a backup cannot be read");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(log.find("a backup cannot be read", first + 1), std::string::npos) << log;
  EXPECT_THAT(log, testing::HasSubstr("a backup can be read again"));
}

TEST_P(BackupPage, AReloadKeepsWhatIsKnown) {
  Dump("1.dump", Now() - kHour);
  auto options = Declared("schedule: \"@daily\"");
  ExporterProcess exporter(options);
  exporter.WaitForPage([](const Page& each) { return Of(each, "files") == 1; });
  std::string changed = options.config;
  changed.replace(changed.find("name: nightly"), 13, "name: hourly_");
  exporter.SetConfig(changed);
  exporter.Signal(SIGHUP);
  const Page page = exporter.WaitForPage([](const Page& each) {
    return each.Value("pgfleet_backup_files", Backup("hourly_")) == 1;
  });
  EXPECT_FALSE(page.Has("pgfleet_backup_files", Backup("nightly")));
}

}  // namespace
}  // namespace pgfleet::test
