#pragma once

#include <vector>

#include "config/name_lists.h"
#include "config/scalars.h"

namespace pgfleet::config {

// What a cluster says about its roles.
struct DesiredAccessDraft {
  std::optional<std::vector<model::DesiredRole>> roles;  // as they stand in the file
  std::vector<Given<std::string>> ignore;
};

// Reads a `roles` mapping.
void ReadRoles(Reader& reader, const YamlNode& value, DesiredAccessDraft& access);
// Reads a `roles_ignore` list.
void ReadRolesIgnore(Reader& reader, const YamlNode& value, DesiredAccessDraft& access);

// Roles by name. Adds a fault for one that is both declared and, by its name, ignored.
model::DesiredAccess FinishDesiredAccess(const DesiredAccessDraft& access, Faults& faults);

void DescribeRoles(std::vector<KeyDoc>& docs);

}  // namespace pgfleet::config
