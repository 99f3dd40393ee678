#include "support/row_writer.h"

#include <stdexcept>

namespace pgfleet::test {

RowWriter::RowWriter(const PostgresServer& primary, int rows_per_second)
    : session_(primary.Connect()),
      pause_(std::chrono::duration_cast<Clock::duration>(std::chrono::seconds(1)) /
             rows_per_second) {
  session_.Execute("CREATE TABLE written (n bigint PRIMARY KEY, committed_at timestamptz)");
  thread_ = std::thread([this] { Run(); });
}

RowWriter::~RowWriter() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void RowWriter::Pause() {
  std::unique_lock lock(mutex_);
  writing_ = false;
  changed_.wait(lock, [this] { return !busy_; });
}

void RowWriter::Resume() {
  {
    const std::lock_guard lock(mutex_);
    writing_ = true;
  }
  changed_.notify_all();
}

std::optional<RowWriter::Commit> RowWriter::CommitOf(std::int64_t row) const {
  const std::lock_guard lock(mutex_);
  if (!failure_.empty()) throw std::runtime_error("the writer failed: " + failure_);
  const auto index = static_cast<std::size_t>(row - 1);
  if (index >= commits_.size()) return std::nullopt;
  return commits_[index];
}

void RowWriter::Run() {
  std::unique_lock lock(mutex_);
  while (!stop_ && failure_.empty()) {
    if (writing_) {
      busy_ = true;
      lock.unlock();
      CommitNext();
      lock.lock();
      busy_ = false;
      changed_.notify_all();
    }
    changed_.wait_for(lock, pause_, [this] { return stop_; });
  }
}

// The row is inserted before its commit begins, so that the two instants are as near as can be.
void RowWriter::CommitNext() {
  try {
    const std::string row = std::to_string(commits_.size() + 1);
    session_.Execute("BEGIN");
    session_.Execute("INSERT INTO written VALUES (" + row + ", clock_timestamp())");
    {
      const std::lock_guard lock(mutex_);
      commits_.push_back({.sent = Clock::now(), .returned = std::nullopt});
    }
    session_.Execute("COMMIT");
    const std::lock_guard lock(mutex_);
    commits_.back().returned = Clock::now();
  } catch (const std::exception& error) {
    const std::lock_guard lock(mutex_);
    failure_ = error.what();
  }
}

}  // namespace pgfleet::test
