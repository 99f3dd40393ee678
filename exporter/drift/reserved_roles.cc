#include "drift/reserved_roles.h"

#include <algorithm>
#include <array>

namespace pgfleet::drift {
namespace {

// "": the row has no such word.
struct Platform {
  std::array<std::string_view, 2> administrators;  // one of them is there on every such server
  std::string_view prefix;
  std::string_view other_name;  // reserved too
};
constexpr std::array kPlatforms = {
    Platform{.administrators = {"rdsadmin", ""}, .prefix = "rds", .other_name = ""},
    Platform{.administrators = {"cloudsqladmin", ""}, .prefix = "cloudsql", .other_name = ""},
    Platform{.administrators = {"azure_pg_admin", "azuresu"},
             .prefix = "azure",
             .other_name = "replication"}};

bool IsThere(const Platform& platform, std::span<const model::Role> roles) {
  return std::ranges::any_of(roles, [&](const model::Role& role) {
    return !role.name.empty() &&
           std::ranges::find(platform.administrators, role.name) != platform.administrators.end();
  });
}

}  // namespace

ReservedRoles::ReservedRoles(std::span<const model::Role> roles) : prefixes_{"pg_"} {
  for (const Platform& platform : kPlatforms) {
    if (!IsThere(platform, roles)) continue;
    prefixes_.push_back(platform.prefix);
    if (!platform.other_name.empty()) names_.push_back(platform.other_name);
  }
}

bool ReservedRoles::Has(std::string_view name) const {
  return std::ranges::any_of(prefixes_,
                             [&](std::string_view prefix) { return name.starts_with(prefix); }) ||
         std::ranges::find(names_, name) != names_.end();
}

}  // namespace pgfleet::drift
