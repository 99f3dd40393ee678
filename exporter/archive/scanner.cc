#include "archive/scanner.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <tuple>
#include <utility>

#include "archive/unpack.h"

namespace pgfleet::archive {
namespace {

using model::ArchiveFailure;
using model::UnexpectedFile;

std::int64_t& Count(Inventory& inventory, UnexpectedFile kind) {
  return inventory.unexpected[static_cast<std::size_t>(kind)];
}

ArchiveFailure FailureOf(const std::error_code& error) {
  constexpr std::array kKnown = {
      std::pair{std::errc::no_such_file_or_directory, ArchiveFailure::kMissing},
      std::pair{std::errc::permission_denied, ArchiveFailure::kPermission},
      std::pair{std::errc::operation_not_permitted, ArchiveFailure::kPermission},
      std::pair{std::errc::not_a_directory, ArchiveFailure::kNotADirectory},
  };
  for (const auto& [code, failure] : kKnown)
    if (error == code) return failure;
  return ArchiveFailure::kOther;
}

ScanFault FaultOf(const std::error_code& error, const std::string& file) {
  return {.failure = FailureOf(error), .file = file, .message = error.message()};
}

// Removed since its name was read.
bool IsGone(const std::error_code& error) { return error == std::errc::no_such_file_or_directory; }

// What file systems keep at the top of a volume.
bool IsHousekeeping(std::string_view directory) {
  return directory.starts_with('.') || directory == "lost+found";
}

}  // namespace

std::expected<const Inventory*, ScanFault> Scanner::Scan(double now) {
  turn_ = (turn_ + 1) % kTurns;
  if (auto fault = ListNames()) return std::unexpected(std::move(*fault));
  if (auto fault = LookAtFiles(now)) return std::unexpected(std::move(*fault));
  if (auto fault = LookAtTexts(now)) return std::unexpected(std::move(*fault));
  Gather();
  return &inventory_;
}

std::optional<ScanFault> Scanner::ListNames() {
  seen_.assign(inventory_.files.size(), false);
  due_.clear();
  names_ = 0;
  too_many_ = false;
  inventory_.unexpected = {};
  for (auto& [name, text] : texts_) text.seen = false;
  const auto failed = folder_->List(
      [&](std::string_view name, bool is_directory) { return Note(name, is_directory); });
  if (failed) return FaultOf(failed, "");
  if (too_many_)
    return ScanFault{.failure = ArchiveFailure::kOther,
                     .file = "",
                     .message = "it holds more files than can be watched"};
  return std::nullopt;
}

bool Scanner::Note(std::string_view name, bool is_directory) {
  progress_.fetch_add(1, std::memory_order_relaxed);
  if (is_directory) {
    if (!IsHousekeeping(name)) ++Count(inventory_, UnexpectedFile::kDirectory);
    return true;
  }
  const FileName parsed = Classify(name);
  switch (parsed.kind) {
    case FileKind::kSegment:
    case FileKind::kPartial:
      NoteWal(parsed, name);
      break;
    case FileKind::kHistory:
    case FileKind::kBackup:
      texts_.try_emplace(std::string(name), Text{.name = parsed}).first->second.seen = true;
      break;
    case FileKind::kTemporary:
      ++Count(inventory_, UnexpectedFile::kTemporary);
      break;
    case FileKind::kForeign:
      ++Count(inventory_, UnexpectedFile::kForeign);
  }
  too_many_ = names_ > kMostFiles || texts_.size() > kMostTexts;
  return !too_many_;
}

void Scanner::NoteWal(const FileName& name, std::string_view text) {
  ++names_;
  const WalFile file{.timeline = name.timeline,
                     .kind = name.kind,
                     .packing = name.packing,
                     .position = (std::uint64_t{name.log} << 32U) | name.segment};
  const auto& files = inventory_.files;
  const auto known = std::ranges::lower_bound(files, file.Key(), {}, &WalFile::Key);
  if (known == files.end() || known->Key() != file.Key()) {
    due_.push_back({.file = file, .name = std::string(text)});
    return;
  }
  const bool has_turn = (file.position + file.timeline) % kTurns == static_cast<unsigned>(turn_);
  if (!known->settled || has_turn)
    due_.push_back({.file = file, .name = std::string(text)});  // and is not taken for seen
  else
    seen_[static_cast<std::size_t>(known - files.begin())] = true;
}

std::optional<ScanFault> Scanner::LookAtFiles(double now) {
  std::vector<WalFile> looked_at;
  looked_at.reserve(due_.size());
  for (auto& [file, name] : due_) {
    progress_.fetch_add(1, std::memory_order_relaxed);
    const auto status = folder_->Status(name);
    if (!status && IsGone(status.error())) continue;
    if (!status) return FaultOf(status.error(), name);
    if (!status->is_file) {
      ++Count(inventory_, UnexpectedFile::kForeign);
      continue;
    }
    file.bytes = status->bytes;
    file.modified = status->modified;
    file.settled = std::abs(now - file.modified) > kYoung;
    looked_at.push_back(file);
  }
  due_ = {};
  Merge(std::move(looked_at));
  return std::nullopt;
}

void Scanner::Merge(std::vector<WalFile> looked_at) {
  auto& files = inventory_.files;
  std::size_t i = 0;
  std::erase_if(files, [&](const WalFile&) { return !seen_[i++]; });
  std::ranges::sort(looked_at, {}, &WalFile::Key);
  // A directory that changes while it is read may show a name twice.
  const auto twice = std::ranges::unique(looked_at, {}, &WalFile::Key);
  looked_at.erase(twice.begin(), twice.end());
  std::vector<WalFile> merged;
  merged.reserve(files.size() + looked_at.size());
  std::ranges::merge(files, looked_at, std::back_inserter(merged), {}, &WalFile::Key,
                     &WalFile::Key);
  files = std::move(merged);
}

std::optional<ScanFault> Scanner::LookAtTexts(double now) {
  std::erase_if(texts_, [](const auto& each) { return !each.second.seen; });
  int i = 0;
  for (auto& [name, text] : texts_) {
    const bool has_turn = i++ % kTurns == turn_;
    if (text.settled && !text.damaged && !has_turn) continue;
    progress_.fetch_add(1, std::memory_order_relaxed);
    const auto status = folder_->Status(name);
    if (!status && IsGone(status.error())) {
      text.seen = false;
      continue;
    }
    if (!status) return FaultOf(status.error(), name);
    text.settled = std::abs(now - status->modified) > kYoung;
    if (status->bytes == text.bytes && status->modified == text.modified) continue;
    text.bytes = status->bytes;
    text.modified = status->modified;
    text.damaged = true;
    if (!status->is_file) continue;
    if (auto fault = Reread(name, text)) return fault;
  }
  return std::nullopt;
}

std::optional<ScanFault> Scanner::Reread(const std::string& name, Text& text) {
  text.damaged = true;
  text.backup.reset();
  text.ancestors.clear();
  const auto packed = folder_->Read(name, kMostText);
  if (!packed) {
    text.bytes = -1;  // to be read again
    text.seen = !IsGone(packed.error());
    if (!text.seen) return std::nullopt;
    return FaultOf(packed.error(), name);
  }
  const auto content = Unpack(*packed, text.name.packing, kMostText);
  if (!content) return std::nullopt;
  if (text.name.kind == FileKind::kBackup) {
    auto backup = ParseBackupHistory(*content, text.name, text.modified);
    if (backup) text.backup = std::move(*backup);
    text.damaged = !backup;
  } else {
    auto ancestors = ParseTimelineHistory(*content, text.name.timeline);
    if (ancestors) text.ancestors = std::move(*ancestors);
    text.damaged = !ancestors;
  }
  return std::nullopt;
}

void Scanner::Gather() {
  inventory_.backups.clear();
  inventory_.histories.clear();
  inventory_.other_bytes = 0;
  for (const auto& [name, text] : texts_) {
    if (!text.seen) continue;
    if (text.bytes > 0) inventory_.other_bytes += text.bytes;
    if (text.damaged)
      ++Count(inventory_, UnexpectedFile::kDamaged);
    else if (text.backup)
      inventory_.backups.push_back(*text.backup);
    else
      inventory_.histories.insert_or_assign(text.name.timeline, text.ancestors);
  }
}

}  // namespace pgfleet::archive
