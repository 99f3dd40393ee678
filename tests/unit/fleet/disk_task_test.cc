#include "fleet/disk_task.h"

#include <gtest/gtest.h>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <future>
#include <optional>
#include <thread>

namespace pgfleet::fleet {
namespace {

using namespace std::chrono_literals;

TEST(DiskTask, ReadsElsewhereAndAnswersOnTheLoop) {
  asio::io_context loop;
  const auto guard = asio::make_work_guard(loop);
  DiskTask task(loop.get_executor());
  const auto here = std::this_thread::get_id();
  std::thread::id read, done;
  ASSERT_TRUE(task.Begin(
      [&] {
        read = std::this_thread::get_id();
        return 7;
      },
      [&](int answer) {
        EXPECT_EQ(answer, 7);
        EXPECT_FALSE(task.running());
        done = std::this_thread::get_id();
        loop.stop();
      }));
  loop.run_for(10s);
  EXPECT_NE(read, here);
  EXPECT_EQ(done, here);
}

TEST(DiskTask, AReadThatHangsHoldsNobodyAndIsNotBegunAgain) {
  asio::io_context loop;
  std::promise<void> mended;
  auto hung = mended.get_future().share();
  std::promise<void> over;
  auto ended = over.get_future();
  std::optional<int> answer;
  {
    DiskTask task(loop.get_executor());
    const auto read = [hung, over = std::make_shared<std::promise<void>>(std::move(over))] {
      hung.wait();
      over->set_value();
      return 1;
    };
    EXPECT_TRUE(task.Begin(read, [&](int value) { answer = value; }));
    EXPECT_TRUE(task.running());
    EXPECT_FALSE(task.Begin([] { return 2; }, [&](int value) { answer = value; }));
  }
  mended.set_value();
  ended.wait();
  loop.run_for(50ms);
  EXPECT_FALSE(answer) << "the task was gone before the read came back";
}

}  // namespace
}  // namespace pgfleet::fleet
