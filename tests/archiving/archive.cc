#include "archiving/archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <thread>

namespace pgfleet::test {

Archive::Archive() : folder_(directory_.path() / "wal") {
  std::filesystem::create_directory(folder_);
  GiveToServerUser(folder_);
}

std::string Archive::Command() const {
  const std::string control = directory_.path().string();
  return fmt::format(
      "if test -e {0}/fail; then exit 1; fi; while test -e {0}/hang; do sleep 0.1; done; "
      "if test -e {0}/dawdle; then sleep 1; fi; cp %p {1}/%f.tmp && mv {1}/%f.tmp {1}/%f",
      control, folder_.string());
}

std::vector<std::string> Archive::Conf(const std::string& mode) const {
  return {"archive_mode = " + mode, "archive_command = '" + Command() + "'"};
}

void Archive::Tell(const std::string& what, bool on) const {
  const auto file = directory_.path() / what;
  if (on)
    WriteFile(file, "");
  else
    std::filesystem::remove(file);
}

std::vector<std::string> Archive::Segments() const {
  std::vector<std::string> segments;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    const std::string name = entry.path().filename();
    if (std::regex_match(name, std::regex("[0-9A-F]{24}"))) segments.push_back(name);
  }
  std::ranges::sort(segments);
  return segments;
}

std::string CompleteSegment(const PostgresServer& server) {
  server.Execute("CREATE TABLE IF NOT EXISTS completed (x int)");
  server.Execute("INSERT INTO completed VALUES (1)");
  const std::string segment = server.Value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
  server.Execute("SELECT pg_switch_wal()");
  return segment;
}

std::string CompleteSegmentCalmly(const PostgresServer& server) {
  server.Execute("CREATE TABLE IF NOT EXISTS completed (x int)");
  server.Execute("INSERT INTO completed VALUES (1)");
  std::this_thread::sleep_for(Milliseconds(2500));  // some pulses of a busy machine
  const std::string segment = server.Value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
  server.Execute("SELECT pg_switch_wal()");
  return segment;
}

std::int64_t SegmentBytes(const PostgresServer& server) {
  return std::stoll(server.Value("SELECT bytes_per_wal_segment FROM pg_control_init()"));
}

std::string SegmentName(std::int64_t timeline, std::int64_t number, std::int64_t segment_bytes) {
  const std::int64_t per_log = (std::int64_t{1} << 32) / segment_bytes;
  return fmt::format("{:08X}{:08X}{:08X}", timeline, number / per_log, number % per_log);
}

Page WaitForArchiver(const ExporterProcess& exporter, const std::string& node,
                     const std::string& state, Milliseconds patience) {
  return exporter.WaitForPage(
      [&](const Page& page) {
        return page.State("pgfleet_archiver_state", "state", On(node)) == state;
      },
      patience);
}

}  // namespace pgfleet::test
