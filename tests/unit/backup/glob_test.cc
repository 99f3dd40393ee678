#include "backup/glob.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "folder.h"

namespace pgfleet::backup {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class GlobTest : public testing::Test {
 protected:
  std::vector<std::string> Names(const std::string& pattern) {
    const auto found = Glob(disk_, folder_ / pattern);
    EXPECT_TRUE(found.has_value()) << found.error().path << found.error().error.message();
    std::vector<std::string> names;
    for (const auto& file : found.value_or(GlobResult{}).files)
      names.push_back(file.path.substr(folder_.path().size() + 1));
    std::ranges::sort(names);
    return names;
  }

  TestFolder folder_;
  CountingDisk disk_;
};

TEST_F(GlobTest, MatchesAsTheShellDoes) {
  for (const auto* name : {"a.dump", "b.dump", "ab.dump", ".a.dump", "a.sql", "x/a.dump",
                           "y/a.dump", "y/z/a.dump"})
    folder_.Write(name, "x", 1);
  EXPECT_THAT(Names("*.dump"), ElementsAre("a.dump", "ab.dump", "b.dump"));
  EXPECT_THAT(Names("?.dump"), ElementsAre("a.dump", "b.dump"));
  EXPECT_THAT(Names("[b-c]*"), ElementsAre("b.dump"));
  EXPECT_THAT(Names(".*.dump"), ElementsAre(".a.dump"));
  EXPECT_THAT(Names("*/a.dump"), ElementsAre("x/a.dump", "y/a.dump"));
  EXPECT_THAT(Names("y/*"), ElementsAre("y/a.dump", "y/z"));
  EXPECT_THAT(Names("a.dump"), ElementsAre("a.dump"));
  EXPECT_THAT(Names("none*"), IsEmpty());
  EXPECT_THAT(Names("none.dump"), IsEmpty());
}

TEST_F(GlobTest, LeavesOutWhatSaysThatItIsNoBackup) {
  for (const auto* name : {"a.dump", "b.dump.tmp", "c.part", "d.dump.partial", "e.incomplete",
                           "f.log", "g.dump.sha256", "h~", "lost+found/x"})
    folder_.Write(name, "x", 1);
  EXPECT_THAT(Names("*"), ElementsAre("a.dump"));
}

TEST_F(GlobTest, OneFileUnderTwoNamesIsOne) {
  folder_.Write("a.dump", "x", 1);
  std::filesystem::create_symlink(folder_ / "a.dump", folder_ / "latest.dump");
  std::filesystem::create_hard_link(folder_ / "a.dump", folder_ / "monday.dump");
  std::filesystem::create_symlink(folder_ / "gone", folder_ / "dangling.dump");
  EXPECT_EQ(Names("*.dump").size(), 1U);
}

TEST_F(GlobTest, PipesAndSocketsAreNoFiles) {
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(Names("*"), IsEmpty());
}

TEST_F(GlobTest, AFolderThatIsMissingIsNoEmptyFolder) {
  const auto found = Glob(disk_, folder_ / "backup/*.dump");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().path, folder_ / "backup");
  EXPECT_EQ(found.error().error, std::errc::no_such_file_or_directory);
  EXPECT_FALSE(Glob(disk_, folder_ / "backup/one.dump").has_value());
}

TEST_F(GlobTest, AFolderOfOthersBelowAPatternIsSkippedAndNamed) {
  class Forbidding : public CountingDisk {
    OrError<std::vector<std::string>> List(const std::string& folder, std::size_t most) override {
      if (folder.ends_with("/private"))
        return std::unexpected(std::make_error_code(std::errc::permission_denied));
      return CountingDisk::List(folder, most);
    }
  };
  folder_.Write("orders/a.dump", "x", 1);
  folder_.Write("private/a.dump", "x", 1);
  Forbidding disk;
  const auto found = Glob(disk, folder_ / "*/*.dump");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->files.size(), 1U);
  ASSERT_TRUE(found->skipped);
  EXPECT_EQ(found->skipped->path, folder_ / "private");
}

TEST_F(GlobTest, OnlyWhatMatchesIsLookedAt) {
  for (int i = 0; i < 100; ++i) folder_.Write(std::to_string(i) + ".sql", "x", 1);
  folder_.Write("a.dump", "x", 1);
  disk_.Reset();
  EXPECT_THAT(Names("*.dump"), ElementsAre("a.dump"));
  EXPECT_EQ(disk_.lists, 1);
  EXPECT_EQ(disk_.stats, 1);
}

}  // namespace
}  // namespace pgfleet::backup
