#pragma once

#include <string>
#include <thread>

#include "patroni/patroni_cluster.h"

namespace pgfleet::test {

// Commits rows of a kilobyte into the table `written` on whichever node takes them, some tens in a
// second, from construction to the end.
class Writer {
 public:
  explicit Writer(const PatroniCluster& cluster);

 private:
  void Write(const std::stop_token& stop) const;

  std::string conninfo_;
  std::jthread thread_;
};

}  // namespace pgfleet::test
