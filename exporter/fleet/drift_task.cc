#include "fleet/drift_task.h"

#include <asio/post.hpp>
#include <utility>

namespace pgfleet::fleet {

DriftTask::DriftTask(asio::any_io_executor loop, asio::thread_pool& workers, Done done)
    : loop_(std::move(loop)), workers_(workers), done_(std::move(done)) {}

void DriftTask::Look(const model::ClusterSnapshot& snapshot, const analysis::Memory& memory) {
  auto comparison = analysis::PrepareComparison(snapshot, memory);
  const bool is_new = !compared_ || !analysis::IsSame(*compared_, comparison);
  settled_ = !is_new && !running_;
  if (is_new && !running_) Start(std::move(comparison));
}

void DriftTask::Start(analysis::Comparison comparison) {
  running_ = true;
  // By the clock of this machine; the roles were read a moment ago.
  comparison.access.now = model::Seconds(std::chrono::system_clock::now().time_since_epoch());
  compared_ = std::make_shared<const analysis::Comparison>(std::move(comparison));
  asio::post(workers_, [comparison = compared_, loop = loop_, weak = weak_from_this()] {
    asio::post(loop, [weak, result = analysis::Compare(*comparison)]() mutable {
      if (const auto self = weak.lock()) self->Take(std::move(result));
    });
  });
}

void DriftTask::Take(analysis::ComparisonResult result) {
  running_ = false;
  result_ = std::move(result);
  done_(*compared_, result_);
}

}  // namespace pgfleet::fleet
