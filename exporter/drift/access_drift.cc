#include "drift/access_drift.h"

#include <algorithm>
#include <tuple>

#include "drift/access_view.h"
#include "drift/privileges.h"

namespace pgfleet::drift {
namespace {

std::vector<model::AccessDrift> Compare(const AccessView& view,
                                        const model::DesiredAccess& desired) {
  std::vector<model::AccessDrift> drift;
  if (!desired.roles) return drift;
  CompareRoles(view, *desired.roles, drift);
  CompareMemberships(view, *desired.roles, drift);
  std::ranges::sort(drift, {}, [](const model::AccessDrift& each) {
    return std::tuple(each.kind, std::string_view(each.role), std::string_view(each.detail));
  });
  return drift;
}

}  // namespace

std::optional<model::AccessFindings> CompareAccess(const AccessFacts& facts,
                                                   const model::DesiredAccess& desired) {
  const bool is_whole = facts.roles != nullptr && facts.memberships != nullptr &&
                        facts.roles->dropped == 0 && facts.memberships->dropped == 0;
  if (!is_whole) return std::nullopt;
  const RoleGraph graph(facts.roles->roles, facts.memberships->memberships);
  const ReservedRoles reserved(facts.roles->roles);
  const DeclaredRoles declared(desired);
  const AccessView view{.graph = graph,
                        .reserved = reserved,
                        .declared = declared,
                        .settings = facts.role_settings.get(),
                        .now = facts.now};
  return model::AccessFindings{.drift = Compare(view, desired),
                               .privileged = FindPrivileged(graph, reserved),
                               .fingerprint = AccessFingerprint(view)};
}

}  // namespace pgfleet::drift
