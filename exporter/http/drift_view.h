#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/cluster_snapshot.h"

namespace pgfleet::http {

// What may be said of a node now. Null: not known, or too old.
struct NodeDriftView {
  std::string_view node;
  bool up = false;
  const model::NodeDrift* drift = nullptr;
  const model::SettingsFacts* settings = nullptr;
  std::optional<std::vector<std::string>> auto_conf{};  // set by ALTER SYSTEM, by name
  const model::FileSettingsFacts* files = nullptr;
  const model::RuleFileFacts* hba = nullptr;
  const model::RuleFileFacts* ident = nullptr;
};

// What the pages about drift show of a cluster. Points into the snapshot.
struct DriftView {
  std::string_view cluster;
  std::optional<std::string_view> reference;  // the node that the others are compared with
  bool baseline_declared = false, roles_declared = false;
  std::vector<NodeDriftView> nodes;
  const model::AccessFindings* access = nullptr;  // as the reference tells it; null: not known
  const model::RoleSettingsFacts* role_settings = nullptr;  // the same
};

// Settings are declared, one by one or as a practice.
bool DeclaresBaseline(const model::ClusterSnapshot& cluster);

DriftView MakeDriftView(const model::ClusterSnapshot& cluster, model::Monotonic now);

// How much of its lists a page shows: so many entries of one list, and of all lists together.
class ListBudget {
 public:
  ListBudget(std::size_t of_one, std::size_t of_all) : of_one_(of_one), left_(of_all) {}

  // The head of a list that is shown, of `most` entries.
  template <typename T>
  std::span<const T> Take(const std::vector<T>& list, std::size_t most = SIZE_MAX) {
    return std::span(list).first(TakeCount(std::min(list.size(), most)));
  }

 private:
  std::size_t TakeCount(std::size_t wanted);

  std::size_t of_one_, left_;
};

inline constexpr std::size_t kLongestPath = 32;  // roles on the way to a privilege

// The word for an enumerator, from the table of its type.
template <std::size_t N>
std::string_view NameOf(const std::array<std::string_view, N>& names, auto value) {
  return names.at(static_cast<std::size_t>(value));
}

}  // namespace pgfleet::http
