#pragma once

#include <map>
#include <string>
#include <vector>

namespace pgfleet::test {

// The table of docs/compatibility.md: for each collector and major, the least that it needs.
// Cells: "any role", "pg_monitor", "grants" (the SQL of `pgfleet_exporter grants`), "superuser",
// "" (the major does not have it).
class Compatibility {
 public:
  // Reads the document; throws when it cannot be read.
  Compatibility();

  // "" also for a collector or major that it does not know.
  std::string Cell(const std::string& collector, int major) const;
  // Writes one cell into the document, whose rows are `collectors` in this order. Safe while other
  // processes do the same for other majors.
  static void Record(const std::vector<std::string>& collectors, const std::string& collector,
                     int major, const std::string& cell);

 private:
  std::map<std::string, std::map<int, std::string>> cells_;
};

}  // namespace pgfleet::test
