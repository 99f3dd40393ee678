#pragma once

#include <string>
#include <vector>

#include "config/reader.h"

namespace pgfleet::config {

// What `archive` of a cluster says.
struct ArchiveDraft {
  std::string directory;  // "": nothing
};

// Reads an `archive` mapping.
void ReadArchive(Reader& reader, const YamlNode& value, ArchiveDraft& archive);

void DescribeArchive(std::vector<KeyDoc>& docs);

}  // namespace pgfleet::config
