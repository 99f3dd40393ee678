#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/config.h"

namespace pgfleet::config {

// Counted from 1; columns count bytes. {0, 0} is "the file as a whole".
struct Place {
  int line = 0;
  int column = 0;

  auto operator<=>(const Place&) const = default;
};

// Gathers what is wrong with one file. Keeps the first 200 and counts the rest.
class Faults {
 public:
  explicit Faults(std::string file) : file_(std::move(file)) {}

  void Add(Place place, std::string message);
  // Further ones are only counted: their words are not needed.
  bool IsFull() const { return faults_.size() == kKept; }
  bool empty() const { return faults_.empty(); }
  // In the order of the file, ended by the number of those that were not kept. Leaves nothing
  // behind.
  std::vector<Fault> Take();

 private:
  static constexpr std::size_t kKept = 200;

  std::string file_;
  std::vector<Fault> faults_;
  std::size_t more_ = 0;
};

}  // namespace pgfleet::config
