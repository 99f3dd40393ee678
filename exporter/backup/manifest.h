#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backup/source.h"

namespace pgfleet::backup {

// The backup_manifest of a base backup (13 and later): the files that belong to it, but for WAL.
struct Manifest {
  struct Entry {
    std::string path;
    std::int64_t size = 0;
  };
  // Absent: too many to be read, or some have names that are not UTF-8.
  std::optional<std::vector<Entry>> files;
};

// Absent: it is not whole.
std::optional<Manifest> ReadManifest(Source& source);

}  // namespace pgfleet::backup
