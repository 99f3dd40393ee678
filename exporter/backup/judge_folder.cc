#include "backup/judge_folder.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "backup/archive.h"
#include "backup/manifest.h"

namespace pgfleet::backup {
namespace {

constexpr std::size_t kMostNames = 200'000;
// A base backup has a file for each table; of more than these not each is looked at.
constexpr std::size_t kMostLooks = 50'000;
constexpr std::array<std::string_view, 4> kEndings = {"", ".gz", ".lz4", ".zst"};

// One folder with what is in it.
class Folder {
 public:
  Folder(Disk& disk, std::string path, std::vector<std::string> names)
      : disk_(disk), path_(std::move(path)), names_(names.begin(), names.end()) {}

  bool Has(const std::string& name) const { return names_.contains(name); }
  const std::set<std::string>& names() const { return names_; }
  std::string PathOf(const std::string& name) const { return path_ + "/" + name; }
  Disk& disk() const { return disk_; }

  // The name itself or with the ending of a compression; "": there is none.
  std::string Packed(const std::string& name) const {
    for (const std::string_view ending : kEndings)
      if (Has(name + std::string(ending))) return name + std::string(ending);
    return "";
  }
  // Counts a file's size and time in; false: it is not there.
  bool Count(const std::string& name, FolderVerdict& verdict) const {
    const auto stat = disk_.Stat(PathOf(name));
    if (!stat) return false;
    verdict.bytes = verdict.bytes.value_or(0) + static_cast<double>(stat->size);
    verdict.modified = std::max(verdict.modified, stat->modified);
    return true;
  }
  // Calls `use` with the open file, or notes why it cannot be read.
  template <typename Use>
  void With(const std::string& name, FolderVerdict& verdict, Use use) const {
    const auto file = disk_.Open(PathOf(name));
    if (!file) {
      verdict.error = file.error();
      return;
    }
    FileSource source(**file);
    use(source);
    if (source.error()) verdict.error = source.error();
  }

