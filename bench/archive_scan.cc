// What reading an archive of FILES segments costs: the CPU time of this thread for the first read
// of a real directory of (sparse) files, and for the second, when eight have come. Prints one line
// of JSON, in ms.
//
//     archive_scan FILES
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "archive/chain.h"
#include "archive/scanner.h"

namespace {

namespace fs = std::filesystem;
namespace archive = pgfleet::archive;

constexpr long kSegment = 16 << 20, kPerLog = 256;

double CpuMilliseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

void MakeSegments(const fs::path& folder, long first, long count) {
  for (long i = first; i < first + count; ++i) {
    const auto name = fmt::format("00000001{:08X}{:08X}", i / kPerLog, i % kPerLog);
    const int file = open((folder / name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, kSegment) != 0) std::abort();
    const timespec old[2] = {{1'700'000'000, 0}, {1'700'000'000, 0}};
    futimens(file, old);
    close(file);
  }
}

double Scan(archive::Scanner& scanner, long files) {
  const double before = CpuMilliseconds();
  const auto inventory = scanner.Scan(2e9);
  if (!inventory) std::abort();
  if (archive::Assess(**inventory, {}).segments != files) std::abort();
  return CpuMilliseconds() - before;
}

}  // namespace

int main(int argc, char** argv) {
  const long files = argc > 1 ? std::atol(argv[1]) : 100'000;
  std::string name = (fs::temp_directory_path() / "archive-scan-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) return 1;
  MakeSegments(name, 0, files);
  archive::Scanner scanner(archive::FolderOnDisk(name));
  const double first = Scan(scanner, files);
  MakeSegments(name, files, 8);
  const double second = Scan(scanner, files + 8);
  fs::remove_all(name);
  fmt::print("{{\"files\": {}, \"first_ms\": {:.1f}, \"second_ms\": {:.1f}}}\n", files, first,
             second);
}
