#include "backup/scanner.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace pgfleet::backup {
namespace {

using namespace std::chrono_literals;
using model::FailureReason;

// Seven are compared of each format, and some may be damaged.
constexpr std::size_t kExamined = 64;
// Read as a whole in one look; the rest is left to the next.
constexpr std::int64_t kBudget = 256 << 20;
constexpr std::int64_t kLargestStatus = 4 << 20;
// Files in a folder may go on growing without a trace in the folder itself.
constexpr std::chrono::minutes kFolderSettles{10};

constexpr std::array<std::pair<std::errc, FailureReason>, 6> kReasons = {{
    {std::errc::permission_denied, FailureReason::kPermission},
    {std::errc::operation_not_permitted, FailureReason::kPermission},
    {std::errc::no_such_file_or_directory, FailureReason::kMissing},
    {std::errc::not_a_directory, FailureReason::kMissing},
    {std::errc::file_too_large, FailureReason::kLimit},
    {std::errc::timed_out, FailureReason::kTimeout},
}};

ScanFailure Failure(const std::string& file, std::error_code error) {
  const auto known = std::ranges::find_if(
      kReasons, [&](const auto& each) { return error == std::make_error_condition(each.first); });
  return {.reason = known == kReasons.end() ? FailureReason::kOther : known->second,
          .file = file.empty() ? "/" : file,
          .error = error.message()};
}

double Seconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

std::int64_t Nanoseconds(std::chrono::system_clock::time_point time) {
  return std::chrono::nanoseconds(time.time_since_epoch()).count();
}

void NoteOldest(double time, model::BackupFacts& facts) {
  facts.oldest = std::min(facts.oldest.value_or(time), time);
}

}  // namespace

Scanner::Scanner(model::DeclaredBackup declared, std::shared_ptr<Disk> disk,
                 std::chrono::nanoseconds interval)
    : declared_(std::move(declared)), disk_(std::move(disk)), interval_(interval) {
  // The config was checked when it was read.
  if (const auto schedule = model::ParseCron(declared_.schedule)) expectation_.schedule = *schedule;
  expectation_.grace = std::chrono::seconds(static_cast<std::int64_t>(declared_.grace));
}

Scan Scanner::Look(std::chrono::system_clock::time_point now) {
  now_ = Nanoseconds(now);
  backups_.clear();
  Scan scan;
  auto facts = std::make_shared<model::BackupFacts>();
  const bool status_read = declared_.status_file.empty() || LookAtStatus(scan, *facts);
  const bool known = declared_.files.empty() ? status_read : LookAtFiles(scan, *facts);
  if (!known) return scan;
  Conclude(backups_, expectation_, std::chrono::floor<std::chrono::seconds>(now), *facts);
  scan.facts = std::move(facts);
  return scan;
}

bool Scanner::LookAtFiles(Scan& scan, model::BackupFacts& facts) {
  auto found = Glob(*disk_, declared_.files);
  if (!found) {
    scan.failure = Failure(found.error().path, found.error().error);
    return false;
  }
  if (found->skipped) scan.failure = Failure(found->skipped->path, found->skipped->error);
  facts.files = 0;
  facts.bytes = 0;
  std::ranges::sort(found->files, std::greater(),
                    [](const FoundFile& file) { return file.stat.modified; });
  const auto newest = std::min(found->files.size(), kExamined);
  LookAtNewest(std::span(found->files).first(newest), scan, facts);
  for (const FoundFile& file : std::span(found->files).subspan(newest))
    Take(file, {.stat = file.stat, .verdict = {}, .growing = false, .settled = false}, facts);
  return true;
}

void Scanner::LookAtNewest(std::span<const FoundFile> files, Scan& scan,
                           model::BackupFacts& facts) {
  std::map<std::string, Known> known;
  Budget budget{kBudget};
  for (const FoundFile& file : files) {
    Known each = Examine(file, budget);
    const FolderVerdict& verdict = each.verdict;
    if (verdict.error == std::errc::no_such_file_or_directory) continue;  // removed since
    if (verdict.error && !scan.failure) scan.failure = Failure(file.path, verdict.error);
    Take(file, each, facts);
    if (verdict.is_backup)
      backups_.push_back({.time = Seconds(verdict.modified),
                          .bytes = verdict.bytes,
                          .format = verdict.format,
                          .compression = verdict.compression,
                          .complete = verdict.complete,
                          .growing = each.growing});
    known.emplace(file.path, each);
  }
  known_ = std::move(known);
}

