#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace pgfleet::test {

// A new directory /tmp/pgfleet-XXXXXX, removed with all it holds at the end. The path is short
// because it carries Unix sockets (at most 107 bytes). Belongs to the user that servers run as;
// everybody may enter.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The whole file; "" when it cannot be read.
std::string ReadFile(const std::filesystem::path& path);
// The last `bytes` of it, for messages.
std::string Tail(const std::filesystem::path& path, std::size_t bytes = 4000);

void WriteFile(const std::filesystem::path& path, std::string_view text);
void AppendFile(const std::filesystem::path& path, std::string_view text);

// Held from construction to the end, between threads and processes.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace pgfleet::test
