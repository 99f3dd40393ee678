#pragma once

#include <cstdint>
#include <string>

#include "backup/disk.h"
#include "backup/verdict.h"

namespace pgfleet::backup {

// What may still be read of files as a whole, so that a look at a folder stays cheap.
struct Budget {
  std::int64_t bytes = 0;
};

// Larger files are not read as a whole.
inline constexpr std::int64_t kLargestReadWhole = 64 << 20;

// Tells what a file is and whether it is whole, from its beginning and its end. `thorough`: what
// only the whole file proves may be found out, within the budget. `exhausted` is set where the
// budget did not suffice.
struct FileVerdict : Verdict {
  bool exhausted = false;
};
FileVerdict JudgeFile(Disk& disk, const std::string& path, bool thorough, Budget& budget);

// Whether a file of pg_dump's directory format is whole: the rows of a table as text, with or
// without compression. Absent: nobody can say. `is_copy`: COPY wrote it.
FileVerdict JudgeRows(Disk& disk, const std::string& path, bool is_copy, bool thorough,
                      Budget& budget);

}  // namespace pgfleet::backup
