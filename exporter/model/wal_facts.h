#pragma once

#include <cstdint>
#include <optional>

#include "model/fact.h"
#include "model/lsn.h"

// What a node said of its WAL: the directory, what waits to be archived, what it writes, its
// checkpoints. An absent optional means that the server said NULL or that its version has no such
// fact; it never means zero.
namespace pgfleet::model {

struct WalDirectoryFacts {
  std::int64_t segments = 0;  // complete, current and recycled ones alike
  std::int64_t bytes = 0;     // of all files, without those in subdirectories
  std::optional<Lsn> oldest;  // where the oldest segment begins; absent: there is none
  std::optional<std::int64_t> newest_timeline;  // of segments and history files
  std::optional<std::int64_t> newest_history;   // of history files alone; absent: there is none
  std::optional<EpochSeconds> last_backup;      // mtime of the newest backup history file
};

struct ArchiveStatusFacts {
  std::int64_t ready_segments = 0;   // whole segments that are marked and not archived yet
  std::int64_t ready_files = 0;      // with history files, backup history files, partial segments
  std::optional<double> oldest_age;  // seconds by the server's clock, of any of them; absent: none
};

// Of what this server itself has generated; a standby generates none.
struct WalActivityFacts {
  std::int64_t records = 0;
  std::int64_t full_page_images = 0;
  std::int64_t bytes = 0;
  std::int64_t buffers_full = 0;
};

// Before 17 a standby counts its attempts at restartpoints as checkpoints.
struct CheckpointFacts {
  std::int64_t timed = 0;
  std::int64_t requested = 0;
  std::optional<std::int64_t> done;  // 18+
  std::optional<std::int64_t> restartpoints_timed, restartpoints_requested,
      restartpoints_done;  // 17+
  double write_seconds = 0;
  double sync_seconds = 0;
  std::int64_t buffers = 0;
};

struct ControlFileFacts {
  bool in_recovery = false;
  EpochSeconds checkpoint = 0;  // standby: of the primary's checkpoint, by the primary's clock
  Lsn redo;                     // where crash recovery would begin
  std::optional<Lsn> position;  // primary: flushed; standby: replayed
  std::optional<bool> exclusive_backup;  // primary before 15
  std::optional<EpochSeconds> exclusive_backup_start;
};

struct WalSummarizerFacts {
  bool enabled = false;  // summarize_wal
  bool running = false;
  std::optional<Lsn> summarized;  // end of the last summary on disk; absent: there is none yet
  std::optional<Lsn> position;    // primary: flushed; standby: GREATEST(received, replayed)
};

}  // namespace pgfleet::model
