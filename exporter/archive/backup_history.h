#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "archive/file_name.h"
#include "model/lsn.h"

namespace pgfleet::archive {

// What a backup history file says of a base backup.
struct BackupHistory {
  std::uint32_t timeline = 0;
  model::Lsn start, stop;
  double stopped = 0;  // epoch seconds
  std::string label;
  std::optional<std::int64_t> segment_bytes;  // where its own numbers tell the size of segments
};

// Reads the text of the file `name` (kind kBackup). Lines that it does not know are ignored. The
// stop time is written in a time zone that only the server knows well: unless it is UTC or a number
// it is taken as the latest before `modified`, the file's own time in epoch seconds. So it is never
// too early, and late by no more than the file was. The error says what is wrong with the text.
// (PostgreSQL: build_backup_content)
std::expected<BackupHistory, std::string_view> ParseBackupHistory(std::string_view text,
                                                                  const FileName& name,
                                                                  double modified);

}  // namespace pgfleet::archive
