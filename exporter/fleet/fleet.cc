#include "fleet/fleet.h"

#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/thread_pool.hpp>
#include <future>

#include "fleet/cluster_task.h"
#include "fleet/state_store.h"

namespace pgfleet::fleet {
namespace {

using namespace std::chrono_literals;

// A login costs 3 ms of CPU: 150 a second use half a core at the worst. Silent nodes hold their
// place for the whole deadline, so there are many places; what they ration is descriptors.
constexpr int kConnectsAtOnce = 512;
constexpr Milliseconds kConnectSpacing = 7ms;
constexpr std::size_t kResolverThreads = 4;

}  // namespace

struct Fleet::Loop {
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard = asio::make_work_guard(io);
  Network network{{io.get_executor(), kResolverThreads},
                  {io.get_executor(), kConnectsAtOnce, kConnectSpacing}};
  // One comparison at a time: they are rare, and this leaves the other processors alone.
  asio::thread_pool workers{1};
  std::unique_ptr<StateStore> store;                   // null: nothing is kept
  std::vector<std::shared_ptr<ClusterTask>> clusters;  // loop's thread only
  std::promise<void> ended;
  std::future<void> end = ended.get_future();
  std::thread thread{[this] {
    io.run();
    ended.set_value();
  }};

  // Runs `what` on the loop and gives its answer.
  template <typename F>
  auto Call(F what) {
    std::packaged_task<decltype(what())()> task(std::move(what));
    auto answer = task.get_future();
    asio::post(io, std::move(task));
    return answer;
  }

  void Apply(config::Config config) {
    StopWhatIsGone(config);
    std::vector<std::shared_ptr<ClusterTask>> next;
    for (config::ClusterConfig& cluster : config.clusters) {
      const auto before = std::ranges::find_if(
          clusters, [&](const auto& task) { return task->config().name == cluster.name; });
      if (before != clusters.end() && (*before)->config() == cluster) {
        next.push_back(*before);
        continue;
      }
      auto task = std::make_shared<ClusterTask>(io.get_executor(), workers, network, store.get(),
                                                std::move(cluster));
      task->Start(before == clusters.end() ? nullptr : before->get());
      next.push_back(std::move(task));
    }
    clusters.swap(next);
  }

  // Before anything new starts, so that no server sees the sessions of both.
  void StopWhatIsGone(const config::Config& config) const {
    for (const auto& task : clusters)
      if (std::ranges::find(config.clusters, task->config().name, &config::ClusterConfig::name) ==
          config.clusters.end())
        task->Stop();
  }
};

Fleet::Fleet(const std::filesystem::path& state_folder) : loop_(std::make_unique<Loop>()) {
  if (!state_folder.empty()) loop_->store = std::make_unique<StateStore>(state_folder);
}

Fleet::~Fleet() { Stop(); }

void Fleet::Apply(config::Config config) {
  Loop* loop = loop_.get();
  auto published = loop->Call([loop, config = std::move(config)]() mutable {
    loop->Apply(std::move(config));
    std::vector<std::shared_ptr<Published>> all;
    all.reserve(loop->clusters.size());
    for (const auto& cluster : loop->clusters) all.push_back(cluster->published());
    return all;
  });
  auto all = published.get();
  const std::lock_guard lock(mutex_);
  published_ = std::move(all);
  applied_ = true;
}

void Fleet::Stop() {
  if (!loop_ || !loop_->thread.joinable()) return;
  asio::post(loop_->io, [loop = loop_.get()] {
    for (const auto& cluster : loop->clusters) cluster->Stop();
    loop->clusters.clear();
    loop->guard.reset();
  });
  // Coroutines end by themselves once their sessions are closed; one that waits for a name server
  // is cut off.
  if (loop_->end.wait_for(500ms) != std::future_status::ready) loop_->io.stop();
  if (loop_->end.wait_for(500ms) == std::future_status::ready) return loop_->thread.join();
  // Stuck in a call of the operating system, such as a file on a dead mount. Left behind as it is:
  // the process ends.
  loop_->thread.detach();
  loop_.release();  // NOLINT(bugprone-unused-return-value)
}

std::vector<model::SnapshotPtr> Fleet::Snapshots() const {
  const std::lock_guard lock(mutex_);
  std::vector<model::SnapshotPtr> snapshots;
  snapshots.reserve(published_.size());
  for (const auto& cluster : published_) snapshots.push_back(cluster->Get());
  return snapshots;
}

bool Fleet::Ready() const {
  {
    const std::lock_guard lock(mutex_);
    if (!applied_) return false;
  }
  const auto snapshots = Snapshots();
  return std::ranges::all_of(snapshots, [](const auto& cluster) {
    return std::ranges::all_of(cluster->nodes, [](const auto& node) { return node.tried; });
  });
}

bool Fleet::Settled() const {
  Loop* loop = loop_.get();
  return loop
      ->Call([loop] {
        return std::ranges::all_of(loop->clusters,
                                   [](const auto& cluster) { return cluster->settled(); });
      })
      .get();
}

bool Fleet::Alive(std::chrono::milliseconds patience) const {
  return loop_->Call([] { return true; }).wait_for(patience) == std::future_status::ready;
}

}  // namespace pgfleet::fleet
