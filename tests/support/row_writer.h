#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/postgres_server.h"
#include "support/wait.h"

namespace pgfleet::test {

// Commits the rows 1, 2, 3 ... of the table `written` one by one, so that it is known which rows a
// standby should show and since when. Its instants are those of the test's own monotonic clock.
class RowWriter {
 public:
  // Makes the table, and begins. The server must outlive it and answer at its end.
  explicit RowWriter(const PostgresServer& primary, int rows_per_second = 20);
  ~RowWriter();
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;

  // When this returns, every row that was begun is committed.
  void Pause();
  void Resume();

  // The row became committed between the two; not yet for certain while `returned` is absent.
  struct Commit {
    Clock::time_point sent;
    std::optional<Clock::time_point> returned;
  };
  // Absent when the row was not begun. Throws when the writer has failed.
  std::optional<Commit> CommitOf(std::int64_t row) const;

 private:
  void Run();
  void CommitNext();

  Connection session_;
  Clock::duration pause_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Commit> commits_{};
  std::string failure_{};
  bool writing_ = true;
  bool busy_ = false;
  bool stop_ = false;
  std::thread thread_{};
};

}  // namespace pgfleet::test
