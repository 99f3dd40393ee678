#include <algorithm>
#include <tuple>

#include "drift/access_view.h"
#include "drift/fingerprint.h"

namespace pgfleet::drift {
namespace {

using model::Role;

bool IsLeftOut(const AccessView& view, const std::string& name) {
  return view.reserved.Has(name) || view.declared.Ignores(name);
}

int Bits(std::initializer_list<bool> values) {
  int bits = 0;
  for (const bool value : values) bits = bits << 1 | int{value};
  return bits;
}

void AddRoles(const AccessView& view, Fingerprint& out) {
  for (RoleGraph::Index i = 0; i < view.graph.size(); ++i) {
    const Role& role = view.graph.role(i);
    if (IsLeftOut(view, role.name)) continue;
    out.Add("role").Add(role.name).AddNumber(
        Bits({role.superuser, role.inherit, role.createrole, role.createdb, role.login,
              role.replication, role.bypassrls}));
    out.AddNumber(role.connection_limit);
  }
}

// A membership in a reserved role is the owner's doing; those among reserved roles are not.
void AddMemberships(const AccessView& view, Fingerprint& out) {
  for (const RoleGraph::Edge& edge : view.graph.edges()) {
    const std::string& member = view.graph.role(edge.member).name;
    const std::string& role = view.graph.role(edge.role).name;
    if (view.declared.Ignores(member)) continue;
    if (view.reserved.Has(member) && view.reserved.Has(role)) continue;
    out.Add("membership")
        .Add(member)
        .Add(role)
        .AddNumber(Bits({edge.admin, edge.inherit, edge.set}));
  }
}

// Those of all roles too, and of databases.
void AddSettings(const AccessView& view, Fingerprint& out) {
  std::vector<const model::RoleSetting*> settings;
  for (const model::RoleSetting& setting : view.settings->settings)
    if (setting.role.empty() || !IsLeftOut(view, setting.role)) settings.push_back(&setting);
  std::ranges::sort(settings, {}, [](const model::RoleSetting* each) {
    return std::tie(each->role, each->database, each->name, each->fingerprint);
  });
  for (const model::RoleSetting* each : settings)
    out.Add("setting").Add(each->role).Add(each->database).Add(each->name).Add(each->fingerprint);
}

}  // namespace

std::optional<std::uint64_t> AccessFingerprint(const AccessView& view) {
  if (view.settings == nullptr) return std::nullopt;
  Fingerprint fingerprint;
  AddRoles(view, fingerprint);
  AddMemberships(view, fingerprint);
  AddSettings(view, fingerprint);
  return fingerprint.Value();
}

}  // namespace pgfleet::drift
