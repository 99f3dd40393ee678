#include <fmt/format.h>

#include <string>
#include <unordered_map>

#include "drift/access_view.h"

namespace pgfleet::drift {
namespace {

using model::AccessDrift;
using model::AccessKind;
using model::DesiredMember;
using model::DesiredRole;
using Edge = RoleGraph::Edge;
using Members = std::unordered_map<std::string_view, const DesiredMember*>;

struct Option {
  std::string_view name;
  bool expected, actual;
};

// What GRANT gives without a word on it is what the member's own attribute says.
bool ExpectedInherit(const AccessView& view, const Edge& edge, const DesiredMember& member) {
  if (member.inherit) return *member.inherit;
  const DesiredRole* declared = view.declared.Find(member.name);
  return declared != nullptr ? declared->inherit : view.graph.role(edge.member).inherit;
}

std::vector<Option> Options(const AccessView& view, const Edge& edge, const DesiredMember& member) {
  std::vector<Option> options = {{.name = "admin", .expected = member.admin, .actual = edge.admin}};
  if (!edge.has_options) return options;
  options.push_back(
      {.name = "inherit", .expected = ExpectedInherit(view, edge, member), .actual = edge.inherit});
  options.push_back({.name = "set", .expected = member.set.value_or(true), .actual = edge.set});
  return options;
}

void AddWord(std::string& words, const Option& option, bool value) {
  words += fmt::format("{}{} {}", words.empty() ? "" : ", ", option.name, value);
}

void CompareOptions(const AccessView& view, const Edge& edge, const DesiredMember& member,
                    std::vector<AccessDrift>& drift) {
  AccessDrift found{.kind = AccessKind::kMembershipOption,
                    .role = member.name,
                    .detail = view.graph.role(edge.role).name,
                    .expected = "",
                    .actual = ""};
  for (const Option& option : Options(view, edge, member)) {
    if (option.expected == option.actual) continue;
    AddWord(found.expected, option, option.expected);
    AddWord(found.actual, option, option.actual);
  }
  if (!found.expected.empty()) drift.push_back(std::move(found));
}

// Between two reserved roles it is not the owner's matter.
bool IsLookedAt(const AccessView& view, const std::string& member, const std::string& role) {
  return !view.declared.Ignores(member) && !(view.reserved.Has(member) && view.reserved.Has(role));
}

// Takes those who are members out of the expected.
void CompareActual(const AccessView& view, RoleGraph::Index role, Members& expected,
                   std::vector<AccessDrift>& drift) {
  const std::string& name = view.graph.role(role).name;
  for (const Edge& edge : view.graph.MembersOf(role)) {
    const std::string& member = view.graph.role(edge.member).name;
    if (!IsLookedAt(view, member, name)) continue;
    const auto found = expected.find(member);
    if (found == expected.end()) {
      drift.push_back({.kind = AccessKind::kUnexpectedMembership,
                       .role = member,
                       .detail = name,
                       .expected = "not a member",
                       .actual = edge.admin ? "a member, admin true" : "a member"});
    } else {
      CompareOptions(view, edge, *found->second, drift);
      expected.erase(found);
    }
  }
}

// Of a declared role that is missing nothing more is told.
void FindMissing(const AccessView& view, const std::string& role, const Members& missing,
                 std::vector<AccessDrift>& drift) {
  for (const auto& [name, member] : missing) {
    const bool is_told = view.declared.Find(name) != nullptr && !view.graph.Find(name).has_value();
    if (is_told || !IsLookedAt(view, member->name, role)) continue;
    drift.push_back({.kind = AccessKind::kMissingMembership,
                     .role = member->name,
                     .detail = role,
                     .expected = member->admin ? "a member, admin true" : "a member",
                     .actual = "not a member"});
  }
}

Members MembersOf(const DesiredRole& role) {
  Members members;
  for (const DesiredMember& member : role.members) members.emplace(member.name, &member);
  return members;
}

// Who becomes a member of such a role can do more than is declared of him, even where the role
// itself is left alone.
bool IsPowerful(const model::Role& role) {
  return role.superuser || role.replication || role.bypassrls || role.createrole;
}

// Nobody is to be a member of a reserved role, or of a powerful one that is ignored, unless that is
// declared.
void CompareUndeclared(const AccessView& view, std::vector<AccessDrift>& drift) {
  Members none;
  for (RoleGraph::Index i = 0; i < view.graph.size(); ++i) {
    const model::Role& role = view.graph.role(i);
    if (view.declared.Find(role.name) != nullptr) continue;
    const bool ignored = view.declared.Ignores(role.name);
    if (ignored ? IsPowerful(role) : view.reserved.Has(role.name))
      CompareActual(view, i, none, drift);
  }
}

}  // namespace

void CompareMemberships(const AccessView& view, const std::vector<DesiredRole>& desired,
                        std::vector<AccessDrift>& drift) {
  CompareUndeclared(view, drift);
  for (const DesiredRole& each : desired) {
    const auto role = view.graph.Find(each.name);
    if (!role) continue;
    Members members = MembersOf(each);
    CompareActual(view, *role, members, drift);
    FindMissing(view, each.name, members, drift);
  }
}

}  // namespace pgfleet::drift