 private:
  Disk& disk_;
  std::string path_;
  std::set<std::string> names_;
};

// What its parts hold is found out as it is of a file of that size.
bool MayBeReadWhole(const FolderVerdict& verdict) {
  return verdict.bytes.value_or(0) <= static_cast<double>(kLargestReadWhole);
}

// What is wrong with a part is wrong with the whole; what is not known of a part, likewise.
void Add(const FileVerdict& part, FolderVerdict& whole) {
  if (part.error) whole.error = part.error;
  whole.exhausted = whole.exhausted || part.exhausted;
  if (part.complete == false)
    whole.complete = false;
  else if (!part.complete && whole.complete == true)
    whole.complete.reset();
}

void JudgeParts(const Folder& folder, const Archive& archive, bool thorough, Budget& budget,
                FolderVerdict& verdict) {
  verdict.complete = true;
  for (const Archive::Entry& entry : archive.entries) {
    if (!entry.has_data || entry.file.empty()) continue;
    const std::string name = folder.Packed(entry.file);
    if (name.empty()) {
      verdict.complete = false;
      return;
    }
    const auto part =
        JudgeRows(folder.disk(), folder.PathOf(name), entry.is_copy, thorough, budget);
    if (part.compression != "none") verdict.compression = part.compression;
    Add(part, verdict);
  }
}

// pg_dump writes the table of contents first.
void JudgeDump(const Folder& folder, bool thorough, Budget& budget, FolderVerdict& verdict) {
  verdict.format = format::kDirectory;
  for (const auto& name : folder.names()) folder.Count(name, verdict);
  thorough = thorough && MayBeReadWhole(verdict);
  folder.With("toc.dat", verdict, [&](Source& source) {
    if (!IsArchive(source)) {
      verdict.complete = false;
      return;
    }
    const auto archive = ReadArchive(source);
    if (archive)
      JudgeParts(folder, *archive, thorough, budget, verdict);
    else if (archive.error() == ArchiveFault::kCut)
      verdict.complete = false;
  });
}

// pg_basebackup gives the manifest its name when all else is on disk.
void JudgeManifest(const Folder& folder, bool of_files, FolderVerdict& verdict) {
  folder.With("backup_manifest", verdict, [&](Source& source) {
    const auto manifest = ReadManifest(source);
    verdict.complete = manifest.has_value();
    if (!manifest || !manifest->files || !of_files) return;
    double bytes = 0;
    for (const auto& file : *manifest->files) bytes += static_cast<double>(file.size);
    verdict.bytes = bytes;
    if (manifest->files->size() > kMostLooks) return;
    for (const auto& file : *manifest->files) {
      const auto stat = folder.disk().Stat(folder.PathOf(file.path));
      if (!stat || stat->size != file.size) verdict.complete = false;
    }
  });
}

// Adds the sizes of all files below; false: too many, or not all can be seen.
bool AddSizes(Disk& disk, const std::string& path, std::size_t& looks, double& bytes) {
  const auto names = disk.List(path, looks);
  if (!names) return false;
  looks -= names->size();
  return std::ranges::all_of(*names, [&](const std::string& name) {
    const auto stat = disk.Stat(path + "/" + name);
    if (!stat) return false;
    if (stat->kind == FileKind::kFolder) return AddSizes(disk, path + "/" + name, looks, bytes);
    bytes += static_cast<double>(stat->size);
    return true;
  });
}

void JudgeData(const Folder& folder, FolderVerdict& verdict) {
  const bool has_manifest = folder.Has("backup_manifest");
  const bool labelled = folder.Has("backup_label");
  verdict.format = has_manifest || labelled ? format::kBasebackup : format::kData;
  // A server runs in it.
  if (folder.Has("postmaster.pid") && !labelled) verdict.is_backup = false;
  for (const auto& name : has_manifest
                              ? std::vector<std::string>{"backup_manifest"}
                              : std::vector<std::string>{"backup_label", "global/pg_control"})
    folder.Count(name, verdict);
  verdict.bytes.reset();
  if (has_manifest) return JudgeManifest(folder, true, verdict);
  if (folder.Has("backup_manifest.tmp")) verdict.complete = false;
  std::size_t looks = kMostLooks;
  double bytes = 0;
  if (AddSizes(folder.disk(), folder.PathOf("."), looks, bytes)) verdict.bytes = bytes;
}

void JudgeTars(const Folder& folder, bool thorough, Budget& budget, FolderVerdict& verdict) {
  verdict.format = format::kBasebackupTar;
  verdict.complete = true;
  if (folder.Has("backup_manifest")) JudgeManifest(folder, false, verdict);
  if (folder.Has("backup_manifest.tmp")) verdict.complete = false;
  std::vector<std::string> tars;
  for (const auto& name : folder.names())
    if (name.contains(".tar") && folder.Count(name, verdict)) tars.push_back(name);
  thorough = thorough && MayBeReadWhole(verdict);
  for (const auto& name : tars) {
    const auto part = JudgeFile(folder.disk(), folder.PathOf(name), thorough, budget);
    if (name.starts_with("base.tar")) verdict.compression = part.compression;
    Add(part, verdict);
  }
}

}  // namespace

FolderVerdict JudgeFolder(Disk& disk, const std::string& path, bool thorough, Budget& budget) {
  FolderVerdict verdict;
  auto names = disk.List(path, kMostNames);
  if (!names) {
    verdict.error = names.error();
    return verdict;
  }
  const Folder folder(disk, path, std::move(*names));
  verdict.is_backup = true;
  if (folder.Has("toc.dat"))
    JudgeDump(folder, thorough, budget, verdict);
  else if (folder.Has("PG_VERSION") && folder.Has("global"))
    JudgeData(folder, verdict);
  else if (!folder.Packed("base.tar").empty())
    JudgeTars(folder, thorough, budget, verdict);
  else
    verdict.is_backup = false;
  if (verdict.error) verdict.complete.reset();
  return verdict;
}

}  // namespace pgfleet::backup
