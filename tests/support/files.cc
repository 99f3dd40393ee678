#include "support/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "support/process.h"

namespace pgfleet::test {

TempDir::TempDir() {
  std::string name = "/tmp/pgfleet-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a directory in /tmp");
  path_ = name;
  std::filesystem::permissions(path_, std::filesystem::perms(0755));
  GiveToServerUser(path_);
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ReadFile(const std::filesystem::path& path) {
  // Through a stream, which swallows a failing read: a process may end while its file in /proc is
  // open.
  const std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  return std::move(text).str();
}

std::string Tail(const std::filesystem::path& path, std::size_t bytes) {
  const std::string text = ReadFile(path);
  return text.size() <= bytes ? text : "..." + text.substr(text.size() - bytes);
}

namespace {

void Write(const std::filesystem::path& path, std::string_view text, std::ios::openmode mode) {
  std::ofstream out(path, std::ios::binary | mode);
  out << text << std::flush;
  if (!out) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

void WriteFile(const std::filesystem::path& path, std::string_view text) {
  Write(path, text, std::ios::trunc);
}

void AppendFile(const std::filesystem::path& path, std::string_view text) {
  Write(path, text, std::ios::app);
}

FileLock::FileLock(const std::filesystem::path& path)
    : descriptor_(open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0 || flock(descriptor_, LOCK_EX) != 0)
    throw std::runtime_error("cannot lock " + path.string());
}

FileLock::~FileLock() { close(descriptor_); }

}  // namespace pgfleet::test
