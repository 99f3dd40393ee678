#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backup/disk.h"

namespace pgfleet::backup {

struct FoundFile {
  std::string path;
  FileStat stat;
};

struct GlobError {
  std::string path;  // where it could not go on
  std::error_code error;
};

struct GlobResult {
  std::vector<FoundFile> files;
  std::optional<GlobError> skipped;  // the first of what lies below a pattern and cannot be read
};

// The files and folders that an absolute pattern names, in no order: as the shell has it, where * ?
// [ ] match within one name and no name that begins with a dot unless the pattern's does. Of one
// file under several names one is taken. A part of the pattern that is no pattern must exist. Costs
// the names of the folders and a look (stat) at each name that matches; names that say that they
// are not finished or no backup (.part, .sha256) are left out.
std::expected<GlobResult, GlobError> Glob(Disk& disk, std::string_view pattern);

}  // namespace pgfleet::backup
