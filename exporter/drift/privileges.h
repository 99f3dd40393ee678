#pragma once

#include <vector>

#include "drift/reserved_roles.h"
#include "drift/role_graph.h"
#include "model/drift.h"

namespace pgfleet::drift {

// Who holds what is dangerous, each by the strongest way only; by role, privilege. A superuser is
// told as such and holds the rest by that. Reserved roles are not told, but their superusers are.
std::vector<model::PrivilegedRole> FindPrivileged(const RoleGraph& graph,
                                                  const ReservedRoles& reserved);

}  // namespace pgfleet::drift
