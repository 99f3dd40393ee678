#pragma once

#include <string>
#include <vector>

#include "support/postgres_server.h"
#include "support/watch.h"

namespace pgfleet::test {

// A folder that servers archive into, by a command that fails, hangs or dawdles when told to.
class Archive {
 public:
  Archive();

  // Lines for postgresql.conf.
  std::vector<std::string> Conf(const std::string& mode = "on") const;
  std::string Command() const;

  void Fail(bool on) const { Tell("fail", on); }
  void Hang(bool on) const { Tell("hang", on); }
  void Dawdle(bool on) const { Tell("dawdle", on); }  // a second for each file

  const std::filesystem::path& path() const { return folder_; }
  bool Holds(const std::string& file) const { return std::filesystem::exists(folder_ / file); }
  // Complete segments, in order.
  std::vector<std::string> Segments() const;

 private:
  void Tell(const std::string& what, bool on) const;

  TempDir directory_;
  std::filesystem::path folder_;
};

// Commits a row and begins a new segment; returns the name of the one that was completed.
std::string CompleteSegment(const PostgresServer& server);

// The same, with so long between the two that the exporter sees the commit before the switch.
std::string CompleteSegmentCalmly(const PostgresServer& server);

std::int64_t SegmentBytes(const PostgresServer& server);

// The name of the segment that begins at this number of segments.
std::string SegmentName(std::int64_t timeline, std::int64_t number, std::int64_t segment_bytes);

// Until the archiver is in this state; returns that page.
Page WaitForArchiver(const ExporterProcess& exporter, const std::string& node,
                     const std::string& state, Milliseconds patience = kPatience);

}  // namespace pgfleet::test
