// An archive that real servers made, with a real promotion, damaged at random hundreds of times:
// each time the exporter's answer is that of a recovery walked file by file.
#include <gmock/gmock.h>

#include <random>

#include "archive/chain.h"
#include "archive/lab.h"
#include "archive/recovery_oracle.h"
#include "archive/scanner.h"
#include "support/cluster.h"

namespace pgfleet::test {
namespace {

namespace fs = std::filesystem;

class Removals : public testing::TestWithParam<int> {
 protected:
  // Two backups, a promotion, one more, and segments between them.
  void Fill() {
    Cluster cluster(GetParam(), {.primary_conf = archive_.Conf(),
                                 .standbys = {{.name = "pg2", .conf = archive_.Conf()}}});
    MakeRows(cluster.primary());
    AddRow(cluster.primary(), archive_);
    Write(cluster.primary(), "first");
    Write(cluster.primary(), "second");
    cluster.WaitUntilCaughtUp();
    cluster.primary().Stop(SIGINT);
    cluster.standby().Promote();
    Write(cluster.standby(), "third");
    ASSERT_TRUE(fs::exists(archive_.path() / "00000002.history"));
  }
  void Write(const PostgresServer& server, const std::string& backup) {
    for (int i = 0; i < 3; ++i) AddRow(server, archive_);
    const BaseBackup taken(server, backup);
    for (int i = 0; i < 4; ++i) AddRow(server, archive_);
  }
  std::vector<fs::path> Files() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(archive_.path())) files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
  }
  // Takes some files away; most of the time one to five.
  std::vector<fs::path> RemoveSome(std::mt19937& random) {
    std::vector<fs::path> files = Files();
    std::ranges::shuffle(files, random);
    files.resize(std::uniform_int_distribution<std::size_t>(
        1, random() % 10 == 0 ? files.size() - 1 : 5)(random));
    for (const fs::path& file : files) fs::rename(file, aside_.path() / file.filename());
    return files;
  }
  void BringBack(const std::vector<fs::path>& files) {
    for (const fs::path& file : files) fs::rename(aside_.path() / file.filename(), file);
  }
  void Compare(const std::string& when) {
    const RecoveryOracle oracle(archive_.path());
    const auto inventory = scanner_.Scan(1e10);
    ASSERT_TRUE(inventory.has_value()) << inventory.error().message;
    const auto said = archive::Assess(**inventory, {});
    std::set<std::tuple<int, std::string, int>> ends;
    for (const auto& window : said.windows)
      ends.insert({window.timeline, window.last_segment, window.base_backups});
    EXPECT_EQ(ends, oracle.Ends()) << when;
    EXPECT_EQ(std::ranges::count_if(said.backups, &model::ArchivedBackup::usable), oracle.usable())
        << when;
    EXPECT_EQ(said.missing_segments, oracle.missing()) << when;
    EXPECT_EQ(!said.windows.empty() && said.windows.back().newest, oracle.recoverable()) << when;
  }

  ArchiveDirectory archive_;
  TempDir aside_;
  archive::Scanner scanner_{archive::FolderOnDisk(archive_.path())};
};
INSTANTIATE_TEST_SUITE_P(Server, Removals, testing::ValuesIn(MajorsFrom(0)),
                         testing::PrintToStringParamName());

std::string Names(const std::vector<fs::path>& files) {
  std::string names = "without";
  for (const fs::path& file : files) names += " " + file.filename().string();
  return names;
}

TEST_P(Removals, AreSeenAsARecoveryWouldMeetThem) {
  ASSERT_NO_FATAL_FAILURE(Fill());
  Compare("whole");
  const RecoveryOracle whole(archive_.path());
  ASSERT_TRUE(whole.recoverable()) << "the test itself";
  ASSERT_EQ(whole.usable(), 3) << "the test itself";
  std::mt19937 random(20241);
  int broken = 0;
  for (int round = 0; round < 200; ++round) {
    const auto removed = RemoveSome(random);
    Compare(Names(removed));
    broken += RecoveryOracle(archive_.path()).recoverable() ? 0 : 1;
    BringBack(removed);
  }
  EXPECT_GE(broken, 40) << "the test itself";
  EXPECT_LE(broken, 190) << "the test itself";
  Compare("whole again");
}

}  // namespace
}  // namespace pgfleet::test
