// Directories that cannot be read as an archive, and disks that do not answer.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "archive/lab.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

namespace fs = std::filesystem;
constexpr const char* kFailure = "pgfleet_archive_scan_failure";
constexpr const char* kScanned = "pgfleet_archive_scan_timestamp_seconds";

// A file system whose daemon never answers: whoever opens it waits for ever.
class DeadMount {
 public:
  explicit DeadMount(fs::path at)
      : at_(std::move(at)), daemon_(open("/dev/fuse", O_RDWR | O_CLOEXEC)) {
    const std::string options =
        "fd=" + std::to_string(daemon_) + ",rootmode=40000,user_id=0,group_id=0,allow_other";
    if (daemon_ < 0 || mount("pgfleet", at_.c_str(), "fuse", 0, options.c_str()) != 0)
      throw std::runtime_error(std::string("cannot mount over FUSE (") + std::strerror(errno) +
                               "): run this test as root on a system with /dev/fuse");
  }
  ~DeadMount() {
    umount2(at_.c_str(), MNT_DETACH);
    close(daemon_);  // whoever still waits gets an error
  }
  DeadMount(const DeadMount&) = delete;
  DeadMount& operator=(const DeadMount&) = delete;

 private:
  fs::path at_;
  int daemon_;
};

class Directory : public testing::Test {
 protected:
  Directory() : server_(Majors().back(), {.name = "pg1", .conf = archive_.Conf()}) {
    server_.Start();
    MakeRows(server_);
    AddRow(server_, archive_);
  }
  ExporterOptions Over(const fs::path& directory) const {
    return WatchingArchive({Declared(server_)}, server_.major(), directory);
  }
  static Page WaitForReason(const ExporterProcess& exporter, const std::string& reason) {
    return WaitForValue(exporter, kFailure, {{"reason", reason}}, 1);
  }
  static std::size_t Count(const std::string& text, const std::string& what) {
    std::size_t count = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
    return count;
  }

  ArchiveDirectory archive_;
  PostgresServer server_;
};

TEST_F(Directory, ThatIsMissingIsNamedOnceAndTakenUpWhenItComes) {
  const fs::path late = archive_.path().parent_path() / "late";
  const ExporterProcess exporter(Over(late));
  const Page page = WaitForReason(exporter, "missing");
  EXPECT_FALSE(page.Has(kScanned));
  EXPECT_FALSE(page.Has("pgfleet_archive_missing_segments"));
  ForEachPage(exporter, Milliseconds(1500), [](const Page& each) {
    EXPECT_EQ(each.Value(kFailure, {{"reason", "missing"}}), 1);
  });
  EXPECT_EQ(Count(exporter.Log(), "directory cannot be read"), 1U) << exporter.Log();
  fs::create_directory(late);
  WaitForValue(exporter, "pgfleet_archive_segments", {}, 0);
  EXPECT_FALSE(exporter.Metrics().Has(kFailure));
  EXPECT_EQ(Count(exporter.Log(), "can be read again"), 1U);
}

TEST_F(Directory, ThatIsAFileIsNamed) {
  const fs::path file = archive_.path().parent_path() / "file";
  WriteFile(file, "x");
  const ExporterProcess exporter(Over(file / "below"));
  WaitForReason(exporter, "not_a_directory");
}

TEST_F(Directory, WithHostileNamesAndDamagedHistoriesStaysOneArchive) {
  WriteFile(archive_.path() / "\xff\"} 1\n# TYPE x \\", "x");
  WriteFile(archive_.path() / "000000010000000000000001.00000028.backup", "STOP TIME: never\n");
  WriteFile(archive_.path() / "00000002.history", "garbage");
  WriteFile(archive_.path() / "000000010000000000000002.gz.tmp", "x");
  fs::create_directory(archive_.path() / "sub");
  const fs::path pipe = archive_.path() / "000000010000000000000001.00000029.backup";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const ExporterProcess exporter(Over(archive_.path()));
  const Page page = exporter.WaitForPage(
      [](const Page& each) { return each.Value("pgfleet_archive_segments").value_or(0) >= 1; });
  const auto unexpected = [&](const std::string& kind) {
    return page.Value("pgfleet_archive_unexpected_files", {{"kind", kind}});
  };
  EXPECT_EQ(unexpected("foreign"), 1);
  EXPECT_EQ(unexpected("damaged"), 3);
  EXPECT_EQ(unexpected("temporary"), 1);
  EXPECT_EQ(unexpected("directory"), 1);
  EXPECT_EQ(unexpected("wrong_size"), 0);
  EXPECT_EQ(page.Value("pgfleet_archive_base_backups"), 0);
  EXPECT_EQ(page.Value("pgfleet_archive_recoverable"), 0);
}

TEST_F(Directory, OnADiskThatDoesNotAnswerDelaysNothing) {
  ExporterProcess exporter(Over(archive_.path()));
  const double scanned = exporter.WaitForPage([](const Page& each) { return each.Has(kScanned); })
                             .Value(kScanned)
                             .value_or(0);
  {
    const DeadMount dead(archive_.path());
    Page page = WaitForReason(exporter, "hung");
    const double last = page.Value(kScanned).value_or(0);
    EXPECT_GE(last, scanned);
    EXPECT_TRUE(page.Has("pgfleet_archive_segments")) << "it is not too old yet";
    // Eight pulses pass in time while nothing comes from the disk.
    const auto pulsed = [](const Page& each) {
      return each.Value("pgfleet_last_success_timestamp_seconds", On("pg1", {{"lane", "pulse"}}));
    };
    const double before = pulsed(page).value_or(0);
    const auto begun = Clock::now();
    page = exporter.WaitForPage([&](const Page& each) { return pulsed(each) > before + 4; });
    EXPECT_LT(SecondsSince(begun), 15);
    EXPECT_EQ(page.Value(kScanned), last);
    EXPECT_EQ(page.Value("pgfleet_up", On("pg1")), 1);
  }
  exporter.WaitForPage([&](const Page& each) {
    return !each.Has(kFailure) && each.Value(kScanned).value_or(0) > scanned;
  });
}

TEST_F(Directory, ThatHangsFromTheStartDoesNotKeepTheExporterFromStopping) {
  const fs::path mount = archive_.path().parent_path() / "mount";
  fs::create_directory(mount);
  const DeadMount dead(mount);
  ExporterOptions options = Over(mount);
  // LeakSanitizer stops every thread before it looks, and waits for ever for one that the disk
  // holds.
  options.env["ASAN_OPTIONS"] = "detect_leaks=0";
  ExporterProcess exporter(options);
  const Page page = WaitForReason(exporter, "hung");
  EXPECT_FALSE(page.Has(kScanned));
  EXPECT_EQ(exporter.Stop(), 0);
}

}  // namespace
}  // namespace pgfleet::test
