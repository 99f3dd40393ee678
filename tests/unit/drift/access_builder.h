#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "drift/access_drift.h"

// Roles and memberships for the tests of this folder.
namespace pgfleet::drift {

inline model::Role Plain(std::string name) { return {.name = std::move(name), .inherit = true}; }

inline model::Role With(std::string name, bool model::Role::* attribute, bool value = true) {
  model::Role role = Plain(std::move(name));
  role.*attribute = value;
  return role;
}

inline model::Role Login(std::string name) { return With(std::move(name), &model::Role::login); }

inline model::Role Noinherit(std::string name) {
  return With(std::move(name), &model::Role::inherit, false);
}

struct Options {
  bool admin = false, inherit = true, set = true;
};

// GRANT role TO member, before 16 and from 16 on.
inline model::Membership Old(std::string role, std::string member, bool admin = false) {
  return {.role = std::move(role),
          .member = std::move(member),
          .grantor = "postgres",
          .admin = admin,
          .inherit = std::nullopt,
          .set = std::nullopt};
}

inline model::Membership New(std::string role, std::string member, Options options = {},
                             std::string grantor = "postgres") {
  return {.role = std::move(role),
          .member = std::move(member),
          .grantor = std::move(grantor),
          .admin = options.admin,
          .inherit = options.inherit,
          .set = options.set};
}

// What a CREATEROLE user has of a role that it made, from 16 on.
inline model::Membership Automatic(std::string role, std::string creator) {
  return New(std::move(role), std::move(creator), {.admin = true, .inherit = false, .set = false});
}

inline AccessFacts Facts(std::vector<model::Role> roles,
                         std::vector<model::Membership> memberships = {},
                         std::vector<model::RoleSetting> settings = {}) {
  const auto total = static_cast<std::int64_t>(settings.size());
  return {.roles = std::make_shared<const model::RoleListFacts>(
              model::RoleListFacts{.roles = std::move(roles), .dropped = 0}),
          .memberships = std::make_shared<const model::MembershipFacts>(
              model::MembershipFacts{.memberships = std::move(memberships), .dropped = 0}),
          .role_settings = std::make_shared<const model::RoleSettingsFacts>(
              model::RoleSettingsFacts{.total = total, .settings = std::move(settings)}),
          .version_number = 180000,
          .now = 1000};
}

inline model::DesiredRole Declared(std::string name,
                                   std::vector<model::DesiredMember> members = {}) {
  return {.name = std::move(name), .members = std::move(members)};
}

inline model::DesiredMember Member(std::string name, bool admin = false) {
  return {.name = std::move(name), .admin = admin, .inherit = {}, .set = {}};
}

inline model::DesiredAccess Only(std::vector<model::DesiredRole> roles,
                                 std::vector<std::string> ignore = {}) {
  return {.roles = std::move(roles), .ignore = std::move(ignore)};
}

// "unexpected_membership app team", in the order of the findings.
inline std::vector<std::string> Told(const AccessFacts& facts,
                                     const model::DesiredAccess& desired) {
  std::vector<std::string> told;
  const auto findings = CompareAccess(facts, desired).value();
  for (const auto& each : findings.drift) {
    std::string line(model::kAccessKindNames[static_cast<std::size_t>(each.kind)]);
    line += " " + each.role;
    if (!each.detail.empty()) line += " " + each.detail;
    told.push_back(line);
  }
  return told;
}

// What is expected and what is there, of the only finding.
inline std::string Words(const AccessFacts& facts, const model::DesiredAccess& desired) {
  const auto drift = CompareAccess(facts, desired).value().drift;
  return drift.size() == 1 ? drift[0].expected + " | " + drift[0].actual : "not one finding";
}

inline model::RoleSetting SettingOf(std::string role, std::string name, std::string database = "",
                                    std::string fingerprint = "1") {
  return {.database = std::move(database),
          .role = std::move(role),
          .name = std::move(name),
          .fingerprint = std::move(fingerprint)};
}

}  // namespace pgfleet::drift
