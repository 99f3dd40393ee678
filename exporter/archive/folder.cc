#include "archive/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace pgfleet::archive {
namespace {

std::error_code LastError() { return {errno, std::generic_category()}; }

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

double SecondsOf(const timespec& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::expected<std::string, std::error_code> ReadAll(int file, std::size_t most) {
  std::string text(most, '\0');
  std::size_t had = 0;
  while (had < most) {
    const auto count = read(file, text.data() + had, most - had);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected(LastError());
    if (count == 0) break;
    had += static_cast<std::size_t>(count);
  }
  text.resize(had);
  return text;
}

class DiskFolder : public Folder {
 public:
  explicit DiskFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::error_code List(const See& see) override {
    const std::unique_ptr<DIR, CloseDirectory> directory(opendir(path_.c_str()));
    if (!directory) return LastError();
    while (true) {
      errno = 0;
      // A stream of its own, which is safe; std::filesystem would take a path apart for each of a
      // million files.
      const dirent* entry = readdir(directory.get());  // NOLINT(concurrency-mt-unsafe)
      if (entry == nullptr) return errno == 0 ? std::error_code() : LastError();
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (!see(name, entry->d_type == DT_DIR)) return {};
    }
  }

  std::expected<FileStatus, std::error_code> Status(const std::string& name) override {
    struct stat status{};
    if (stat((path_ / name).c_str(), &status) != 0) return std::unexpected(LastError());
    return FileStatus{.is_file = S_ISREG(status.st_mode),
                      .bytes = status.st_size,
                      .modified = SecondsOf(status.st_mtim)};
  }

  std::expected<std::string, std::error_code> Read(const std::string& name,
                                                   std::size_t most) override {
    // Not blocking, should somebody have put a pipe in the place of the file.
    const Descriptor file(
        open((path_ / name).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (file.get() < 0) return std::unexpected(LastError());
    return ReadAll(file.get(), most);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace

std::unique_ptr<Folder> FolderOnDisk(std::filesystem::path path) {
  return std::make_unique<DiskFolder>(std::move(path));
}

}  // namespace pgfleet::archive
