#pragma once

#include <asio/any_io_executor.hpp>
#include <memory>
#include <mutex>
#include <vector>

#include "analysis/memory.h"
#include "config/config.h"
#include "fleet/archive_task.h"
#include "fleet/backup_task.h"
#include "fleet/drift_task.h"
#include "fleet/node_task.h"
#include "fleet/state_store.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::fleet {

// Where a cluster's newest snapshot is handed from the event loop to the threads that render pages.
// Thread-safe. A mutex and not std::atomic<std::shared_ptr>, whose libstdc++ 12 implementation
// ThreadSanitizer rejects.
class Published {
 public:
  model::SnapshotPtr Get() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
  }
  void Set(model::SnapshotPtr snapshot) {
    const std::lock_guard lock(mutex_);
    snapshot_.swap(snapshot);
  }

 private:
  mutable std::mutex mutex_;
  model::SnapshotPtr snapshot_;
};

// Runs the nodes of one cluster on one beat and publishes what they say, analysed, as one immutable
// snapshot. Event loop's thread, but for published().
class ClusterTask : public std::enable_shared_from_this<ClusterTask> {
 public:
  // `workers` take what is too long for the loop. `store`: where the memory is kept between runs;
  // may be null.
  ClusterTask(asio::any_io_executor loop, asio::thread_pool& workers, Network& network,
              StateStore* store, config::ClusterConfig config);

  // Nodes that `before` already watches with the same settings are taken over with their
  // connections and history; its others are stopped first. Publishes at once, so that there is
  // always a snapshot.
  void Start(ClusterTask* before);
  // Stops the nodes that no successor took over, and saves the memory where it has it still.
  void Stop();

  const config::ClusterConfig& config() const { return config_; }
  const std::shared_ptr<Published>& published() const { return published_; }
  // True when every node is, and what they said is published and compared.
  bool settled() const;

 private:
  std::shared_ptr<NodeTask> TakeOver(const config::NodeConfig& node);
  void PublishSoon();
  void Publish();
  void StartComparing();
  void StartArchive(ClusterTask* before);
  void StartReadingBackups(ClusterTask* before);
  void SaveNowAndThen();

  asio::any_io_executor loop_;
  asio::thread_pool& workers_;
  Network& network_;
  StateStore* store_;
  config::ClusterConfig config_;
  Beat beat_;
  std::vector<std::shared_ptr<NodeTask>> nodes_;
  std::shared_ptr<Published> published_ = std::make_shared<Published>();
  bool publishing_ = false;
  std::shared_ptr<DriftTask> drift_;
  std::shared_ptr<ArchiveTask> archive_;  // null: no archive is declared
  std::shared_ptr<BackupTask> backups_;
  analysis::Memory memory_;
  std::chrono::steady_clock::time_point saved_;
};

}  // namespace pgfleet::fleet
