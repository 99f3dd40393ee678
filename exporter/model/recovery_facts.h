#pragma once

#include <cstdint>
#include <optional>
#include <string>

// What a standby said of its replay beyond the positions: what holds it up, whom it had to cancel,
// how it reads ahead. An absent optional means that the server said NULL or that its version has no
// such fact; it never means zero.
namespace pgfleet::model {

struct StartupProcessFacts {
  bool in_recovery = false;     // elsewhere there is no such process
  std::string wait_event_type;  // as the server says it; "": it waits for nothing that has a name
  std::string wait_event;
  // It waits until sessions let go of what replay needs. Absent before 13 while the wait has no
  // name: there a conflict with a snapshot has none.
  std::optional<bool> conflict_wait;
};

// Sessions cancelled because of replay, summed over the databases. Does not count how long replay
// waited.
struct RecoveryConflictFacts {
  bool in_recovery = false;  // a primary counts none
  std::int64_t tablespace = 0;
  std::int64_t lock = 0;
  std::int64_t snapshot = 0;
  std::int64_t bufferpin = 0;
  std::int64_t deadlock = 0;
  std::optional<std::int64_t> active_logicalslot;  // 16+
};

struct RecoveryPrefetchFacts {
  bool in_recovery = false;
  std::int64_t prefetch = 0;  // blocks, since the statistics were reset
  std::int64_t hit = 0;
  std::int64_t skip_init = 0;
  std::int64_t skip_new = 0;
  std::int64_t skip_fpw = 0;
  std::int64_t skip_rep = 0;
  std::int64_t wal_distance = 0;    // bytes of WAL that the prefetcher looks ahead, now
  std::int64_t block_distance = 0;  // blocks, now
  std::int64_t io_depth = 0;        // prefetches begun and not known to have ended, now
};

}  // namespace pgfleet::model
