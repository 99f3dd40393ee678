#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>

#include "backup/disk.h"

namespace pgfleet::backup {

// A folder of this test's own, in memory where the machine has such a place: some write many files.
class TestFolder {
 public:
  TestFolder() {
    const std::filesystem::path memory = "/dev/shm";
    const bool fast = std::filesystem::is_directory(memory);
    std::string name =
        (fast ? memory : std::filesystem::temp_directory_path()) / "pgfleet-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ / name; }
  // `modified`: seconds since the epoch.
  std::string Write(const std::string& name, std::string_view text, double modified) const {
    const auto path = path_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    SetTime(name, modified);
    return path;
  }
  void SetTime(const std::string& name, double modified) const {
    const auto whole = static_cast<time_t>(modified);
    const timespec time{whole, static_cast<long>((modified - static_cast<double>(whole)) * 1e9)};
    const timespec times[] = {time, time};
    if (utimensat(AT_FDCWD, (path_ / name).c_str(), times, 0) != 0)
      throw std::runtime_error("the time cannot be set");
  }

 private:
  std::filesystem::path path_;
};

// The real disk, with every access counted.
class CountingDisk : public Disk {
 public:
  int lists = 0, stats = 0, opens = 0;
  std::function<void(const std::string& path)> before_open = [](const std::string&) {};

  OrError<std::vector<std::string>> List(const std::string& folder, std::size_t most) override {
    ++lists;
    return disk_->List(folder, most);
  }
  OrError<FileStat> Stat(const std::string& path) override {
    ++stats;
    return disk_->Stat(path);
  }
  OrError<std::unique_ptr<File>> Open(const std::string& path) override {
    ++opens;
    before_open(path);
    return disk_->Open(path);
  }
  void Reset() { lists = stats = opens = 0; }

 private:
  std::shared_ptr<Disk> disk_ = ThisDisk();
};

// As pg_dump writes it, with so many bytes of SQL between.
inline std::string PlainDump(std::size_t bytes = 100) {
  return "--\n-- PostgreSQL database dump\n--\n\nSET x = 1;\n" + std::string(bytes, 'x') +
         "\n--\n-- PostgreSQL database dump complete\n--\n\n";
}

}  // namespace pgfleet::backup
