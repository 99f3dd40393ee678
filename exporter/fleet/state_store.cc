#include "fleet/state_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "analysis/memory_text.h"
#include "log/log.h"

namespace pgfleet::fleet {
namespace {

constexpr std::chrono::milliseconds kGoodbye{500};
constexpr std::size_t kLargest = 4U << 20U;  // a day of pulses takes 0.3 MB

std::filesystem::path FileOf(const std::filesystem::path& folder, const std::string& cluster) {
  return folder / (cluster + ".state");
}

std::error_code LastError() { return {errno, std::generic_category()}; }

bool WriteAll(int file, std::string_view text) {
  while (!text.empty()) {
    const auto written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// The old file stays until the new one is whole on disk.
std::error_code Replace(const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path next = path.string() + ".new";
  const int file = open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return LastError();
  std::error_code failed;
  if (!WriteAll(file, text) || fsync(file) != 0) failed = LastError();
  close(file);
  if (!failed) std::filesystem::rename(next, path, failed);
  return failed;
}

void LogUnusable(const std::filesystem::path& path, std::string_view why) {
  log::Warn("the state file cannot be used; lag is known from now on only",
            {{"file", path.string()}, {"error", why}});
}

}  // namespace

struct StateStore::Writer {
  std::filesystem::path folder;
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, analysis::Memory> waiting;  // under mutex
  bool ending = false;                              // under mutex
  bool ended = false;                               // under mutex
  bool complained = false;                          // the thread's own

  // Absent: all is written, and no more will come.
  std::optional<std::pair<std::string, analysis::Memory>> Next() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return ending || !waiting.empty(); });
    if (waiting.empty()) return std::nullopt;
    auto taken = waiting.extract(waiting.begin());
    return std::pair(std::move(taken.key()), std::move(taken.mapped()));
  }

  void Run() {
    while (const auto next = Next()) {
      const auto path = FileOf(folder, next->first);
      const auto failed = Replace(path, analysis::ToText(next->second, analysis::ThisMachine()));
      if (failed && !complained)
        log::Warn("the state file cannot be written",
                  {{"file", path.string()},
                   {"error", failed.message()},
                   {"advice", "give --state-dir a folder that the exporter may write to"}});
      complained = static_cast<bool>(failed);
    }
    const std::lock_guard lock(mutex);
    ended = true;
    changed.notify_all();
  }
};

StateStore::StateStore(std::filesystem::path folder)
    : folder_(std::move(folder)), writer_(std::make_shared<Writer>()) {
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  writer_->folder = folder_;
  std::thread([writer = writer_] { writer->Run(); }).detach();
}

StateStore::~StateStore() {
  std::unique_lock lock(writer_->mutex);
  writer_->ending = true;
  writer_->changed.notify_all();
  writer_->changed.wait_for(lock, kGoodbye, [&] { return writer_->ended; });
}

analysis::Memory StateStore::Load(const std::string& cluster) const {
  const auto path = FileOf(folder_, cluster);
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  if (failed == std::errc::no_such_file_or_directory) return {};
  if (failed || size > kLargest) {
    LogUnusable(path, failed ? failed.message() : "it is too large");
    return {};
  }
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto memory = analysis::FromText(text, analysis::ThisMachine());
  if (memory) return std::move(*memory);
  LogUnusable(path, memory.error());
  return {};
}

void StateStore::Save(const std::string& cluster, const analysis::Memory& memory) {
  const std::lock_guard lock(writer_->mutex);
  writer_->waiting.insert_or_assign(cluster, memory);
  writer_->changed.notify_all();
}

}  // namespace pgfleet::fleet
