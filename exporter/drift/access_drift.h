#pragma once

#include "model/access_facts.h"
#include "model/configuration_facts.h"
#include "model/declared.h"
#include "model/drift.h"
#include "model/fact.h"

namespace pgfleet::drift {

// What one server says of its roles. Null: not known.
struct AccessFacts {
  model::Fact<model::RoleListFacts> roles;
  model::Fact<model::MembershipFacts> memberships;
  model::Fact<model::RoleSettingsFacts> role_settings;
  int version_number = 0;       // server_version_num; 0: not known
  model::EpochSeconds now = 0;  // by which passwords end
};

// Who holds what, and what differs from the declared roles. Absent without the whole list of roles
// and memberships: a part of it would say what is not true. Pure; any thread.
std::optional<model::AccessFindings> CompareAccess(const AccessFacts& facts,
                                                   const model::DesiredAccess& desired);

}  // namespace pgfleet::drift
