#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <map>

#include "drift/access_view.h"

namespace pgfleet::drift {
namespace {

using model::AccessDrift;
using model::AccessKind;
using model::DesiredRole;
using model::PasswordExpiry;
using model::Role;

struct Attribute {
  std::string_view name;
  bool Role::* actual;
  bool DesiredRole::* expected;
};
constexpr std::array kAttributes = {
    Attribute{"superuser", &Role::superuser, &DesiredRole::superuser},
    Attribute{"inherit", &Role::inherit, &DesiredRole::inherit},
    Attribute{"createrole", &Role::createrole, &DesiredRole::createrole},
    Attribute{"createdb", &Role::createdb, &DesiredRole::createdb},
    Attribute{"login", &Role::login, &DesiredRole::login},
    Attribute{"replication", &Role::replication, &DesiredRole::replication},
    Attribute{"bypassrls", &Role::bypassrls, &DesiredRole::bypassrls}};

constexpr std::string_view Word(bool value) { return value ? "true" : "false"; }

// What is other than CREATE ROLE makes it.
template <typename AnyRole>
std::string Described(const AnyRole& role, bool AnyRole::* Attribute::* member) {
  const DesiredRole made{};
  std::string words;
  for (const Attribute& attribute : kAttributes) {
    const bool value = role.*(attribute.*member);
    if (value == made.*attribute.expected) continue;
    words += fmt::format("{}{}{}", words.empty() ? "" : ", ", value ? "" : "no", attribute.name);
  }
  return words;
}

std::string Limit(std::int64_t limit) { return limit < 0 ? "none" : fmt::to_string(limit); }

void CompareAttributes(const Role& role, const DesiredRole& desired,
                       std::vector<AccessDrift>& drift) {
  for (const Attribute& attribute : kAttributes)
    if (role.*attribute.actual != desired.*attribute.expected)
      drift.push_back({.kind = AccessKind::kAttribute,
                       .role = role.name,
                       .detail = std::string(attribute.name),
                       .expected = std::string(Word(desired.*attribute.expected)),
                       .actual = std::string(Word(role.*attribute.actual))});
  if (role.connection_limit != desired.connection_limit)
    drift.push_back({.kind = AccessKind::kAttribute,
                     .role = role.name,
                     .detail = "connection_limit",
                     .expected = Limit(desired.connection_limit),
                     .actual = Limit(role.connection_limit)});
}

// Instants that no calendar has are told by their number.
std::string Instant(model::EpochSeconds at) {
  constexpr model::EpochSeconds kYear10000 = 253402300800;
  if (at < 0 || at >= kYear10000) return fmt::format("{:.0f} s since 1970", at);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(at)));
}

AccessDrift ExpiryDrift(const Role& role, std::string expected) {
  return {.kind = AccessKind::kAttribute,
          .role = role.name,
          .detail = "expiry",
          .expected = std::move(expected),
          .actual = role.valid_until ? Instant(*role.valid_until) : "never"};
}

void CompareExpiry(const AccessView& view, const Role& role, const DesiredRole& desired,
                   std::vector<AccessDrift>& drift) {
  if (desired.expiry == PasswordExpiry::kExpired) return;
  if (role.login && role.valid_until && *role.valid_until <= view.now)
    drift.push_back({.kind = AccessKind::kPasswordExpired,
                     .role = role.name,
                     .detail = "",
                     .expected = "",
                     .actual = "ended " + Instant(*role.valid_until)});
  else if (desired.expiry == PasswordExpiry::kRequired && !role.valid_until)
    drift.push_back(ExpiryDrift(role, "required"));
  else if (desired.expiry == PasswordExpiry::kNever && role.valid_until)
    drift.push_back(ExpiryDrift(role, "never"));
}

// Settings by their names as PostgreSQL compares them, with the names as they are written.
using Names = std::map<std::string, std::string_view>;

void AddName(Names& names, std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  names.emplace(std::move(lower), name);
}

void AddWhatOnlyOneHas(const Role& role, const Names& left, const Names& right, AccessKind kind,
                       std::vector<AccessDrift>& drift) {
  for (const auto& [lower, name] : left)
    if (!right.contains(lower))
      drift.push_back({.kind = kind,
                       .role = role.name,
                       .detail = std::string(name),
                       .expected = kind == AccessKind::kMissingSetting ? "set" : "not set",
                       .actual = kind == AccessKind::kMissingSetting ? "not set" : "set"});
}

using SettingsOfRoles = std::unordered_map<std::string_view, Names>;

SettingsOfRoles ByRole(const AccessView& view) {
  SettingsOfRoles settings;
  if (view.settings == nullptr) return settings;
  for (const model::RoleSetting& setting : view.settings->settings)
    AddName(settings[setting.role], setting.name);
  return settings;
}

void CompareSettings(const AccessView& view, const Role& role, const DesiredRole& desired,
                     const SettingsOfRoles& settings, std::vector<AccessDrift>& drift) {
  if (view.settings == nullptr) return;
  static const Names kNone;
  const auto found = settings.find(role.name);
  const Names& actual = found == settings.end() ? kNone : found->second;
  Names expected;
  for (const std::string& name : desired.settings) AddName(expected, name);
  AddWhatOnlyOneHas(role, actual, expected, AccessKind::kUnexpectedSetting, drift);
  const bool is_whole = view.settings->total <= std::ssize(view.settings->settings);
  if (is_whole) AddWhatOnlyOneHas(role, expected, actual, AccessKind::kMissingSetting, drift);
}

void FindUnexpected(const AccessView& view, std::vector<AccessDrift>& drift) {
  for (RoleGraph::Index i = 0; i < view.graph.size(); ++i) {
    const Role& role = view.graph.role(i);
    if (view.declared.Find(role.name) != nullptr || view.declared.Ignores(role.name) ||
        view.reserved.Has(role.name))
      continue;
    drift.push_back({.kind = AccessKind::kUnexpectedRole,
                     .role = role.name,
                     .detail = "",
                     .expected = "",
                     .actual = Described(role, &Attribute::actual)});
  }
}

}  // namespace

void CompareRoles(const AccessView& view, const std::vector<DesiredRole>& desired,
                  std::vector<AccessDrift>& drift) {
  const SettingsOfRoles settings = ByRole(view);
  FindUnexpected(view, drift);
  for (const DesiredRole& each : desired) {
    const auto index = view.graph.Find(each.name);
    if (!index) {
      drift.push_back({.kind = AccessKind::kMissingRole,
                       .role = each.name,
                       .detail = "",
                       .expected = Described(each, &Attribute::expected),
                       .actual = ""});
    } else if (!view.reserved.Has(each.name)) {
      const Role& role = view.graph.role(*index);
      CompareAttributes(role, each, drift);
      CompareExpiry(view, role, each, drift);
      CompareSettings(view, role, each, settings, drift);
    }
  }
}

}  // namespace pgfleet::drift
