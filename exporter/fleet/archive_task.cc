#include "fleet/archive_task.h"

#include <algorithm>
#include <array>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

#include "analysis/nodes.h"
#include "log/log.h"
#include "model/wal_file.h"

namespace pgfleet::fleet {
namespace {

using model::ArchiveFailure;
using Steady = std::chrono::steady_clock;
constexpr auto kWait = asio::experimental::as_tuple(asio::use_awaitable);
constexpr std::chrono::minutes kShortestMaxAge{4};

// By ArchiveFailure.
constexpr std::array<std::string_view, model::kArchiveFailureNames.size()> kAdvice = {
    "create the directory, mount it, or correct archive.directory of the configuration",
    "let the exporter's user list the directory and read its *.backup and *.history files",
    "correct archive.directory of the configuration: it must name a directory",
    "look after the disk or mount; the exporter waits for it and for nothing else",
    "look after the disk or mount"};

// Clusters that share a disk do not read it at the same instant.
Milliseconds OwnPhase(const std::string& cluster, Milliseconds interval) {
  return Milliseconds(static_cast<std::int64_t>(std::hash<std::string>{}(cluster) %
                                                static_cast<std::size_t>(interval.count())));
}

}  // namespace

struct ArchiveTask::Answer {
  std::shared_ptr<const model::ArchiveContents> contents;  // null: there was a fault
  archive::ScanFault fault;
  model::Duration duration{};
};

ArchiveTask::ArchiveTask(asio::any_io_executor loop, std::string cluster, std::string directory,
                         config::LaneConfig lane, std::unique_ptr<archive::Folder> folder)
    : cluster_(std::move(cluster)),
      directory_(std::move(directory)),
      lane_(lane),
      loop_(std::move(loop)),
      timer_(loop_),
      disk_(loop_),
      scanner_(std::make_shared<archive::Scanner>(std::move(folder))) {
  known_.max_age = std::max<model::Duration>(3 * lane_.interval, kShortestMaxAge);
}

void ArchiveTask::Start() {
  asio::co_spawn(
      loop_, [self = shared_from_this()]() -> asio::awaitable<void> { co_await self->Run(); },
      asio::detached);
}

void ArchiveTask::Stop() {
  stopped_ = true;
  on_change_ = nullptr;
  timer_.cancel();
}

bool ArchiveTask::Serves(const std::string& directory, const config::LaneConfig& lane) const {
  return directory == directory_ && lane == lane_;
}

asio::awaitable<void> ArchiveTask::Run() {
  const Beat beat{Steady::now() - lane_.interval + OwnPhase(cluster_, lane_.interval)};
  SteadyTime next = Steady::now();
  while (!stopped_) {
    const auto now = Steady::now();
    LookForHang(now);
    if (now >= next) {
      Read();
      next = beat.NextAfter(now, lane_.interval);
    }
    timer_.expires_at(disk_.running() ? std::min(next, now + lane_.deadline / 4) : next);
    co_await timer_.async_wait(kWait);
  }
}

void ArchiveTask::Read() {
  archive::Told told = promised_;
  told.segment_bytes = told_.segment_bytes;
  const auto read = [scanner = scanner_, told] {
    const auto began = Steady::now();
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto inventory = scanner->Scan(model::Seconds(now));
    Answer answer;
    if (inventory)
      answer.contents = std::make_shared<model::ArchiveContents>(Assess(**inventory, told));
    else
      answer.fault = inventory.error();
    answer.duration = Steady::now() - began;
    return answer;
  };
  if (!disk_.Begin(read, [this](Answer answer) { Take(std::move(answer)); })) return;
  // One read later, because a file system on the network may show a new file late.
  promised_ = told_;
  progressed_ = Steady::now();
}

void ArchiveTask::Take(Answer answer) {
  if (stopped_) return;
  timer_.cancel();
  std::optional<ArchiveFailure> failure;
  if (answer.contents) {
    known_.contents = std::move(answer.contents);
    known_.scanned = model::Moment{Steady::now(), std::chrono::system_clock::now()};
    known_.duration = answer.duration;
  } else {
    failure = answer.fault.failure;
  }
  LogChange(failure, answer.fault);
  Publish(failure);
}

void ArchiveTask::LookForHang(SteadyTime now) {
  if (!disk_.running()) return;
  if (const auto progress = scanner_->progress(); progress != progress_) {
    progress_ = progress;
    progressed_ = now;
  }
  if (now - progressed_ < lane_.deadline || known_.failure == ArchiveFailure::kHung) return;
  LogChange(ArchiveFailure::kHung, {.file = "", .message = "the disk does not answer"});
  Publish(ArchiveFailure::kHung);
}

void ArchiveTask::Publish(std::optional<ArchiveFailure> failure) {
  known_.failure = failure;
  report_ = std::make_shared<model::ArchiveReport>(known_);
  if (on_change_) on_change_();
}

void ArchiveTask::LogChange(std::optional<ArchiveFailure> failure,
                            const archive::ScanFault& fault) {
  if (failure == logged_) return;
  logged_ = failure;
  if (failure)
    log::Warn("the archive's directory cannot be read",
              {{"cluster", cluster_},
               {"directory", directory_},
               {"file", fault.file},
               {"reason", model::Name(*failure)},
               {"error", fault.message},
               {"advice", kAdvice[static_cast<std::size_t>(*failure)]}});
  else
    log::Info("the archive's directory can be read again",
              {{"cluster", cluster_}, {"directory", directory_}});
}

void ArchiveTask::Learn(const model::ClusterSnapshot& snapshot) {
  for (const auto& node : snapshot.nodes)
    if (node.facts.archiver && !told_.segment_bytes)
      told_.segment_bytes = node.facts.archiver->segment_bytes;
  told_.timeline = 0;
  const auto& [primary, timeline] = std::tie(snapshot.findings.primary, snapshot.findings.timeline);
  if (!primary || !timeline) return;
  const auto& node = snapshot.nodes[*primary];
  const auto* archiver = analysis::Fresh(snapshot, node, node.facts.archiver, "archiver");
  if (archiver == nullptr || archiver->mode == "off" || archiver->in_recovery) return;
  const std::string& last = archiver->last_archived_wal;
  // A partial segment is archived by whoever left the timeline, and says nothing of those before.
  if (last.ends_with(".partial") || archive::Classify(last).timeline != *timeline) return;
  const auto end = model::ArchivedEnd(last, archiver->segment_bytes);
  if (!end) return;
  told_ = {.segment_bytes = archiver->segment_bytes,
           .timeline = static_cast<std::uint32_t>(*timeline),
           .archived_end = *end,
           .archived_files = archiver->archived};
}

}  // namespace pgfleet::fleet
