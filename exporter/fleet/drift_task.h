#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/thread_pool.hpp>
#include <functional>
#include <memory>

#include "analysis/comparison.h"

namespace pgfleet::fleet {

// Keeps what differs in one cluster up to date: compares on a worker whenever the facts are others,
// one comparison at a time, so that thousands of roles delay no pulse. Event loop's thread only.
class DriftTask : public std::enable_shared_from_this<DriftTask> {
 public:
  // `done` is called on the loop when a report is ready, with what `analysis::Remember` needs.
  using Done = std::function<void(const analysis::Comparison&, const analysis::ComparisonResult&)>;
  DriftTask(asio::any_io_executor loop, asio::thread_pool& workers, Done done);

  // Starts a comparison of what the snapshot holds, unless that was done or one is under way; then
  // the next call finds what is left to do.
  void Look(const model::ClusterSnapshot& snapshot, const analysis::Memory& memory);

  // The newest; null: none yet.
  const std::shared_ptr<const model::DriftReport>& report() const { return result_.report; }
  // True when the last snapshot looked at has been compared.
  bool settled() const { return settled_; }

 private:
  void Start(analysis::Comparison comparison);
  void Take(analysis::ComparisonResult result);

  asio::any_io_executor loop_;
  asio::thread_pool& workers_;
  Done done_;
  std::shared_ptr<const analysis::Comparison> compared_;  // the last one begun
  analysis::ComparisonResult result_;
  bool running_ = false;
  bool settled_ = false;
};

}  // namespace pgfleet::fleet
