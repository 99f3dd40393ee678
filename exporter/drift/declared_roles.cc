#include "drift/declared_roles.h"

#include <algorithm>

namespace pgfleet::drift {
namespace {

bool Matches(std::string_view name, std::string_view pattern) {
  if (!pattern.ends_with('*')) return name == pattern;
  pattern.remove_suffix(1);
  return name.starts_with(pattern);
}

}  // namespace

DeclaredRoles::DeclaredRoles(const model::DesiredAccess& desired) : desired_(desired) {
  if (!desired.roles) return;
  by_name_.reserve(desired.roles->size());
  for (const model::DesiredRole& role : *desired.roles) by_name_.emplace(role.name, &role);
}

const model::DesiredRole* DeclaredRoles::Find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

bool DeclaredRoles::Ignores(std::string_view name) const {
  return std::ranges::any_of(desired_.ignore,
                             [&](const auto& pattern) { return Matches(name, pattern); }) &&
         Find(name) == nullptr;
}

}  // namespace pgfleet::drift
