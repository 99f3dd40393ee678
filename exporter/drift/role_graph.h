#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
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
  using Index = std::size_t;
  struct Edge {  // member -> role
    Index role = 0;
    bool inherit = false, set = false, admin = false;
  };

  RoleGraph(std::span<const model::Role> roles, std::span<const model::Membership> memberships,
            int version_number);

  // As pg_has_role says it for these privileges, but for what superusers and the database's owner
  // have by that alone.
  bool Uses(Index member, Index role) const;      // USAGE: has its privileges without SET ROLE
  bool IsMember(Index member, Index role) const;  // MEMBER
  bool CanSet(Index member, Index role) const;    // SET
};

}  // namespace pgfleet::drift
