#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace pgfleet::backup {

enum class FileKind : std::uint8_t { kFile, kFolder, kOther };

struct FileStat {
  FileKind kind = FileKind::kOther;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified = 0;  // nanoseconds since the epoch

  bool operator==(const FileStat&) const = default;
};

template <typename T>
using OrError = std::expected<T, std::error_code>;

// An open file; closed with the object.
class File {
 public:
  virtual ~File() = default;
  virtual std::int64_t size() const = 0;  // when it was opened
  // Shorter where the file ends.
  virtual OrError<std::string> Read(std::int64_t offset, std::size_t length) = 0;
};

// The disk that backups lie on. Every call may hang for ever; several threads may call at once.
class Disk {
 public:
  virtual ~Disk() = default;
  // The names in a folder, without . and .. and in no order. More than `most`: file_too_large.
  virtual OrError<std::vector<std::string>> List(const std::string& folder, std::size_t most) = 0;
  // Of what a link points to.
  virtual OrError<FileStat> Stat(const std::string& path) = 0;
  // Regular files only.
  virtual OrError<std::unique_ptr<File>> Open(const std::string& path) = 0;
};

// This machine's.
std::shared_ptr<Disk> ThisDisk();

}  // namespace pgfleet::backup
