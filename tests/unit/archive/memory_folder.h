#pragma once

#include <map>
#include <string>
#include <utility>

#include "archive/folder.h"

namespace pgfleet::archive {

// A directory in memory that counts what is asked of it.
class MemoryFolder : public Folder {
 public:
  struct File {
    std::int64_t bytes = 0;
    double modified = 0;
    std::string text{};
    bool is_directory = false;
    std::error_code fails{};
  };

  std::error_code List(const See& see) override {
    ++lists;
    if (list_fails) return list_fails;
    for (const auto& [name, file] : files)
      if (!see(name, file.is_directory)) break;
    return {};
  }
  std::expected<FileStatus, std::error_code> Status(const std::string& name) override {
    ++statuses;
    const auto file = files.find(name);
    if (file == files.end())
      return std::unexpected(std::error_code(ENOENT, std::generic_category()));
    if (file->second.fails) return std::unexpected(file->second.fails);
    return FileStatus{.is_file = !file->second.is_directory,
                      .bytes = file->second.bytes,
                      .modified = file->second.modified};
  }
  std::expected<std::string, std::error_code> Read(const std::string& name,
                                                   std::size_t most) override {
    ++reads;
    if (read_fails) return std::unexpected(read_fails);
    return files.at(name).text.substr(0, most);
  }

  void Add(const std::string& name, std::int64_t bytes, double modified = 0) {
    files[name] = {.bytes = bytes, .modified = modified};
  }
  void AddText(const std::string& name, const std::string& text, double modified = 0) {
    files[name] = {
        .bytes = static_cast<std::int64_t>(text.size()), .modified = modified, .text = text};
  }

  std::map<std::string, File> files;
  std::error_code list_fails, read_fails;
  int lists = 0, statuses = 0, reads = 0;
};

}  // namespace pgfleet::archive
