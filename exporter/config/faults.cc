#include "config/faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace pgfleet::config {

void Faults::Add(Place place, std::string message) {
  if (IsFull()) {
    ++more_;
    return;
  }
  faults_.push_back({file_, place.line, place.column, std::move(message)});
}

std::vector<Fault> Faults::Take() {
  std::ranges::sort(faults_, {},
                    [](const Fault& f) { return std::tie(f.line, f.column, f.message); });
  if (more_ > 0)
    faults_.push_back({file_, 0, 0, fmt::format("{} more faults are not shown", more_)});
  return std::exchange(faults_, {});
}

std::string Fault::Text() const {
  if (line == 0) return fmt::format("{}: {}", file, message);
  return fmt::format("{}:{}:{}: {}", file, line, column, message);
}

std::string Text(const std::vector<Fault>& faults) {
  std::string text;
  for (const Fault& fault : faults) text += fault.Text() + "\n";
  return text;
}

}  // namespace pgfleet::config
