#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "drift/baseline_parts.h"
#include "drift/reserved_roles.h"
#include "drift/role_graph.h"
#include "drift/setting_classes.h"
#include "drift/yaml_text.h"
#include "model/desired.h"

namespace pgfleet::drift {
namespace {

using model::DesiredRole;
using model::Role;
using Edge = RoleGraph::Edge;

struct Attribute {
  std::string_view name;
  bool Role::* actual;
  bool DesiredRole::* made;  // what CREATE ROLE gives
};
constexpr std::array<Attribute, 7> kAttributes = {
    {{"login", &Role::login, &DesiredRole::login},
     {"superuser", &Role::superuser, &DesiredRole::superuser},
     {"createrole", &Role::createrole, &DesiredRole::createrole},
     {"createdb", &Role::createdb, &DesiredRole::createdb},
     {"replication", &Role::replication, &DesiredRole::replication},
     {"bypassrls", &Role::bypassrls, &DesiredRole::bypassrls},
     {"inherit", &Role::inherit, &DesiredRole::inherit}}};

// The settings that ALTER ROLE has set, by role and folded name: the same setting may be written in
// two ways.
using SettingsOfRoles = std::map<std::string_view, std::map<std::string, std::string_view>>;

SettingsOfRoles ByRole(const model::RoleSettingsFacts* facts) {
  SettingsOfRoles settings;
  if (facts == nullptr) return settings;
  for (const model::RoleSetting& setting : facts->settings)
    settings[setting.role].emplace(Folded(setting.name), setting.name);
  return settings;
}

class RolesWriter {
 public:
  explicit RolesWriter(const AccessFacts& access)
      : graph_(access.roles->roles, access.memberships->memberships),
        reserved_(access.roles->roles),
        settings_(ByRole(access.role_settings.get())),
        now_(access.now) {}

  std::string Run() {
    for (RoleGraph::Index i = 0; i < graph_.size(); ++i) Add(i);
    std::string text = roles_.empty() ? "    roles: {}\n" : "    roles:\n" + roles_;
    if (!foreign_.empty()) text += ForeignText();
    return text;
  }

 private:
  void Add(RoleGraph::Index index) {
    const Role& role = graph_.role(index);
    const bool is_reserved = reserved_.Has(role.name);
    if (!IsUtf8(role.name)) {
      if (!is_reserved) foreign_.push_back(&role);
      return;
    }
    const std::string members = MembersText(index);
    if (is_reserved && members.empty()) return;
    const std::string said = (is_reserved ? "" : AttributesText(role)) + members;
    roles_ += fmt::format("      {}:{}\n", YamlName(role.name), said.empty() ? " {}" : "");
    roles_ += said;
  }

  std::string AttributesText(const Role& role) const {
    const DesiredRole made;
    std::string text;
    for (const Attribute& attribute : kAttributes)
      if (role.*attribute.actual != made.*attribute.made)
        text += fmt::format("        {}: {}\n", attribute.name, role.*attribute.actual);
    if (role.connection_limit != made.connection_limit)
      text += fmt::format("        connection_limit: {}\n", role.connection_limit);
    if (role.login && role.valid_until && *role.valid_until <= now_)
      text += "        expiry: expired\n";
    return text + SettingsText(role);
  }

  std::string SettingsText(const Role& role) const {
    const auto found = settings_.find(role.name);
    if (found == settings_.end()) return "";
    std::vector<std::string> names;
    for (const auto& [folded, name] : found->second) names.push_back(YamlName(name));
    return fmt::format("        settings: [{}]\n", fmt::join(names, ", "));
  }

  // Only of members that have to be declared.
  std::string MembersText(RoleGraph::Index index) const {
    const bool is_reserved = reserved_.Has(graph_.role(index).name);
    std::string text;
    for (const Edge& edge : graph_.MembersOf(index)) {
      const std::string& member = graph_.role(edge.member).name;
      if (IsUtf8(member) && !(is_reserved && reserved_.Has(member))) text += MemberText(edge);
    }
    return text.empty() ? "" : "        members:\n" + text;
  }

  std::string MemberText(const Edge& edge) const {
    const Role& member = graph_.role(edge.member);
    std::string options;
    if (edge.admin) options += "            admin: true\n";
    // What is declared of a reserved role says nothing about its attributes.
    const bool is_unusual =
        edge.inherit != member.inherit || (!edge.inherit && reserved_.Has(member.name));
    if (edge.has_options && is_unusual)
      options += fmt::format("            inherit: {}\n", edge.inherit);
    if (edge.has_options && !edge.set) options += "            set: false\n";
    return fmt::format("          - {}{}\n",
                       options.empty() ? "" : "name: ", YamlName(member.name)) +
           options;
  }

  // What the name begins with stands for it: all other roles are declared.
  std::string ForeignText() const {
    std::string text = "    # Names that are not UTF-8 cannot stand in a config.\n";
    std::set<std::string> patterns;
    for (const Role* role : foreign_) {
      const std::string_view front(role->name.data(), Utf8Length(role->name));
      const std::string stem(front.substr(0, front.find('*')));
      if (stem.empty())
        text +=
            fmt::format("    # One of them cannot be left alone either: {}\n", Remark(role->name));
      else
        patterns.insert(Quoted(stem + "*"));
    }
    return patterns.empty()
               ? text
               : text + fmt::format("    roles_ignore: [{}]\n", fmt::join(patterns, ", "));
  }

  RoleGraph graph_;
  ReservedRoles reserved_;
  SettingsOfRoles settings_;
  model::EpochSeconds now_;
  std::string roles_;
  std::vector<const Role*> foreign_;
};

}  // namespace

std::string RolesText(const AccessFacts& access) {
  if (access.roles == nullptr || access.memberships == nullptr)
    return "    # The roles are not known.\n";
  if (access.roles->dropped > 0 || access.memberships->dropped > 0)
    return "    # Not all roles and memberships are known: there are too many.\n";
  std::string text = RolesWriter(access).Run();
  if (access.role_settings == nullptr)
    return "    # The settings of the roles are not known.\n" + text;
  return text;
}

}  // namespace pgfleet::drift
