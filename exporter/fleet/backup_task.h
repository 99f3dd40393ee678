#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backup/scanner.h"
#include "config/config.h"
#include "fleet/disk_task.h"
#include "model/backup_report.h"

namespace pgfleet::fleet {

// Reads the backups that a cluster declares, each on a thread of its own in every interval of the
// inventory lane. One that hangs or fails keeps what was last read, whose age is the reader's
// business, and is logged when that begins and when it ends. Event loop's thread only.
class BackupTask : public std::enable_shared_from_this<BackupTask> {
 public:
  BackupTask(const asio::any_io_executor& loop, std::string cluster,
             std::vector<model::DeclaredBackup> declared, config::LaneConfig lane,
             const std::shared_ptr<backup::Disk>& disk = backup::ThisDisk());

  // Whether it reads just these, as often as that.
  bool Serves(const std::vector<model::DeclaredBackup>& declared,
              const config::LaneConfig& lane) const {
    return declared_ == declared && lane_ == lane;
  }
  // Called whenever there is something new in the report.
  void OnChange(std::function<void()> changed) { changed_ = std::move(changed); }
  void Start();
  void Stop();

  // The newest; null where nothing is declared.
  std::shared_ptr<const model::BackupReport> report() const;
  // True once each was read, or was not within the deadline.
  bool settled() const;

 private:
  struct Watch {
    std::shared_ptr<DiskTask> task;
    std::shared_ptr<backup::Scanner> scanner;  // the thread's, while one runs
    model::BackupStatus status;
    bool tried = false;
  };

  void After(std::chrono::milliseconds time, void (BackupTask::*next)());
  void Begin();
  void Check();
  void Take(std::size_t index, backup::Scan scan);
  void Fail(Watch& watch, const backup::ScanFailure& failure) const;
  void Recover(Watch& watch) const;

  std::string cluster_;
  std::vector<model::DeclaredBackup> declared_;
  config::LaneConfig lane_;
  asio::steady_timer timer_;
  std::vector<Watch> watches_;
  std::function<void()> changed_;
  bool stopped_ = false;
};

}  // namespace pgfleet::fleet
