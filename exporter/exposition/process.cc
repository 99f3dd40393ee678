#include "exposition/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace pgfleet::exposition {
namespace {

// Places in /proc/self/stat behind the command name, counted from 0 (proc(5): field minus 3).
enum StatField : std::size_t {
  kUserTicks = 11,
  kSystemTicks = 12,
  kThreads = 17,
  kStartTicks = 19,
  kVirtualBytes = 20,
  kResidentPages = 21,
};

std::optional<double> Number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The fields behind the last ")": the command name before it may hold anything.
std::vector<std::string> StatFields() {
  std::ifstream file("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(text.substr(name_end + 1));
  return {std::istream_iterator<std::string>(rest), {}};
}

std::optional<double> BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string key, value; file >> key >> value; std::getline(file, key))
    if (key == "btime") return Number(value);
  return std::nullopt;
}

std::optional<double> OpenDescriptors() {
  std::error_code error;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  double count = 0;
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) ++count;
  if (error) return std::nullopt;
  return count - 1;  // without the one that lists them
}

std::optional<double> MaxDescriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

std::optional<double> Scaled(std::optional<double> value, double factor) {
  if (value) *value *= factor;
  return value;
}

std::optional<double> Sum(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return std::nullopt;
  return *a + *b;
}

}  // namespace

ProcessFacts ReadProcess() {
  const auto fields = StatFields();
  const auto field = [&](StatField place) {
    return place < fields.size() ? Number(fields[place]) : std::nullopt;
  };
  const double tick = 1.0 / static_cast<double>(sysconf(_SC_CLK_TCK));
  // The kernel's start does not change; asking again would let the number flicker with the clock.
  static const std::optional<double> boot = BootTime();
  return {
      .cpu_seconds = Scaled(Sum(field(kUserTicks), field(kSystemTicks)), tick),
      .resident_bytes = Scaled(field(kResidentPages), static_cast<double>(sysconf(_SC_PAGESIZE))),
      .virtual_bytes = field(kVirtualBytes),
      .open_fds = OpenDescriptors(),
      .max_fds = MaxDescriptors(),
      .start_time = Sum(boot, Scaled(field(kStartTicks), tick)),
      .threads = field(kThreads)};
}

}  // namespace pgfleet::exposition
