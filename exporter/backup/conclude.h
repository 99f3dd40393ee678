#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

#include "backup/due.h"
#include "model/backup_report.h"

namespace pgfleet::backup {

// One backup, as far as it was looked at.
struct Backup {
  model::EpochSeconds time = 0;
  std::optional<double> bytes;
  std::string_view format, compression;
  std::optional<bool> complete;
  bool growing = false;
};

struct Expectation {
  std::optional<model::CronSchedule> schedule;
  std::chrono::seconds grace{};
};

// Fills in what follows from the backups: the newest, its size beside those before it, and whether
// it is overdue at `now`. Those still written say nothing; damaged ones are no backups. Pure but
// for `offset`.
void Conclude(std::span<const Backup> backups, const Expectation& expectation,
              std::chrono::sys_seconds now, model::BackupFacts& facts,
              UtcOffset offset = LocalOffset);

}  // namespace pgfleet::backup
