#include "collectors/freshness.h"

#include <optional>
#include <string_view>
#include <unordered_map>

#include "collectors/catalog.h"

namespace pgfleet::collectors {
namespace {

std::optional<std::size_t> IndexOf(std::string_view collector) {
  // Every analysis asks for some of them at every snapshot.
  static const auto kIndexes = [] {
    std::unordered_map<std::string_view, std::size_t> indexes;
    for (std::size_t i = 0; i < Catalog().size(); ++i) indexes.emplace(Catalog()[i]->name, i);
    return indexes;
  }();
  const auto found = kIndexes.find(collector);
  return found == kIndexes.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

bool IsFresh(const model::NodeSnapshot& node, std::size_t index, model::Monotonic now) {
  if (index >= node.collectors.size()) return false;
  const model::Lane lane = Catalog()[index]->lane;
  if (!node.up && lane != model::Lane::kInventory) return false;
  const auto& last = node.collectors[index].last_success;
  return last && now - last->monotonic <= node.lanes[static_cast<std::size_t>(lane)].max_age;
}

bool IsFresh(const model::NodeSnapshot& node, std::string_view collector, model::Monotonic now) {
  const auto index = IndexOf(collector);
  return index && IsFresh(node, *index, now);
}

std::optional<model::Monotonic> AnsweredAt(const model::NodeSnapshot& node,
                                           std::string_view collector) {
  const auto index = IndexOf(collector);
  if (!index || *index >= node.collectors.size() || !node.collectors[*index].last_success)
    return std::nullopt;
  return node.collectors[*index].last_success->monotonic;
}

}  // namespace pgfleet::collectors
