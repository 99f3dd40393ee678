#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/exporter_process.h"
#include "support/page.h"
#include "support/wait.h"

namespace pgfleet::test {

struct Shot {
  Clock::time_point asked, answered;
  Page page;
};

// Asks the exporter for its page every 100 ms, from construction to the end.
class PageWatch {
 public:
  explicit PageWatch(const ExporterProcess& exporter);
  // All so far. Throws when the exporter failed to answer one.
  std::vector<Shot> Shots() const;

 private:
  void Watch(const std::stop_token& stop, const ExporterProcess& exporter);

  mutable std::mutex mutex_;
  std::vector<Shot> shots_;
  std::string failure_;
  std::jthread thread_;
};

}  // namespace pgfleet::test
