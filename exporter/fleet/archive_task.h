#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>

#include "archive/chain.h"
#include "archive/scanner.h"
#include "config/config.h"
#include "fleet/disk_task.h"
#include "fleet/schedule.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::fleet {

// Reads the directory of a cluster's archive every inventory interval, never twice at once, and
// never waits for the disk. A read that does not get on for the lane's deadline is called hung;
// what was known grows old meanwhile. Event loop's thread only.
class ArchiveTask : public std::enable_shared_from_this<ArchiveTask> {
 public:
  ArchiveTask(asio::any_io_executor loop, std::string cluster, std::string directory,
              config::LaneConfig lane, std::unique_ptr<archive::Folder> folder);

  // Reads at once and from then on at an instant of the interval that is this cluster's own.
  void Start();
  void Stop();
  // True when a cluster that declares these would be served by this task as it is.
  bool Serves(const std::string& directory, const config::LaneConfig& lane) const;
  // Called whenever the report is another one; replaces the callback before.
  void OnChange(std::function<void()> changed) { on_change_ = std::move(changed); }

  // What the nodes say of the archive, for the next read.
  void Learn(const model::ClusterSnapshot& snapshot);

  // Null: the first read is under way.
  const std::shared_ptr<const model::ArchiveReport>& report() const { return report_; }
  // The first read has ended, or hangs.
  bool settled() const { return report_ != nullptr; }

 private:
  struct Answer;  // of one read

  asio::awaitable<void> Run();
  void Read();
  void Take(Answer answer);
  void LookForHang(SteadyTime now);
  void Publish(std::optional<model::ArchiveFailure> failure);
  void LogChange(std::optional<model::ArchiveFailure> failure, const archive::ScanFault& fault);

  std::string cluster_, directory_;
  config::LaneConfig lane_;
  asio::any_io_executor loop_;
  asio::steady_timer timer_;
  DiskTask disk_;
  std::shared_ptr<archive::Scanner> scanner_;  // the reading thread's while disk_ runs
  archive::Told told_;                         // by the nodes, now
  archive::Told promised_;                     // when the read before began
  std::uint64_t progress_ = 0;
  SteadyTime progressed_;
  model::ArchiveReport known_;
  std::optional<model::ArchiveFailure> logged_;
  std::shared_ptr<const model::ArchiveReport> report_;
  std::function<void()> on_change_;
  bool stopped_ = false;
};

}  // namespace pgfleet::fleet
