// Every format that the programs write is told by its content, and none that was cut is taken for a
// whole one.
#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "backup/judge_file.h"
#include "backup/judge_folder.h"
#include "backup_files.h"
#include "support/majors.h"

namespace pgfleet::test {
namespace {

using backup::FileVerdict;
using backup::FolderVerdict;

// A disk with one file, which ends where the test wants it.
class OneFile : public backup::Disk {
 public:
  explicit OneFile(std::string content) : content_(std::move(content)) {}
  void CutAt(std::size_t size) { size_ = size; }

  backup::OrError<std::vector<std::string>> List(const std::string&, std::size_t) override {
    return std::vector<std::string>{};
  }
  backup::OrError<backup::FileStat> Stat(const std::string&) override {
    return backup::FileStat{};
  }
  backup::OrError<std::unique_ptr<backup::File>> Open(const std::string&) override {
    return std::make_unique<Cut>(std::string_view(content_).substr(0, size_));
  }

 private:
  class Cut : public backup::File {
   public:
    explicit Cut(std::string_view content) : content_(content) {}
    std::int64_t size() const override { return static_cast<std::int64_t>(content_.size()); }
    backup::OrError<std::string> Read(std::int64_t offset, std::size_t length) override {
      if (offset >= size()) return "";
      return std::string(content_.substr(static_cast<std::size_t>(offset), length));
    }

   private:
    std::string_view content_;
  };

  std::string content_;
  std::size_t size_ = std::string::npos;
};

FileVerdict Judged(backup::Disk& disk, const std::string& path = "/file") {
  backup::Budget budget{1 << 30};
  return backup::JudgeFile(disk, path, true, budget);
}

FolderVerdict JudgedFolder(const std::string& path) {
  backup::Budget budget{1 << 30};
  return backup::JudgeFolder(*backup::ThisDisk(), path, true, budget);
}

struct Made {
  std::string name, program, command, format, compression;
};

const Made kFiles[] = {
    {"plain", "pg_dump", "$PG > $OUT/plain", "plain", "none"},
    {"inserts", "pg_dump", "$PG --inserts > $OUT/inserts", "plain", "none"},
    {"verbose", "pg_dump", "$PG -v > $OUT/verbose", "plain", "none"},
    {"cluster", "pg_dumpall", "$PG > $OUT/cluster", "plain_cluster", "none"},
    {"globals", "pg_dumpall", "$PG -g > $OUT/globals", "plain_cluster", "none"},
    {"custom", "pg_dump", "$PG -Fc -f $OUT/custom", "custom", "none"},
    {"custom_flat", "pg_dump", "$PG -Fc -Z0 -f $OUT/custom_flat", "custom", "none"},
    {"custom_piped", "pg_dump", "$PG -Fc | cat > $OUT/custom_piped", "custom", "none"},
    {"custom_schema", "pg_dump", "$PG -Fc -s -f $OUT/custom_schema", "custom", "none"},
    {"tar", "pg_dump", "$PG -Ft -f $OUT/tar", "tar", "none"},
    {"tar_piped", "pg_dump", "$PG -Ft | cat > $OUT/tar_piped", "tar", "none"},
    {"plain_gzip", "pg_dump", "$PG | gzip > $OUT/plain_gzip", "plain", "gzip"},
    {"plain_z9", "pg_dump", "$PG -Z9 -f $OUT/plain_z9", "plain", "gzip"},
    {"plain_zstd", "pg_dump", "$PG | zstd -q > $OUT/plain_zstd", "plain", "zstd"},
    {"tar_gzip", "pg_dump", "$PG -Ft | gzip > $OUT/tar_gzip", "tar", "gzip"},
    {"cluster_zstd", "pg_dumpall", "$PG | zstd -q > $OUT/cluster_zstd", "plain_cluster", "zstd"},
};

class Formats : public testing::TestWithParam<int> {
 protected:
  Formats() {
    server_.Start();
    FillWithRows(server_);
  }
  std::string Make(const Made& made) {
    RunClient(server_, made.program, made.command, out_.path());
    return out_.path() / made.name;
  }
  // Some hundred places of the file and those around its end.
  std::vector<std::size_t> Cuts(std::size_t size, std::size_t count) {
    std::vector<std::size_t> cuts;
    for (std::size_t i = 0; i < count; ++i)
      cuts.push_back(std::uniform_int_distribution<std::size_t>(0, size - 1)(random_));
    for (std::size_t i = 1; i <= std::min<std::size_t>(size, 120); ++i) cuts.push_back(size - i);
    return cuts;
  }
  void NoCutIsWhole(const std::string& path, std::size_t count) {
    const std::string content = ReadFile(path);
    OneFile disk(content);
    ASSERT_EQ(Judged(disk).complete, true) << path;
    std::size_t damaged = 0;
    const auto cuts = Cuts(content.size(), count);
    for (const std::size_t cut : cuts) {
      disk.CutAt(cut);
      const auto complete = Judged(disk).complete;
      ASSERT_NE(complete, true) << path << " cut at " << cut << " of " << content.size();
      damaged += complete == false ? 1U : 0U;
    }
    EXPECT_GT(damaged, cuts.size() * 9 / 10) << path << ": damage is seen, not only doubted";
  }

