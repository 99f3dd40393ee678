#include "drift/role_graph.h"

#include <algorithm>
#include <tuple>

namespace pgfleet::drift {
namespace {

using Edge = RoleGraph::Edge;
using Index = RoleGraph::Index;

// Several grants of one membership become one: each option is there when any grant has it.
void Merge(std::vector<Edge>& edges) {
  std::size_t kept = 0;
  for (const Edge& edge : edges) {
    Edge* last = kept == 0 ? nullptr : &edges[kept - 1];
    if (last != nullptr && last->member == edge.member && last->role == edge.role) {
      last->admin = last->admin || edge.admin;
      last->inherit = last->inherit || edge.inherit;
      last->set = last->set || edge.set;
    } else {
      edges[kept++] = edge;
    }
  }
  edges.resize(kept);
}

// Where the edges of each role begin in the sorted list.
std::vector<std::size_t> Firsts(const std::vector<Edge>& edges, Index Edge::* end,
                                std::size_t roles) {
  std::vector<std::size_t> firsts(roles + 1, 0);
  for (const Edge& edge : edges) ++firsts[edge.*end + 1];
  for (std::size_t i = 0; i < roles; ++i) firsts[i + 1] += firsts[i];
  return firsts;
}

}  // namespace

RoleGraph::RoleGraph(std::span<const model::Role> roles,
                     std::span<const model::Membership> memberships) {
  roles_.reserve(roles.size());
  for (const model::Role& role : roles) roles_.push_back(&role);
  std::ranges::sort(roles_, {}, [](const model::Role* role) -> auto& { return role->name; });
  by_name_.reserve(roles_.size());
  for (Index i = 0; i < roles_.size(); ++i) by_name_.emplace(roles_[i]->name, i);
  by_member_.reserve(memberships.size());
  for (const model::Membership& membership : memberships) AddEdge(membership);
  SortEdges();
}

void RoleGraph::AddEdge(const model::Membership& membership) {
  const auto member = Find(membership.member);
  const auto role = Find(membership.role);
  if (!member || !role) return;
  by_member_.push_back({.member = *member,
                        .role = *role,
                        .admin = membership.admin,
                        .inherit = membership.inherit.value_or(roles_[*member]->inherit),
                        .set = membership.set.value_or(true),
                        .has_options = membership.inherit.has_value()});
}

void RoleGraph::SortEdges() {
  std::ranges::sort(by_member_, {}, [](const Edge& e) { return std::tuple(e.member, e.role); });
  Merge(by_member_);
  by_role_ = by_member_;
  std::ranges::sort(by_role_, {}, [](const Edge& e) { return std::tuple(e.role, e.member); });
  first_of_member_ = Firsts(by_member_, &Edge::member, size());
  first_of_role_ = Firsts(by_role_, &Edge::role, size());
}

std::optional<Index> RoleGraph::Find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

std::span<const Edge> RoleGraph::RolesOf(Index member) const {
  const std::size_t first = first_of_member_[member];
  return std::span(by_member_).subspan(first, first_of_member_[member + 1] - first);
}

std::span<const Edge> RoleGraph::MembersOf(Index role) const {
  const std::size_t first = first_of_role_[role];
  return std::span(by_role_).subspan(first, first_of_role_[role + 1] - first);
}

template <typename Follows>
bool RoleGraph::Reaches(Index member, Index role, Follows follows) const {
  std::vector<bool> seen(size());
  std::vector<Index> waiting = {member};
  seen[member] = true;
  while (!waiting.empty() && !seen[role]) {
    const Index at = waiting.back();
    waiting.pop_back();
    for (const Edge& edge : RolesOf(at)) {
      if (!follows(edge) || seen[edge.role]) continue;
      seen[edge.role] = true;
      waiting.push_back(edge.role);
    }
  }
  return seen[role];
}

bool RoleGraph::Uses(Index member, Index role) const {
  return Reaches(member, role, [](const Edge& edge) { return edge.inherit; });
}

bool RoleGraph::IsMember(Index member, Index role) const {
  return Reaches(member, role, [](const Edge&) { return true; });
}

bool RoleGraph::CanSet(Index member, Index role) const {
  return Reaches(member, role, [](const Edge& edge) { return edge.set; });
}

}  // namespace pgfleet::drift