Scanner::Known Scanner::Examine(const FoundFile& file, Budget& budget) const {
  const auto before = known_.find(file.path);
  const bool was_known = before != known_.end();
  const bool changed = was_known && before->second.stat != file.stat;
  if (was_known && !changed && before->second.settled) return before->second;
  const bool is_file = file.stat.kind == FileKind::kFile;
  const auto written = was_known && !is_file ? before->second.verdict.modified : file.stat.modified;
  const bool thorough = !changed && !IsFresh(written, interval_);
  Known known{.stat = file.stat, .verdict = {}, .growing = false, .settled = false};
  FolderVerdict& verdict = known.verdict;
  if (is_file) {
    verdict = {JudgeFile(*disk_, file.path, thorough, budget), true,
               static_cast<double>(file.stat.size), file.stat.modified};
  } else {
    verdict = JudgeFolder(*disk_, file.path, thorough, budget);
    if (verdict.modified == 0) verdict.modified = file.stat.modified;
  }
  const bool grew = was_known && (changed || before->second.verdict.bytes != verdict.bytes ||
                                  before->second.verdict.modified != verdict.modified);
  known.growing = verdict.complete != true && (grew || IsFresh(verdict.modified, interval_));
  const bool may_settle =
      is_file || verdict.complete == true || !IsFresh(verdict.modified, kFolderSettles);
  known.settled = may_settle && !known.growing && !verdict.exhausted && !verdict.error &&
                  (thorough || verdict.complete == true);
  return known;
}

void Scanner::Take(const FoundFile& file, const Known& known, model::BackupFacts& facts) {
  const bool examined = known.verdict.modified != 0;
  if (examined && !known.verdict.is_backup) return;
  ++*facts.files;
  if (known.growing) ++facts.growing;
  std::optional<double> bytes = known.verdict.bytes;
  if (!examined && file.stat.kind == FileKind::kFile) bytes = static_cast<double>(file.stat.size);
  if (facts.bytes) facts.bytes = bytes ? std::optional(*facts.bytes + *bytes) : std::nullopt;
  NoteOldest(Seconds(examined ? known.verdict.modified : file.stat.modified), facts);
}

bool Scanner::IsFresh(std::int64_t modified, std::chrono::nanoseconds age) const {
  // Either way, as clocks differ.
  return modified > now_ - age.count() && modified < now_ + age.count();
}

bool Scanner::LookAtStatus(Scan& scan, model::BackupFacts& facts) {
  auto status = ReadStatus();
  if (!status) {
    scan.failure = std::move(status.error());
    status_.reset();
    return false;
  }
  status_ = std::move(*status);
  facts.job_succeeded = status_->status.succeeded;
  facts.job_ended = Seconds(status_->stat.modified);
  if (declared_.files.empty()) TakeBackups(*status_, facts);
  return true;
}

std::expected<Scanner::KnownStatus, ScanFailure> Scanner::ReadStatus() {
  const std::string& path = declared_.status_file;
  const auto stat = disk_->Stat(path);
  if (!stat) return std::unexpected(Failure(path, stat.error()));
  if (status_ && status_->stat == *stat) return *status_;
  if (stat->size > kLargestStatus)
    return std::unexpected(Failure(path, std::make_error_code(std::errc::file_too_large)));
  const auto file = disk_->Open(path);
  if (!file) return std::unexpected(Failure(path, file.error()));
  const auto text = (*file)->Read(0, static_cast<std::size_t>(kLargestStatus));
  if (!text) return std::unexpected(Failure(path, text.error()));
  auto status = ReadJobStatus(*text);
  if (!status)
    return std::unexpected(
        ScanFailure{.reason = FailureReason::kBadValue, .file = path, .error = status.error()});
  return KnownStatus{.stat = *stat, .status = std::move(*status)};
}

// What only the tool or the job's exit code says of the backups.
void Scanner::TakeBackups(const KnownStatus& known, model::BackupFacts& facts) {
  const auto add = [&](double time, std::optional<double> bytes, bool complete) {
    backups_.push_back({.time = time,
                        .bytes = bytes,
                        .format = known.status.format,
                        .compression = "none",
                        .complete = complete,
                        .growing = false});
  };
  if (known.status.format == format::kExitCode)
    return add(Seconds(known.stat.modified), std::nullopt, known.status.succeeded);
  facts.files = static_cast<std::int64_t>(known.status.backups.size());
  for (const JobStatus::Backup& backup : known.status.backups) {
    add(backup.ended, backup.bytes, backup.complete);
    NoteOldest(backup.ended, facts);
  }
}

}  // namespace pgfleet::backup
