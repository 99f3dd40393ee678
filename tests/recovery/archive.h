#pragma once

#include <map>
#include <string>

#include "support/cluster.h"

namespace pgfleet::test {

// A primary that archives every segment it fills, and a shelf from which others restore: what the
// test has not put there is not in the archive for them.
class Archive {
 public:
  explicit Archive(int major);

  PostgresServer& primary() { return cluster_.primary(); }
  Cluster& cluster() { return cluster_; }

  // Fills the segment with what was written so far; its name, once it is archived.
  std::string Switch();
  // Puts this segment and all before it on the shelf.
  void Shelve(const std::string& segment);

  // The stopped node gets a base backup of the primary without any WAL, and this configuration of
  // its recovery. Segments come from the shelf; a command that `waits` sits there until the segment
  // it is asked for has come.
  void Restore(PostgresServer& node, bool as_standby, bool waits,
               const std::map<std::string, std::string>& recovery);

 private:
  TempDir archived_;
  TempDir shelf_;
  Cluster cluster_;
};

}  // namespace pgfleet::test
