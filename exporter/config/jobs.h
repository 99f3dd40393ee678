#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/reader.h"

namespace pgfleet::config {

// Where a scheduler of a cluster keeps its jobs: `pgagent` and `cron` say it in the same way.
struct JobsDraft {
  std::string database;  // "": not said, or at fault
};

// Reads the mapping that stands at the key `name`.
void ReadJobs(Reader& reader, const YamlNode& value, std::string_view name, JobsDraft& jobs);

void DescribeJobs(std::vector<KeyDoc>& docs);

}  // namespace pgfleet::config
