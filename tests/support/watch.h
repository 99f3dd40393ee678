#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "support/exporter_config.h"
#include "support/exporter_process.h"

// What tests share that make a situation happen on real servers and read it from the page of the
// real exporter.
namespace pgfleet::test {

// Those of Majors() that are not older.
std::vector<int> MajorsFrom(int oldest);

// Declares these nodes (on 9.6 with the superuser, because it has no pg_monitor) and asks them
// several times a second.
ExporterOptions Watching(const std::vector<DeclaredNode>& nodes, int major);

// The labels of this node's series, with more.
LabelMap On(const std::string& node, LabelMap labels = {});

// Until the only sample with these labels has the value; returns that page.
Page WaitForValue(const ExporterProcess& exporter, const std::string& name, const LabelMap& labels,
                  double value);

// Looks at pages for so long.
void ForEachPage(const ExporterProcess& exporter, Milliseconds time,
                 const std::function<void(const Page&)>& look);

// Writes at least so many MiB of WAL, on disk when this returns, without touching a table.
void WriteWal(const PostgresServer& server, int mebibytes);

// What the server itself says, as a number; false and true are 0 and 1.
double Number(const PostgresServer& server, const std::string& sql);

// The pid of the standby's WAL receiver as the standby says it. Waits until it has one.
pid_t ReceiverOf(const PostgresServer& standby);

// Holds one process still.
class Frozen {
 public:
  explicit Frozen(pid_t pid);
  ~Frozen();
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  pid_t pid_;
};

}  // namespace pgfleet::test
