#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/folder.h"
#include "archive/inventory.h"

namespace pgfleet::archive {

struct ScanFault {
  model::ArchiveFailure failure = model::ArchiveFailure::kOther;
  std::string file;     // its name; "": the directory itself
  std::string message;  // of the system
};

// Reads the directory of an archive again and again, cheaply: every time all names, and of a file
// the size and time when it is new, was young when it was last looked at, or its turn has come (a
// thirtieth of the rest at a time, so that shrunken and replaced files are found). Contents only of
// history files and backup history files. One thread at a time, but for progress().
class Scanner {
 public:
  explicit Scanner(std::unique_ptr<Folder> folder) : folder_(std::move(folder)) {}

  // `now`: epoch seconds. All that counts could be read, or the fault of the first that could not:
  // half an archive would look like one with gaps. The inventory is valid until the next call.
  std::expected<const Inventory*, ScanFault> Scan(double now);

  // Grows while a scan gets on. Any thread.
  std::uint64_t progress() const { return progress_.load(std::memory_order_relaxed); }

  static constexpr std::size_t kMostFiles = 2'000'000;
  static constexpr std::size_t kMostTexts = 20'000;  // history files of both kinds
  static constexpr std::size_t kMostText = 64 << 10;
  static constexpr int kTurns = 30;
  static constexpr double kYoung = 120;  // seconds within which a file may still be written

 private:
  struct Text {
    FileName name;
    bool seen = false;
    bool settled = false;
    bool damaged = false;
    std::int64_t bytes = -1;
    double modified = 0;
    std::optional<BackupHistory> backup;
    std::vector<Ancestor> ancestors;
  };

  std::optional<ScanFault> ListNames();
  bool Note(std::string_view name, bool is_directory);
  void NoteWal(const FileName& name, std::string_view text);
  std::optional<ScanFault> LookAtFiles(double now);
  std::optional<ScanFault> LookAtTexts(double now);
  void Merge(std::vector<WalFile> looked_at);
  std::optional<ScanFault> Reread(const std::string& name, Text& text);
  void Gather();

  struct DueFile {
    WalFile file;
    std::string name;
  };

  std::unique_ptr<Folder> folder_;
  Inventory inventory_;
  std::vector<bool> seen_;    // parallel to inventory_.files: there, and as it was
  std::vector<DueFile> due_;  // to be looked at by this scan
  std::map<std::string, Text, std::less<>> texts_;
  std::size_t names_ = 0;  // of WAL files, seen by this scan
  bool too_many_ = false;
  int turn_ = 0;
  std::atomic<std::uint64_t> progress_ = 0;
};

}  // namespace pgfleet::archive
