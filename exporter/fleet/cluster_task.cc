#include "fleet/cluster_task.h"

#include <algorithm>
#include <asio/post.hpp>

#include "analysis/analysis.h"

namespace pgfleet::fleet {

ClusterTask::ClusterTask(asio::any_io_executor loop, asio::thread_pool& workers, Network& network,
                         StateStore* store, config::ClusterConfig config)
    : loop_(std::move(loop)),
      workers_(workers),
      network_(network),
      store_(store),
      config_(std::move(config)),
      beat_{std::chrono::steady_clock::now()} {}

void ClusterTask::Start(ClusterTask* before) {
  std::vector<std::shared_ptr<NodeTask>> fresh;
  if (before != nullptr) {
    beat_ = before->beat_;
    memory_ = std::exchange(before->memory_, {});
  } else if (store_ != nullptr) {
    memory_ = store_->Load(config_.name);
  }
  std::erase_if(memory_.nodes, [&](const auto& known) {
    return std::ranges::find(config_.nodes, known.first, &config::NodeConfig::name) ==
           config_.nodes.end();
  });
  saved_ = beat_.epoch;
  StartComparing();
  StartArchive(before);
  StartReadingBackups(before);
  for (const config::NodeConfig& node : config_.nodes) {
    auto task = before == nullptr ? nullptr : before->TakeOver(node);
    if (!task) {
      task = std::make_shared<NodeTask>(loop_, network_, config_.name, node, config_.lanes, beat_);
      fresh.push_back(task);
    }
    task->OnChange([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->PublishSoon();
    });
    nodes_.push_back(std::move(task));
  }
  if (before != nullptr) before->Stop();
  Publish();
  for (const auto& task : fresh) task->Start();
}

void ClusterTask::StartComparing() {
  drift_ = std::make_shared<DriftTask>(
      loop_, workers_, [weak = weak_from_this()](const auto& comparison, const auto& result) {
        const auto self = weak.lock();
        if (!self) return;
        analysis::Remember(comparison, result, std::chrono::system_clock::now(), self->memory_);
        self->PublishSoon();
      });
}

void ClusterTask::StartArchive(ClusterTask* before) {
  const std::string& directory = config_.declared.archive_directory;
  const auto& lane = config_.lanes[static_cast<std::size_t>(model::Lane::kInventory)];
  if (directory.empty()) return;
  const bool keep =
      before != nullptr && before->archive_ && before->archive_->Serves(directory, lane);
  archive_ = keep ? std::exchange(before->archive_, nullptr)
                  : std::make_shared<ArchiveTask>(loop_, config_.name, directory, lane,
                                                  archive::FolderOnDisk(directory));
  archive_->OnChange([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->PublishSoon();
  });
  if (!keep) archive_->Start();
}

// What is known of unchanged backups need not be read again.
void ClusterTask::StartReadingBackups(ClusterTask* before) {
  const auto& lane = config_.lanes[static_cast<std::size_t>(model::Lane::kInventory)];
  const bool same = before != nullptr && before->backups_ != nullptr &&
                    before->backups_->Serves(config_.declared.backups, lane);
  backups_ =
      same ? std::exchange(before->backups_, nullptr)
           : std::make_shared<BackupTask>(loop_, config_.name, config_.declared.backups, lane);
  backups_->OnChange([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->PublishSoon();
  });
  if (!same) backups_->Start();
}

std::shared_ptr<NodeTask> ClusterTask::TakeOver(const config::NodeConfig& node) {
  const auto found = std::ranges::find_if(
      nodes_, [&](const auto& task) { return task && task->Serves(node, config_.lanes); });
  return found == nodes_.end() ? nullptr : std::exchange(*found, nullptr);
}

void ClusterTask::Stop() {
  for (const auto& task : nodes_)
    if (task) task->Stop();
  if (backups_) backups_->Stop();
  nodes_.clear();
  if (archive_) archive_->Stop();
  if (store_ != nullptr && !memory_.nodes.empty()) store_->Save(config_.name, memory_);
}

bool ClusterTask::settled() const {
  return !publishing_ && drift_->settled() && (!archive_ || archive_->settled()) &&
         backups_->settled() &&
         std::ranges::all_of(nodes_, [](const auto& task) { return task->settled(); });
}

// The answers of one tick arrive together; one snapshot serves them all.
void ClusterTask::PublishSoon() {
  if (std::exchange(publishing_, true)) return;
  asio::post(loop_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Publish();
  });
}

void ClusterTask::Publish() {
  publishing_ = false;
  auto snapshot = std::make_shared<model::ClusterSnapshot>();
  snapshot->name = config_.name;
  snapshot->declared = config_.declared;
  snapshot->at = std::chrono::steady_clock::now();
  snapshot->nodes.reserve(nodes_.size());
  for (const auto& task : nodes_)
    if (task) snapshot->nodes.push_back(task->snapshot());
  snapshot->analysis.resize(snapshot->nodes.size());
  snapshot->drift = drift_->report();
  if (archive_) snapshot->archive = archive_->report();
  snapshot->backups = backups_->report();
  for (const auto* analysis : analysis::Catalog())
    if (analysis->run != nullptr) analysis->run(*snapshot, memory_);
  drift_->Look(*snapshot, memory_);
  if (archive_) archive_->Learn(*snapshot);
  published_->Set(std::move(snapshot));
  SaveNowAndThen();
}

void ClusterTask::SaveNowAndThen() {
  constexpr std::chrono::seconds kEvery{30};
  const auto now = std::chrono::steady_clock::now();
  if (store_ == nullptr || now - saved_ < kEvery) return;
  saved_ = now;
  store_->Save(config_.name, memory_);
}

}  // namespace pgfleet::fleet
