#include "backup/glob.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <set>

namespace pgfleet::backup {
namespace {

// Far more than any folder of backups holds; what bounds the memory.
constexpr std::size_t kMostNames = 1'000'000;
constexpr std::size_t kMostFiles = 200'000;

// What programs write until it is whole, and what stands beside backups.
constexpr std::array<std::string_view, 11> kNoBackups = {
    ".tmp",  ".part",   ".partial", ".incomplete", ".log",      ".md5",
    ".sha1", ".sha256", ".sha512",  "~",           "lost+found"};

bool IsPattern(std::string_view part) {
  return part.find_first_of("*?[") != std::string_view::npos;
}

bool IsNoBackup(std::string_view name) {
  return std::ranges::any_of(kNoBackups,
                             [&](std::string_view ending) { return name.ends_with(ending); });
}

std::vector<std::string> Parts(std::string_view pattern) {
  std::vector<std::string> parts;
  while (!pattern.empty()) {
    const auto slash = std::min(pattern.find('/'), pattern.size());
    if (slash > 0) parts.emplace_back(pattern.substr(0, slash));
    pattern.remove_prefix(std::min(slash + 1, pattern.size()));
  }
  return parts;
}

class Walk {
 public:
  Walk(Disk& disk, std::vector<std::string> parts) : disk_(disk), parts_(std::move(parts)) {}

  // False: failed.
  bool Enter(const std::string& folder, std::size_t depth) {
    if (depth == parts_.size()) return true;
    if (!IsPattern(parts_[depth])) return Take(folder + "/" + parts_[depth], depth, true);
    const auto names = disk_.List(folder.empty() ? "/" : folder, names_left_);
    if (!names) return IsHarmless(folder, names.error(), depth) || Fail(folder, names.error());
    names_left_ -= names->size();
    return std::ranges::all_of(*names, [&](const std::string& name) {
      return fnmatch(parts_[depth].c_str(), name.c_str(), FNM_PERIOD) != 0 ||
             Take(folder + "/" + name, depth, false);
    });
  }
  GlobResult& result() { return result_; }
  GlobError& error() { return error_; }

 private:
  bool Take(const std::string& path, std::size_t depth, bool named) {
    if (depth + 1 < parts_.size()) return Enter(path, depth + 1);
    if (IsNoBackup(path)) return true;
    const auto stat = disk_.Stat(path);
    if (!stat) {
      // Removed since, or not there: no file is an answer where a folder that is missing is none.
      const bool gone = stat.error() == std::errc::no_such_file_or_directory;
      return (gone && (!named || disk_.Stat(Parent(path)))) ||
             IsHarmless(path, stat.error(), named ? depth : depth + 1) || Fail(path, stat.error());
    }
    if (stat->kind == FileKind::kOther || !seen_.emplace(stat->device, stat->inode).second)
      return true;
    if (result_.files.size() == kMostFiles)
      return Fail(path, std::make_error_code(std::errc::file_too_large));
    result_.files.push_back({path, *stat});
    return true;
  }

  static std::string Parent(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
  }
  // Below a pattern there are files among the folders, and folders of others.
  bool IsHarmless(const std::string& path, std::error_code error, std::size_t depth) {
    const bool below = std::any_of(parts_.begin(), parts_.begin() + static_cast<long>(depth),
                                   [](const auto& part) { return IsPattern(part); });
    if (!below || error == std::errc::file_too_large) return false;
    if (error != std::errc::not_a_directory && error != std::errc::no_such_file_or_directory &&
        !result_.skipped)
      result_.skipped = {path, error};
    return true;
  }
  bool Fail(const std::string& path, std::error_code error) {
    error_ = {path, error};
    return false;
  }

  Disk& disk_;
  std::vector<std::string> parts_;
  GlobResult result_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen_;
  std::size_t names_left_ = kMostNames;
  GlobError error_;
};

}  // namespace

std::expected<GlobResult, GlobError> Glob(Disk& disk, std::string_view pattern) {
  Walk walk(disk, Parts(pattern));
  if (!walk.Enter("", 0)) return std::unexpected(std::move(walk.error()));
  return std::move(walk.result());
}

}  // namespace pgfleet::backup
