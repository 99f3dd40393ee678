#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "analysis/memory.h"

namespace pgfleet::fleet {

// Keeps the memory of each cluster in a file of its own, so that a restart of the exporter loses
// nothing of the WAL clock. Files are replaced as a whole. One that is missing, damaged or cannot
// be written costs a line in the log and nothing else.
class StateStore {
 public:
  // Creates the folder where it is missing.
  explicit StateStore(std::filesystem::path folder);
  // Writes what waits, for half a second at most: a folder on a dead mount holds nobody.
  ~StateStore();
  StateStore(const StateStore&) = delete;
  StateStore& operator=(const StateStore&) = delete;

  // What was saved of the cluster; empty when there is nothing that can be used. Reads the file.
  analysis::Memory Load(const std::string& cluster) const;
  // Returns at once; a thread of its own writes the newest of each cluster.
  void Save(const std::string& cluster, const analysis::Memory& memory);

 private:
  struct Writer;

  std::filesystem::path folder_;
  std::shared_ptr<Writer> writer_;
};

}  // namespace pgfleet::fleet
