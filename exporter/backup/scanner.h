#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backup/conclude.h"
#include "backup/disk.h"
#include "backup/glob.h"
#include "backup/job_status.h"
#include "backup/judge_folder.h"
#include "model/backup_report.h"
#include "model/declared.h"

namespace pgfleet::backup {

// Why something could not be read.
struct ScanFailure {
  model::FailureReason reason = model::FailureReason::kOther;
  std::string file;
  std::string error;
};

struct Scan {
  model::Fact<model::BackupFacts> facts;  // null: the failure left nothing to say
  std::optional<ScanFailure> failure;     // may stand beside facts that are not all
};

// Looks again and again at one declared backup, and remembers what it found: a file that stays as
// it was is not opened again. One thread at a time; every read may hang.
class Scanner {
 public:
  // `interval`: between two looks; what was written within it is taken to be written still, unless
  // it is proven whole.
  Scanner(model::DeclaredBackup declared, std::shared_ptr<Disk> disk,
          std::chrono::nanoseconds interval);

  Scan Look(std::chrono::system_clock::time_point now);

 private:
  struct Known {
    FileStat stat;
    FolderVerdict verdict;
    bool growing = false;
    bool settled = false;  // nothing is left to be found out while it stays as it is
  };
  struct KnownStatus {
    FileStat stat;
    JobStatus status;
  };

  bool LookAtFiles(Scan& scan, model::BackupFacts& facts);
  void LookAtNewest(std::span<const FoundFile> files, Scan& scan, model::BackupFacts& facts);
  bool LookAtStatus(Scan& scan, model::BackupFacts& facts);
  std::expected<KnownStatus, ScanFailure> ReadStatus();
  void TakeBackups(const KnownStatus& known, model::BackupFacts& facts);
  // A file or folder among the newest.
  Known Examine(const FoundFile& file, Budget& budget) const;
  void Take(const FoundFile& file, const Known& known, model::BackupFacts& facts);
  bool IsFresh(std::int64_t modified, std::chrono::nanoseconds age) const;

  model::DeclaredBackup declared_;
  std::shared_ptr<Disk> disk_;
  std::chrono::nanoseconds interval_;
  Expectation expectation_;
  std::map<std::string, Known> known_;  // of the last look, by path
  std::optional<KnownStatus> status_;
  std::int64_t now_ = 0;         // of this look, nanoseconds since the epoch
  std::vector<Backup> backups_;  // of this look
};

}  // namespace pgfleet::backup
