#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "backup/source.h"
#include "backup/verdict.h"

namespace pgfleet::backup {

// The table of contents that pg_dump writes in its custom, directory and tar formats.
struct Archive {
  struct Entry {
    std::int64_t id = 0;
    bool has_data = false;
    bool is_copy = false;                // a table's rows, as COPY writes them
    std::optional<std::int64_t> offset;  // of its data; absent: not written down
    std::string file;                    // that holds its data, in the directory format
  };
  bool is_custom = false;
  std::uint8_t integer_size = 4;
  std::vector<Entry> entries;
  std::int64_t end = 0;  // where the data may begin
};

enum class ArchiveFault : std::uint8_t {
  kCut,      // the file ends before the table does
  kStrange,  // damaged, of a version that is not known, or too long
};

bool IsArchive(Source& source);
// REQUIRES: IsArchive(source).
std::expected<Archive, ArchiveFault> ReadArchive(Source& source);

// A custom dump; absent where it is something else. `thorough`: go through up to 64 MiB of blocks
// where the end cannot be known otherwise.
std::optional<Verdict> JudgeCustom(Source& source, bool thorough);

}  // namespace pgfleet::backup
