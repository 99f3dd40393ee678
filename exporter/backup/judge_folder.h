#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backup/judge_file.h"

namespace pgfleet::backup {

struct FolderVerdict : FileVerdict {
  bool is_backup = false;  // false: something else
  std::optional<double> bytes;
  std::int64_t modified = 0;  // of what was written last, nanoseconds since the epoch
};

// Tells whether a folder is a dump, a base backup or a copy of a data directory, and whether all of
// it is there.
FolderVerdict JudgeFolder(Disk& disk, const std::string& path, bool thorough, Budget& budget);

}  // namespace pgfleet::backup
