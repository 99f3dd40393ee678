#include "config/desired_roles.h"

#include <array>
#include <charconv>
#include <system_error>

namespace pgfleet::config {
namespace {

using model::DesiredMember;
using model::DesiredRole;

struct Attribute {
  std::string_view name;
  bool DesiredRole::* flag;
};
constexpr std::array<Attribute, 7> kAttributes = {{{"login", &DesiredRole::login},
                                                   {"superuser", &DesiredRole::superuser},
                                                   {"createrole", &DesiredRole::createrole},
                                                   {"createdb", &DesiredRole::createdb},
                                                   {"replication", &DesiredRole::replication},
                                                   {"bypassrls", &DesiredRole::bypassrls},
                                                   {"inherit", &DesiredRole::inherit}}};

template <std::size_t kIndex>
void ReadAttribute(Reader& reader, const YamlNode& value, DesiredRole& role) {
  constexpr Attribute kAttribute = kAttributes[kIndex];
  if (const auto flag = ReadFlag(reader, value, kAttribute.name))
    role.*kAttribute.flag = flag->value;
}

void ReadConnectionLimit(Reader& reader, const YamlNode& value, DesiredRole& role) {
  const std::string_view text = value.text;
  std::int32_t limit = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (value.kind == YamlNode::Kind::kScalar && error == std::errc{} &&
      stop == text.data() + text.size() && limit >= -1)
    role.connection_limit = limit;
  else
    reader.faults.Add(value.place,
                      "'connection_limit' must be a whole number from -1 (none) to 2147483647");
}

void ReadExpiry(Reader& reader, const YamlNode& value, DesiredRole& role) {
  // PasswordExpiry's.
  static constexpr std::array<std::string_view, 3> kExpiries = {"required", "never", "expired"};
  if (const auto expiry = ReadChoice(reader, value, "expiry", kExpiries))
    role.expiry = static_cast<model::PasswordExpiry>(expiry->value);
}

void ReadRoleSettings(Reader& reader, const YamlNode& value, DesiredRole& role) {
  Listed listed;
  for (const YamlNode& item :
       ReadItems(reader, value, {"settings", "names of settings", "[statement_timeout]"}))
    if (CheckRoleSetting(reader, item) &&
        CheckNotListed(reader, item, Lowered(item.text), "settings", listed))
      role.settings.push_back(item.text);
}

template <typename Flag, Flag DesiredMember::* kFlag>
void ReadOption(Reader& reader, const YamlNode& value, std::string_view name,
                DesiredMember& member) {
  if (const auto flag = ReadFlag(reader, value, name)) member.*kFlag = flag->value;
}

constexpr Key<DesiredMember> kMemberKeys[] = {
    {"name", true,
     [](Reader& r, const YamlNode& v, DesiredMember& member) {
       if (CheckRoleName(r, v)) member.name = v.text;
     },
     "name of a role", "required", ""},
    {"admin", false,
     [](Reader& r, const YamlNode& v, DesiredMember& member) {
       ReadOption<bool, &DesiredMember::admin>(r, v, "admin", member);
     },
     "`true` or `false`", "`false`", "it may grant the role to others"},
    {"inherit", false,
     [](Reader& r, const YamlNode& v, DesiredMember& member) {
       ReadOption<std::optional<bool>, &DesiredMember::inherit>(r, v, "inherit", member);
     },
     "`true` or `false`", "the member's own `inherit`",
     "it has the role's privileges at once; compared from 16 on"},
    {"set", false,
     [](Reader& r, const YamlNode& v, DesiredMember& member) {
       ReadOption<std::optional<bool>, &DesiredMember::set>(r, v, "set", member);
     },
     "`true` or `false`", "`true`", "it may SET ROLE to it; compared from 16 on"},
};

// Absent after a fault.
std::optional<DesiredMember> ReadMember(Reader& reader, const YamlNode& item) {
  DesiredMember member;
  if (item.kind == YamlNode::Kind::kMapping)
    ReadMapping<DesiredMember>(reader, "a member", item, kMemberKeys, member);
  else if (CheckRoleName(reader, item))
    member.name = item.text;
  if (member.name.empty()) return std::nullopt;
  return member;
}

void ReadMembers(Reader& reader, const YamlNode& value, DesiredRole& role) {
  std::map<std::string, int> lines;
  for (const YamlNode& item : ReadItems(reader, value, {"members", "roles", "[app, reports]"})) {
    auto member = ReadMember(reader, item);
    if (!member) continue;
    const auto [first, is_new] = lines.emplace(member->name, item.place.line);
    if (!is_new)
      reader.faults.Add(item.place, fmt::format("member '{}' is listed twice (first on line {})",
                                                Printable(member->name), first->second));
    else if (member->name == role.name)
      reader.faults.Add(item.place, "a role cannot be a member of itself");
    else
      role.members.push_back(std::move(*member));
  }
}

constexpr std::string_view kFlagForm = "`true` or `false`";
constexpr Key<DesiredRole> kRoleKeys[] = {
    {kAttributes[0].name, false, &ReadAttribute<0>, kFlagForm, "`false`", "LOGIN"},
    {kAttributes[1].name, false, &ReadAttribute<1>, kFlagForm, "`false`", "SUPERUSER"},
    {kAttributes[2].name, false, &ReadAttribute<2>, kFlagForm, "`false`", "CREATEROLE"},
    {kAttributes[3].name, false, &ReadAttribute<3>, kFlagForm, "`false`", "CREATEDB"},
    {kAttributes[4].name, false, &ReadAttribute<4>, kFlagForm, "`false`", "REPLICATION"},
    {kAttributes[5].name, false, &ReadAttribute<5>, kFlagForm, "`false`", "BYPASSRLS"},
    {kAttributes[6].name, false, &ReadAttribute<6>, kFlagForm, "`true`", "INHERIT"},
    {"connection_limit", false, &ReadConnectionLimit, "-1 to 2147483647", "-1",
     "CONNECTION LIMIT; -1: none"},
    {"expiry", false, &ReadExpiry, "`required`, `never` or `expired`",
     "any, as long as it has not passed",
     "the end of the password (VALID UNTIL): there must be one, there must be none, or it may have "
     "passed"},
    {"members", false, &ReadMembers, "list of names, or of mappings", "none",
     "who is a member of it: these and no others"},
    {"settings", false, &ReadRoleSettings, "list of names of settings", "none",
     "what ALTER ROLE ... SET has set for it: these and no others"},
};

void Sort(std::vector<DesiredRole>& roles) {
  std::ranges::sort(roles, {}, &DesiredRole::name);
  for (DesiredRole& role : roles) std::ranges::sort(role.members, {}, &DesiredMember::name);
}

}  // namespace

void ReadRoles(Reader& reader, const YamlNode& value, DesiredAccessDraft& access) {
  if (value.kind != YamlNode::Kind::kMapping)
    return reader.faults.Add(value.place, fmt::format("'roles' must be a mapping of roles by name, "
                                                      "or {{}} for none, not {}",
                                                      KindName(value.kind)));
  auto& roles = access.roles.emplace();
  for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
    const YamlNode &name = value.items[i], &said = value.items[i + 1];
    if (!CheckRoleName(reader, name)) continue;
    DesiredRole& role = roles.emplace_back();
    role.name = name.text;
    if (said.kind != YamlNode::Kind::kNull)
      ReadMapping<DesiredRole>(reader, fmt::format("role '{}'", Printable(name.text)), said,
                               kRoleKeys, role);
  }
}

