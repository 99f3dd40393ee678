#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace pgfleet::archive {

struct FileStatus {
  bool is_file = false;  // a regular one, or a link to one
  std::int64_t bytes = 0;
  double modified = 0;  // epoch seconds
};

// A directory on a disk that may hang: every call may take for ever. One thread at a time.
class Folder {
 public:
  virtual ~Folder() = default;

  // Calls `see` for every entry but "." and ".." until it says false. `is_directory`: certainly
  // one; links are not followed for this.
  using See = std::function<bool(std::string_view name, bool is_directory)>;
  virtual std::error_code List(const See& see) = 0;
  virtual std::expected<FileStatus, std::error_code> Status(const std::string& name) = 0;
  // The first `most` bytes of a regular file.
  virtual std::expected<std::string, std::error_code> Read(const std::string& name,
                                                           std::size_t most) = 0;
};

std::unique_ptr<Folder> FolderOnDisk(std::filesystem::path path);

}  // namespace pgfleet::archive
