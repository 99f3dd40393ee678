#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "config/config.h"
#include "fleet/source.h"

namespace pgfleet::fleet {

// Every cluster of the config, polled in the background by one event-loop thread that the fleet
// owns. The public methods are thread-safe; none of them waits for a node.
class Fleet : public SnapshotSource {
 public:
  // `state_folder`: where the memory of the clusters outlives the process; empty: nowhere.
  explicit Fleet(const std::filesystem::path& state_folder = {});
  ~Fleet() override;  // Stop()
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // Takes a valid config into use, at the start and at every reload. Clusters and nodes that stay
  // as they were keep their connections and their history.
  void Apply(config::Config config);

  // Ends all sessions and the loop; returns within a second, whatever a node or a name server
  // does.
  void Stop();

  std::vector<model::SnapshotPtr> Snapshots() const override;
  bool Ready() const override;

  // True when every node that is up has answered or refused every lane once: what --once waits for.
  bool Settled() const;

  // False when the loop did not take a turn within the patience: what the watchdog asks.
  bool Alive(std::chrono::milliseconds patience) const;

 private:
  struct Loop;

  std::unique_ptr<Loop> loop_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<class Published>> published_;  // guarded by mutex_
  bool applied_ = false;                                     // guarded by mutex_
};

}  // namespace pgfleet::fleet
