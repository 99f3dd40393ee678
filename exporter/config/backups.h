#pragma once

#include <string>
#include <vector>

#include "config/names.h"
#include "config/scalars.h"

namespace pgfleet::config {

// An entry of the `backups` of a cluster.
struct BackupDraft {
  Place place;
  Name name;
  Given<std::string> files;        // "": none, or at fault
  Given<std::string> status_file;  // likewise
  std::optional<Given<std::string>> schedule;
  std::optional<GivenTime> grace;
  bool faulty = false;  // what is missing may only be unreadable
};

// Reads a list of backups.
void ReadBackups(Reader& reader, const YamlNode& value, std::vector<BackupDraft>& backups);

std::vector<model::DeclaredBackup> FinishBackups(const std::vector<BackupDraft>& backups,
                                                 Faults& faults);

void DescribeBackups(std::vector<KeyDoc>& docs);

}  // namespace pgfleet::config
