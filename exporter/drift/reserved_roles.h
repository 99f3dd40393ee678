#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "model/access_facts.h"

namespace pgfleet::drift {

// Roles that belong to PostgreSQL (pg_...) or to a managed service, not to the owner of the data. A
// service's names are reserved only where its own administrator exists: elsewhere a role of such a
// name is somebody's.
class ReservedRoles {
 public:
  explicit ReservedRoles(std::span<const model::Role> roles);

  bool Has(std::string_view name) const;

 private:
  std::vector<std::string_view> prefixes_, names_;
};

}  // namespace pgfleet::drift
