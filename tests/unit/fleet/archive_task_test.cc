#include "fleet/archive_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <atomic>
#include <future>

namespace pgfleet::fleet {
namespace {

using namespace std::chrono_literals;
using model::ArchiveFailure;

// A disk that a test can stop.
struct Disk {
  std::atomic<bool> hangs = false;
  std::promise<void> mended;
  std::shared_future<void> mending = mended.get_future().share();
  std::atomic<int> lists = 0, at_once = 0, most_at_once = 0;
  std::atomic<int> error = 0;
};

class DiskOfATest : public archive::Folder {
 public:
  explicit DiskOfATest(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}

  std::error_code List(const See& see) override {
    ++disk_->lists;
    disk_->most_at_once = std::max<int>(disk_->most_at_once, ++disk_->at_once);
    if (disk_->hangs) disk_->mending.wait();
    if (disk_->error == 0) see("000000010000000000000001", false);
    --disk_->at_once;
    return {disk_->error, std::generic_category()};
  }
  std::expected<archive::FileStatus, std::error_code> Status(const std::string&) override {
    return archive::FileStatus{.is_file = true, .bytes = 16 << 20, .modified = 0};
  }
  std::expected<std::string, std::error_code> Read(const std::string&, std::size_t) override {
    return "";
  }

 private:
  std::shared_ptr<Disk> disk_;
};

class ArchiveTaskTest : public testing::Test {
 protected:
  ArchiveTaskTest() {
    task_->OnChange([this] { ++changes_; });
    task_->Start();
  }
  ~ArchiveTaskTest() override {
    task_->Stop();
    if (disk_->hangs) disk_->mended.set_value();
    EXPECT_TRUE(Becomes([&] { return disk_->at_once == 0; }));
  }
  // Runs the loop until it is so.
  template <typename Condition>
  bool Becomes(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (!condition() && std::chrono::steady_clock::now() < end) loop_.run_one_for(10ms);
    return condition();
  }
  const model::ArchiveReport* report() const { return task_->report().get(); }

  asio::io_context loop_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_ = asio::make_work_guard(loop_);
  std::shared_ptr<Disk> disk_ = std::make_shared<Disk>();
  std::shared_ptr<ArchiveTask> task_ = std::make_shared<ArchiveTask>(
      loop_.get_executor(), "main", "/wal",
      config::LaneConfig{.interval = 50ms, .deadline = 200ms, .max_age = 1s},
      std::make_unique<DiskOfATest>(disk_));
  int changes_ = 0;
};

TEST_F(ArchiveTaskTest, ReadsAgainAndAgain) {
  EXPECT_FALSE(task_->settled());
  ASSERT_TRUE(Becomes([&] { return report() != nullptr; }));
  EXPECT_TRUE(task_->settled());
  ASSERT_TRUE(report()->contents);
  EXPECT_EQ(report()->contents->segments, 1);
  EXPECT_FALSE(report()->failure.has_value());
  EXPECT_EQ(report()->max_age, 4min) << "three intervals would be less";
  const auto first = report()->scanned->monotonic;
  EXPECT_TRUE(Becomes([&] { return report()->scanned->monotonic > first && changes_ >= 3; }));
}

TEST_F(ArchiveTaskTest, WhatWasKnownGrowsOldWhileTheDiskHangsAndNobodyWaits) {
  ASSERT_TRUE(Becomes([&] { return report() != nullptr; }));
  disk_->hangs = true;
  ASSERT_TRUE(Becomes([&] { return report()->failure == ArchiveFailure::kHung; }));
  const auto scanned = report()->scanned->monotonic;
  const int lists = disk_->lists;
  const auto until = std::chrono::steady_clock::now() + 300ms;
  EXPECT_TRUE(Becomes([&] { return std::chrono::steady_clock::now() > until; }))
      << "the loop goes on";
  EXPECT_EQ(report()->scanned->monotonic, scanned);
  EXPECT_TRUE(report()->contents);
  EXPECT_EQ(disk_->lists, lists) << "never a second time at once";
  EXPECT_EQ(disk_->most_at_once, 1);
  disk_->hangs = false;
  disk_->mended.set_value();
  EXPECT_TRUE(
      Becomes([&] { return !report()->failure && report()->scanned->monotonic > scanned; }));
}

TEST_F(ArchiveTaskTest, AFaultIsToldAndWhatWasKnownStays) {
  ASSERT_TRUE(Becomes([&] { return report() != nullptr; }));
  disk_->error = EACCES;
  ASSERT_TRUE(Becomes([&] { return report()->failure == ArchiveFailure::kPermission; }));
  EXPECT_TRUE(report()->contents);
  const auto scanned = report()->scanned->monotonic;
  disk_->error = ENOENT;
  ASSERT_TRUE(Becomes([&] { return report()->failure == ArchiveFailure::kMissing; }));
  EXPECT_EQ(report()->scanned->monotonic, scanned);
  disk_->error = 0;
  ASSERT_TRUE(Becomes([&] { return !report()->failure; }));
}

TEST_F(ArchiveTaskTest, ServesTheSameDirectoryAtTheSamePaceAlone) {
  const config::LaneConfig lane{.interval = 50ms, .deadline = 200ms, .max_age = 1s};
  EXPECT_TRUE(task_->Serves("/wal", lane));
  EXPECT_FALSE(task_->Serves("/wal2", lane));
  EXPECT_FALSE(task_->Serves("/wal", {.interval = 60ms, .deadline = 200ms, .max_age = 1s}));
}

}  // namespace
}  // namespace pgfleet::fleet
