#include "fleet/backup_task.h"

#include <gtest/gtest.h>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <atomic>
#include <future>

namespace pgfleet::fleet {
namespace {

using namespace std::chrono_literals;
using backup::FileKind;
using backup::FileStat;
using backup::OrError;

// Two mounts with one dump each that nobody can judge; the first hangs while it is told to.
class Mounts : public backup::Disk {
 public:
  OrError<std::vector<std::string>> List(const std::string& folder, std::size_t) override {
    if (folder == "/sick" && sick) {
      ++hanging;
      mended.wait();
      --hanging;
    }
    return std::vector<std::string>{"a.dump"};
  }
  OrError<FileStat> Stat(const std::string& path) override {
    return FileStat{.kind = FileKind::kFile,
                    .device = 1,
                    .inode = path.size(),
                    .size = 7,
                    .modified = 1'000'000'000};
  }
  OrError<std::unique_ptr<backup::File>> Open(const std::string&) override {
    return std::unexpected(std::make_error_code(std::errc::no_such_file_or_directory));
  }

  std::promise<void> mend;
  std::shared_future<void> mended = mend.get_future().share();
  std::atomic<bool> sick = false;
  std::atomic<int> hanging = 0;
};

class BackupTaskTest : public testing::Test {
 protected:
  ~BackupTaskTest() override {
    task_->Stop();
    if (!mended_) disk_->mend.set_value();
    // The threads hold the disk, but it is this test's promise that they wait for.
    while (disk_->hanging > 0) std::this_thread::sleep_for(1ms);
  }
  model::BackupStatus Status(std::size_t i) { return task_->report()->backups.at(i); }
  template <typename Done>
  bool RunUntil(Done done) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (!done() && std::chrono::steady_clock::now() < end) loop_.run_for(5ms);
    return done();
  }

  asio::io_context loop_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_ = asio::make_work_guard(loop_);
  std::shared_ptr<Mounts> disk_ = std::make_shared<Mounts>();
  std::shared_ptr<BackupTask> task_ = std::make_shared<BackupTask>(
      loop_.get_executor(), "main",
      std::vector<model::DeclaredBackup>{{.name = "sick", .files = "/sick/*"},
                                         {.name = "well", .files = "/well/*"}},
      config::LaneConfig{.interval = 40ms, .deadline = 20ms, .max_age = 1s}, disk_);
  bool mended_ = false;
};

TEST_F(BackupTaskTest, NothingIsSaidBeforeTheFirstRead) {
  EXPECT_FALSE(task_->settled());
  EXPECT_FALSE(Status(0).read || Status(0).facts || Status(0).failure);
}

TEST_F(BackupTaskTest, AMountThatHangsHoldsItselfAlone) {
  disk_->sick = true;
  int changes = 0;
  task_->OnChange([&] { ++changes; });
  task_->Start();
  ASSERT_TRUE(RunUntil([&] { return task_->settled(); }));
  EXPECT_EQ(Status(0).failure, model::FailureReason::kTimeout);
  EXPECT_EQ(Status(0).facts, nullptr);
  EXPECT_GT(changes, 0);
  const auto first = Status(1).read;
  ASSERT_TRUE(first);
  ASSERT_TRUE(RunUntil([&] { return Status(1).read->monotonic > first->monotonic + 100ms; }))
      << "the other goes on being read";
  EXPECT_EQ(disk_->hanging, 1) << "it is not begun again";
  disk_->sick = false;
  mended_ = true;
  disk_->mend.set_value();
  ASSERT_TRUE(RunUntil([&] { return Status(0).facts != nullptr; }));
  EXPECT_EQ(Status(0).failure, std::nullopt);
}

TEST_F(BackupTaskTest, WhatWasReadKeepsItsTimeWhileTheMountHangs) {
  task_->Start();
  ASSERT_TRUE(RunUntil([&] { return task_->settled(); }));
  const auto facts = Status(0).facts;
  ASSERT_NE(facts, nullptr);
  disk_->sick = true;
  ASSERT_TRUE(RunUntil([&] { return Status(0).failure.has_value(); }));
  const auto read = Status(0).read;
  ASSERT_TRUE(read);
  EXPECT_EQ(Status(0).max_age, 1s);
  loop_.run_for(100ms);
  EXPECT_EQ(Status(0).read->monotonic, read->monotonic);
}

TEST_F(BackupTaskTest, TheSameDeclarationsAreServed) {
  const std::vector<model::DeclaredBackup> same = {{.name = "sick", .files = "/sick/*"},
                                                   {.name = "well", .files = "/well/*"}};
  const config::LaneConfig lane{.interval = 40ms, .deadline = 20ms, .max_age = 1s};
  EXPECT_TRUE(task_->Serves(same, lane));
  EXPECT_FALSE(task_->Serves({same[0]}, lane));
  EXPECT_FALSE(task_->Serves(same, {.interval = 41ms, .deadline = 20ms, .max_age = 1s}));
}

}  // namespace
}  // namespace pgfleet::fleet
