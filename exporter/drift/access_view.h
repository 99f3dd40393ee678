#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "drift/declared_roles.h"
#include "drift/reserved_roles.h"
#include "drift/role_graph.h"
#include "model/configuration_facts.h"
#include "model/drift.h"

namespace pgfleet::drift {

// What the parts of the comparison of roles look at.
struct AccessView {
  const RoleGraph& graph;
  const ReservedRoles& reserved;
  const DeclaredRoles& declared;
  const model::RoleSettingsFacts* settings;  // null: not known
  model::EpochSeconds now;
};

// Roles, their attributes, their passwords' end and their settings.
void CompareRoles(const AccessView& view, const std::vector<model::DesiredRole>& desired,
                  std::vector<model::AccessDrift>& drift);

void CompareMemberships(const AccessView& view, const std::vector<model::DesiredRole>& desired,
                        std::vector<model::AccessDrift>& drift);

// Over the roles of the owner with their attributes, memberships and settings: not over oids,
// grantors and the end of passwords, which follow no decision of this cluster's owner alone.
// Absent: the settings are not known.
std::optional<std::uint64_t> AccessFingerprint(const AccessView& view);

}  // namespace pgfleet::drift
