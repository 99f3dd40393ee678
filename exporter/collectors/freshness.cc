#include "collectors/freshness.h"

#include "collectors/catalog.h"

namespace pgfleet::collectors {

bool IsFresh(const model::NodeSnapshot& node, std::size_t index, model::Monotonic now) {
  if (index >= node.collectors.size()) return false;
  const model::Lane lane = Catalog()[index]->lane;
  if (!node.up && lane != model::Lane::kInventory) return false;
  const auto& last = node.collectors[index].last_success;
  return last && now - last->monotonic <= node.lanes[static_cast<std::size_t>(lane)].max_age;
}

bool IsFresh(const model::NodeSnapshot& node, std::string_view collector, model::Monotonic now) {
  const auto catalog = Catalog();
  for (std::size_t i = 0; i < catalog.size(); ++i)
    if (catalog[i]->name == collector) return IsFresh(node, i, now);
  return false;
}

}  // namespace pgfleet::collectors
