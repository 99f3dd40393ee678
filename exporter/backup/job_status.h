#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/fact.h"

namespace pgfleet::backup {

// What a job or a backup tool says of itself, in a file.
struct JobStatus {
  struct Backup {
    model::EpochSeconds ended = 0;
    std::optional<double> bytes;  // of the database that was backed up
    bool complete = true;
  };
  std::string_view format;        // verdict.h's
  bool succeeded = false;         // the last run; of a tool, all that it checks of itself
  std::vector<Backup> backups{};  // that a tool lists, in no order
};

// An exit code, `exit_code=0` or just `0`, or the JSON of `pgbackrest info`, `barman list-backups`
// or `show-backup`, `wal-g backup-list`, told by its shape. The error says what is wrong and quotes
// nothing. Pure.
std::expected<JobStatus, std::string> ReadJobStatus(std::string_view text);

}  // namespace pgfleet::backup
