#include "config/topology.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pgfleet::config {
namespace {

using model::NodeRole;

bool Is(const NodeDraft& node, NodeRole role) { return node.role && node.role->value == role; }

using Nodes = std::vector<NodeDraft>;
// The index of the first node of each name.
using Index = std::map<std::string_view, std::size_t>;

Index IndexOf(const Nodes& nodes) {
  Index index;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (!nodes[i].name.text.empty()) index.emplace(nodes[i].name.text, i);
  return index;
}

void CheckOnePrimary(const Nodes& nodes, Faults& faults) {
  const NodeDraft* first = nullptr;
  for (const NodeDraft& node : nodes) {
    if (!Is(node, NodeRole::kPrimary)) continue;
    if (first == nullptr)
      first = &node;
    else
      faults.Add(node.role->place,
                 fmt::format("a second node with 'role: primary' (first on line {}): a cluster has "
                             "one; remove one of the two",
                             first->role->place.line));
  }
}

// A primary receives from nobody.
void CheckPrimary(const NodeDraft& node, Faults& faults) {
  if (!Is(node, NodeRole::kPrimary)) return;
  if (node.upstream)
    faults.Add(node.upstream->place,
               "'upstream' is for standbys: remove it, or the node's 'role: primary'");
  if (node.apply_delay)
    faults.Add(node.apply_delay->place,
               "'apply_delay' is for standbys: remove it, or the node's 'role: primary'");
}

void CheckSingle(const Nodes& nodes, Faults& faults) {
  for (std::size_t i = 1; i < nodes.size(); ++i)
    faults.Add(nodes[i].place,
               "a cluster of 'kind: single' has one node: remove this one or the cluster's 'kind'");
  if (!nodes.empty() && Is(nodes.front(), NodeRole::kStandby))
    faults.Add(nodes.front().role->place,
               "the node of a cluster of 'kind: single' is no standby: remove 'role' or the "
               "cluster's 'kind'");
}

// A mistyped name is looked for among the first of a large cluster's nodes only.
std::string Remedy(const Index& index, const NodeDraft& node) {
  constexpr std::size_t kMostNames = 32;
  std::vector<std::string_view> names;
  for (const auto& [name, unused] : index)
    if (names.size() < kMostNames && name != node.name.text) names.push_back(name);
  const std::string hint = DidYouMean(node.upstream->value, names);
  return hint.empty() ? ": name one of its nodes, or leave 'upstream' out" : hint;
}

void CheckUpstream(const Index& index, const NodeDraft& node, Faults& faults) {
  const std::string& upstream = node.upstream->value;
  if (upstream == node.name.text)
    faults.Add(node.upstream->place,
               "a node cannot be its own 'upstream': name the node that it receives from");
  else if (!index.contains(upstream))
    faults.Add(node.upstream->place, fmt::format("no node of this cluster is named '{}'{}",
                                                 Printable(upstream), Remedy(index, node)));
}

// The index of the upstream; absent when it is not declared, unknown or the node itself.
std::optional<std::size_t> UpstreamOf(const Nodes& nodes, const Index& index, std::size_t node) {
  if (!nodes[node].upstream) return std::nullopt;
  const auto found = index.find(nodes[node].upstream->value);
  if (found == index.end() || found->second == node) return std::nullopt;
  return found->second;
}

// Begins and ends with the node that stands first in the file.
void AddCircle(const Nodes& nodes, std::vector<std::size_t> circle, Faults& faults) {
  constexpr std::size_t kMostNames = 8;
  std::ranges::rotate(circle, std::ranges::min_element(circle));
  std::string names;
  for (std::size_t i = 0; i < std::min(circle.size(), kMostNames); ++i)
    names += nodes[circle[i]].name.text + ", ";
  if (circle.size() > kMostNames) names += "..., ";
  const NodeDraft& first = nodes[circle.front()];
  faults.Add(first.upstream->place,
             fmt::format("these upstreams run in a circle: {}{}; one of them must be another or "
                         "none",
                         names, first.name.text));
}

// Follows the upstreams from every node until somebody has been there before.
void CheckCircles(const Nodes& nodes, const Index& index, Faults& faults) {
  constexpr std::size_t kNever = 0;
  std::vector<std::size_t> walks(nodes.size(), kNever);  // in which walk it was come by first
  for (std::size_t start = 0; start < nodes.size(); ++start) {
    std::vector<std::size_t> path;
    std::optional<std::size_t> at = start;
    for (; at && walks[*at] == kNever; at = UpstreamOf(nodes, index, *at)) {
      walks[*at] = start + 1;
      path.push_back(*at);
    }
    if (at && !path.empty() && walks[*at] == start + 1)
      AddCircle(nodes, {std::ranges::find(path, *at), path.end()}, faults);
  }
}

}  // namespace

void CheckTopology(const std::vector<NodeDraft>& nodes, model::ClusterKind kind, Faults& faults) {
  CheckOnePrimary(nodes, faults);
  if (kind == model::ClusterKind::kSingle) CheckSingle(nodes, faults);
  const Index index = IndexOf(nodes);
  for (const NodeDraft& node : nodes) {
    CheckPrimary(node, faults);
    if (node.upstream) CheckUpstream(index, node, faults);
  }
  CheckCircles(nodes, index, faults);
}

}  // namespace pgfleet::config
