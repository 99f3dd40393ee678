#include "fleet/backup_task.h"

#include <algorithm>
#include <array>

#include "log/log.h"

namespace pgfleet::fleet {
namespace {

using model::FailureReason;

constexpr std::string_view kOtherAdvice = "look at the disk that it lies on";
constexpr std::array<std::pair<FailureReason, std::string_view>, 5> kAdvice = {{
    {FailureReason::kPermission,
     "let the exporter's user read it: its group, or setfacl -m u:USER:rX"},
    {FailureReason::kMissing, "check the path in the config, and that the disk is mounted"},
    {FailureReason::kTimeout, "the disk does not answer: look for a dead mount"},
    {FailureReason::kLimit, "name fewer files: a narrower pattern, or a folder of their own"},
    {FailureReason::kBadValue,
     "let the job write its exit code into it, or the JSON of pgBackRest, Barman or WAL-G"},
}};

std::string_view AdviceOn(FailureReason reason) {
  const auto found =
      std::ranges::find(kAdvice, reason, &std::pair<FailureReason, std::string_view>::first);
  return found == kAdvice.end() ? kOtherAdvice : found->second;
}

}  // namespace

BackupTask::BackupTask(const asio::any_io_executor& loop, std::string cluster,
                       std::vector<model::DeclaredBackup> declared, config::LaneConfig lane,
                       const std::shared_ptr<backup::Disk>& disk)
    : cluster_(std::move(cluster)), declared_(std::move(declared)), lane_(lane), timer_(loop) {
  for (const auto& each : declared_)
    watches_.push_back(
        {.task = std::make_shared<DiskTask>(loop),
         .scanner = std::make_shared<backup::Scanner>(each, disk, lane_.interval),
         .status = {.name = each.name, .max_age = lane_.max_age, .read = {}, .failure = {}},
         .tried = false});
}

void BackupTask::Start() {
  if (!watches_.empty()) Begin();
}

void BackupTask::Stop() {
  stopped_ = true;
  timer_.cancel();
}

std::shared_ptr<const model::BackupReport> BackupTask::report() const {
  if (watches_.empty()) return nullptr;
  auto report = std::make_shared<model::BackupReport>();
  for (const Watch& watch : watches_) report->backups.push_back(watch.status);
  return report;
}

bool BackupTask::settled() const { return std::ranges::all_of(watches_, &Watch::tried); }

void BackupTask::After(std::chrono::milliseconds time, void (BackupTask::*next)()) {
  timer_.expires_after(time);
  timer_.async_wait([weak = weak_from_this(), next](const std::error_code& error) {
    const auto self = weak.lock();
    if (self && !error && !self->stopped_) (self.get()->*next)();
  });
}

void BackupTask::Begin() {
  for (std::size_t i = 0; i < watches_.size(); ++i)
    watches_[i].task->Begin(
        [scanner = watches_[i].scanner] { return scanner->Look(std::chrono::system_clock::now()); },
        [weak = weak_from_this(), i](backup::Scan scan) {
          if (const auto self = weak.lock()) self->Take(i, std::move(scan));
        });
  After(std::min(lane_.deadline, lane_.interval), &BackupTask::Check);
}

void BackupTask::Check() {
  bool late = false;
  for (Watch& watch : watches_) {
    if (!watch.task->running()) continue;
    Fail(watch, {.reason = FailureReason::kTimeout, .file = "", .error = "it is still being read"});
    watch.tried = late = true;
  }
  if (late && changed_) changed_();
  After(std::max(lane_.interval - lane_.deadline, std::chrono::milliseconds(0)),
        &BackupTask::Begin);
}

void BackupTask::Take(std::size_t index, backup::Scan scan) {
  Watch& watch = watches_[index];
  watch.tried = true;
  if (scan.failure)
    Fail(watch, *scan.failure);
  else
    Recover(watch);
  if (scan.facts) {
    watch.status.facts = std::move(scan.facts);
    watch.status.read =
        model::Moment{std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
  }
  if (changed_) changed_();
}

void BackupTask::Fail(Watch& watch, const backup::ScanFailure& failure) const {
  if (watch.status.failure == failure.reason) return;
  watch.status.failure = failure.reason;
  log::Warn("a backup cannot be read", {{"cluster", cluster_},
                                        {"backup", watch.status.name},
                                        {"reason", model::Name(failure.reason)},
                                        {"file", failure.file},
                                        {"error", failure.error},
                                        {"advice", AdviceOn(failure.reason)}});
}

void BackupTask::Recover(Watch& watch) const {
  if (!watch.status.failure) return;
  watch.status.failure.reset();
  log::Info("a backup can be read again", {{"cluster", cluster_}, {"backup", watch.status.name}});
}

}  // namespace pgfleet::fleet
