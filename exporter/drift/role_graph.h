#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/access_facts.h"

namespace pgfleet::drift {

// Roles and the memberships between them, with what the server's version means by inherit, set and
// admin: before 16 the member's own attribute decides about inheriting, and SET ROLE follows every
// chain. Several grants of one membership (16+, by grantor) count by their strongest. Source:
// documentation, chapter "Role Membership", and pg_has_role.
class RoleGraph {
 public:
  using Index = std::size_t;  // of a role, in the order of their names
  struct Edge {
    Index member = 0, role = 0;
    bool admin = false, inherit = false, set = false;
    bool has_options = false;  // 16+: inherit and set are its own
  };

  // The roles must outlive it. Memberships of roles that are not there are left out.
  RoleGraph(std::span<const model::Role> roles, std::span<const model::Membership> memberships);

  std::size_t size() const { return roles_.size(); }
  const model::Role& role(Index index) const { return *roles_[index]; }
  std::optional<Index> Find(std::string_view name) const;
  std::span<const Edge> edges() const { return by_member_; }  // by member, role
  std::span<const Edge> RolesOf(Index member) const;          // by role
  std::span<const Edge> MembersOf(Index role) const;          // by member

  // As pg_has_role says it for these privileges, but for what superusers and the database's owner
  // have by that alone.
  bool Uses(Index member, Index role) const;      // USAGE: has its privileges without SET ROLE
  bool IsMember(Index member, Index role) const;  // MEMBER
  bool CanSet(Index member, Index role) const;    // SET

 private:
  void AddEdge(const model::Membership& membership);
  void SortEdges();
  template <typename Follows>
  bool Reaches(Index member, Index role, Follows follows) const;

  std::vector<const model::Role*> roles_;
  std::unordered_map<std::string_view, Index> by_name_;
  std::vector<Edge> by_member_, by_role_;
  std::vector<std::size_t> first_of_member_, first_of_role_;  // one more than there are roles
};

}  // namespace pgfleet::drift