  PostgresServer server_{GetParam(), {}};
  TempDir out_;
  std::mt19937 random_{20261127};  // NOLINT(cert-msc51-cpp): the same places every time
};
INSTANTIATE_TEST_SUITE_P(Server, Formats, testing::ValuesIn(DumpedMajors()),
                         testing::PrintToStringParamName());

TEST_P(Formats, FilesAreToldByTheirContentAndACutOneIsNeverWhole) {
  const auto disk = backup::ThisDisk();
  for (const Made& made : kFiles) {
    const auto path = Make(made);
    const auto verdict = Judged(*disk, path);
    EXPECT_EQ(verdict.format, made.format) << made.name;
    EXPECT_EQ(verdict.compression, made.compression) << made.name;
    EXPECT_EQ(verdict.complete, true) << made.name;
    NoCutIsWhole(path, 150);
  }
}

TEST_P(Formats, LargeObjectsAreGoneThrough) {
  server_.Execute("SELECT lo_create(i) FROM generate_series(100001, 100005) i");
  server_.Execute(
      "SELECT lo_from_bytea(0, decode(repeat('00', 9000 * i), 'hex'))"
      " FROM generate_series(1, 5) i");
  NoCutIsWhole(Make({"objects", "pg_dump", "$PG -Fc -Z0 -f $OUT/objects", "", ""}), 200);
  NoCutIsWhole(Make({"objects_tar", "pg_dump", "$PG -Ft -f $OUT/objects_tar", "", ""}), 200);
}

TEST_P(Formats, ADumpInAFolderNeedsEveryFileOfItsTable) {
  RunClient(server_, "pg_dump", "$PG -Fd -f $OUT/packed; $PG -Fd -Z0 -f $OUT/flat", out_.path());
  for (const auto* name : {"packed", "flat"}) {
    const auto folder = out_.path() / name;
    const auto whole = JudgedFolder(folder);
    EXPECT_EQ(whole.format, "directory");
    EXPECT_EQ(whole.complete, true) << name;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string content = ReadFile(entry.path());
      std::filesystem::rename(entry.path(), out_.path() / "away");
      EXPECT_NE(JudgedFolder(folder).complete, true) << entry.path();
      std::filesystem::rename(out_.path() / "away", entry.path());
      for (const std::size_t cut : Cuts(content.size(), 20)) {
        WriteFile(entry.path(), content.substr(0, cut));
        ASSERT_NE(JudgedFolder(folder).complete, true) << entry.path() << " cut at " << cut;
      }
      WriteFile(entry.path(), content);
    }
    EXPECT_EQ(JudgedFolder(folder).complete, true) << name;
  }
}

TEST_P(Formats, ABaseBackupNeedsItsManifestAndEveryFile) {
  RunClient(server_, "pg_basebackup", "$PG -D $OUT/base -c fast -N", out_.path());
  const auto folder = out_.path() / "base";
  const auto whole = JudgedFolder(folder);
  EXPECT_EQ(whole.format, "basebackup");
  EXPECT_GT(whole.bytes, 1e6);
  EXPECT_GT(whole.modified, 0);
  if (GetParam() < 13) {
    EXPECT_EQ(whole.complete, std::nullopt) << "servers before 13 send no manifest";
    return;
  }
  EXPECT_EQ(whole.complete, true);
  const auto control = folder / "global/pg_control";
  std::filesystem::resize_file(control, 8191);
  EXPECT_EQ(JudgedFolder(folder).complete, false);
  std::filesystem::resize_file(control, 8192);
  const std::string manifest = ReadFile(folder / "backup_manifest");
  for (const std::size_t cut : Cuts(manifest.size(), 100)) {
    WriteFile(folder / "backup_manifest", manifest.substr(0, cut));
    ASSERT_EQ(JudgedFolder(folder).complete, false) << cut;
  }
}

TEST_P(Formats, TarsOfABaseBackupNeedTheirEnds) {
  RunClient(server_, "pg_basebackup",
            "$PG -D $OUT/tars -Ft -c fast -N; $PG -D $OUT/packed -Ft -z -c fast -N", out_.path());
  for (const auto* name : {"tars", "packed"}) {
    const auto verdict = JudgedFolder(out_.path() / name);
    EXPECT_EQ(verdict.format, "basebackup_tar") << name;
    EXPECT_EQ(verdict.complete, true) << name;
  }
  const auto base = out_.path() / "tars/base.tar";
  const std::string content = ReadFile(base);
  OneFile disk(content);
  EXPECT_EQ(Judged(disk).format, "basebackup_tar");
  for (const std::size_t cut : Cuts(content.size(), 50)) {
    disk.CutAt(cut);
    ASSERT_NE(Judged(disk).complete, true) << cut;
  }
  std::filesystem::resize_file(base, content.size() / 2);
  EXPECT_EQ(JudgedFolder(out_.path() / "tars").complete, false);
}

TEST_P(Formats, AColdCopyIsToldByWhatIsInIt) {
  server_.Stop();
  RunClient(server_, "pg_dump", "tar cf $OUT/cold.tar -C " + server_.data().string() + " .",
            out_.path());
  const auto disk = backup::ThisDisk();
  const auto verdict = Judged(*disk, out_.path() / "cold.tar");
  EXPECT_EQ(verdict.format, "data_directory_tar");
  EXPECT_EQ(verdict.complete, true);
  const std::string content = ReadFile(out_.path() / "cold.tar");
  OneFile cut(content);
  // GNU tar fills the last record up; what is cut off there is missed by nobody.
  constexpr std::size_t kMostZeros = 1024 + 10240 - 512;
  for (const std::size_t at : Cuts(content.size() - kMostZeros, 50)) {
    cut.CutAt(at);
    ASSERT_NE(Judged(cut).complete, true) << at;
  }
  const auto folder = JudgedFolder(server_.data());
  EXPECT_EQ(folder.format, "data_directory");
  EXPECT_EQ(folder.complete, std::nullopt);
}

}  // namespace
}  // namespace pgfleet::test