void ReadRolesIgnore(Reader& reader, const YamlNode& value, DesiredAccessDraft& access) {
  Listed listed;
  for (const YamlNode& item :
       ReadItems(reader, value, {"roles_ignore", "names of roles", "[postgres, \"tmp_*\"]"}))
    if (CheckRolePattern(reader, item) &&
        CheckNotListed(reader, item, item.text, "roles_ignore", listed))
      access.ignore.push_back({.value = item.text, .place = item.place});
}

model::DesiredAccess FinishDesiredAccess(const DesiredAccessDraft& access, Faults& faults) {
  model::DesiredAccess done{.roles = access.roles, .ignore = {}};
  if (done.roles) Sort(*done.roles);
  for (const auto& ignored : access.ignore) {
    done.ignore.push_back(ignored.value);
    if (done.roles &&
        std::ranges::binary_search(*done.roles, ignored.value, {}, &DesiredRole::name))
      faults.Add(ignored.place, fmt::format("role '{}' is declared in 'roles': leave it in one of "
                                            "the two",
                                            Printable(ignored.value)));
  }
  return done;
}

void DescribeRoles(std::vector<KeyDoc>& docs) {
  Describe<DesiredRole>("role", kRoleKeys, docs);
  Describe<DesiredMember>("member", kMemberKeys, docs);
}

}  // namespace pgfleet::config
