#include "backup/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace pgfleet::backup {
namespace {

std::unexpected<std::error_code> LastError() {
  return std::unexpected(std::error_code(errno, std::generic_category()));
}

FileStat From(const struct stat& stat) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  const auto kind = S_ISREG(stat.st_mode)   ? FileKind::kFile
                    : S_ISDIR(stat.st_mode) ? FileKind::kFolder
                                            : FileKind::kOther;
  return {.kind = kind,
          .device = stat.st_dev,
          .inode = stat.st_ino,
          .size = stat.st_size,
          .modified = stat.st_mtim.tv_sec * kNanoseconds + stat.st_mtim.tv_nsec};
}

class OpenFile : public File {
 public:
  OpenFile(int descriptor, std::int64_t size) : descriptor_(descriptor), size_(size) {}
  ~OpenFile() override { close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  std::int64_t size() const override { return size_; }
  OrError<std::string> Read(std::int64_t offset, std::size_t length) override {
    std::string bytes(length, '\0');
    std::size_t done = 0;
    while (done < length) {
      const auto got = pread(descriptor_, bytes.data() + done, length - done,
                             offset + static_cast<std::int64_t>(done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return LastError();
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
  }

 private:
  int descriptor_;
  std::int64_t size_;
};

class RealDisk : public Disk {
 public:
  OrError<std::vector<std::string>> List(const std::string& folder, std::size_t most) override {
    std::vector<std::string> names;
    std::error_code error;
    std::filesystem::directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
      if (names.size() == most)
        return std::unexpected(std::make_error_code(std::errc::file_too_large));
      names.push_back(entry->path().filename());
    }
    if (error) return std::unexpected(error);
    return names;
  }

  OrError<FileStat> Stat(const std::string& path) override {
    struct stat stat{};
    if (::stat(path.c_str(), &stat) != 0) return LastError();
    return From(stat);
  }

  OrError<std::unique_ptr<File>> Open(const std::string& path) override {
    // Not waiting: what has become a pipe in the meantime must not hold the reader.
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) return LastError();
    struct stat stat{};
    const bool known = fstat(descriptor, &stat) == 0;
    auto file = std::make_unique<OpenFile>(descriptor, known ? stat.st_size : 0);
    if (!known) return LastError();
    if (!S_ISREG(stat.st_mode))
      return std::unexpected(std::make_error_code(std::errc::invalid_argument));
    return file;
  }
};

}  // namespace

std::shared_ptr<Disk> ThisDisk() { return std::make_shared<RealDisk>(); }

}  // namespace pgfleet::backup
