#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/fact.h"
#include "model/moment.h"
#include "model/reason.h"

// What was last read of the backups that a cluster declares. Times are those that the disk gives
// its files, by the clock of the machine that wrote them.
namespace pgfleet::model {

struct BackupFacts {
  // Whole ones, damaged ones and those still written. Absent: the folder could not be read.
  std::optional<std::int64_t> files;
  std::optional<double> bytes;  // of all; absent where one of them has an unknown size
  std::int64_t growing = 0;     // of them, those still written
  std::optional<EpochSeconds> oldest;
  // The newest that is not known to be damaged or unfinished: whole, or nobody can say.
  std::optional<EpochSeconds> newest;
  std::optional<double> newest_bytes;
  // Of those bytes to the median of up to seven before it that are of its format.
  std::optional<double> size_ratio;
  // Whether the newest that is not written any more, damaged ones too, is whole. Absent: not known.
  std::optional<bool> complete;
  std::string_view format;       // of that one; static; "": there is none
  std::string_view compression;  // likewise; "none" where it has none

  std::optional<EpochSeconds> due;       // when the job was last to begin
  std::optional<EpochSeconds> next_due;  // and when it will
  // No backup since the last time that the job was to begin and the grace after it has passed.
  std::optional<bool> overdue;

  // From the file in which the job says how it ended.
  std::optional<bool> job_succeeded;
  std::optional<EpochSeconds> job_ended;
};

struct BackupStatus {
  std::string name;
  Duration max_age{};                    // facts older than this are not shown
  std::optional<Moment> read;            // when the facts were; kept after they are gone
  std::optional<FailureReason> failure;  // of the last read, or kTimeout while it hangs
  Fact<BackupFacts> facts;               // null: nothing was ever read
};

struct BackupReport {
  std::vector<BackupStatus> backups;  // in the order of the config
};

}  // namespace pgfleet::model
