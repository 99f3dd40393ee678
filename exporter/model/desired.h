#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the owner declared about settings and roles: the baseline that the servers are compared
// with. Texts are as they stand in the config.
namespace pgfleet::model {

enum class NodeRole : std::uint8_t { kPrimary, kStandby };

// What a setting is to be. All that is given must hold.
struct SettingRule {
  std::string setting;           // as written; PostgreSQL does not tell upper from lower case
  std::optional<NodeRole> role;  // of the nodes that it is about; absent: of all
  // In the syntax of postgresql.conf, without quotes.
  std::vector<std::string> one_of;  // `exact` is a list of one; empty: not said
  std::optional<std::string> at_least, at_most;
  std::optional<bool> set;  // other than what is built in: for values that nobody may see

  bool operator==(const SettingRule&) const = default;
};

// How nodes are compared with each other. Names, or patterns that end in `*`. A name goes before a
// pattern; what stands in no list follows the built-in table.
struct ComparisonLists {
  std::vector<std::string> must_match;  // compared although the table would not
  std::vector<std::string> may_differ;  // not compared between nodes; with the baseline they are
  std::vector<std::string> ignore;      // not looked at at all

  bool operator==(const ComparisonLists&) const = default;
};

// The baselines that come with the exporter.
inline constexpr std::array<std::string_view, 4> kPracticeNames = {
    "durability", "replication_primary", "replication_standby", "pitr_archiving"};

struct DesiredSettings {
  ComparisonLists cluster, fleet;      // the cluster's are asked first
  std::vector<std::string> practices;  // of kPracticeNames
  std::vector<SettingRule> baseline;   // those of the cluster laid over those of the fleet

  bool operator==(const DesiredSettings&) const = default;
};

struct DesiredMember {
  std::string name;
  bool admin = false;
  // 16+ has them for each grant. Absent: what GRANT would give without a word on it: `inherit` as
  // the member's own attribute is, `set` true.
  std::optional<bool> inherit, set;

  bool operator==(const DesiredMember&) const = default;
};

enum class PasswordExpiry : std::uint8_t {
  kRequired,  // the password must have an end
  kNever,     // it must have none
  kExpired,   // it may have ended: that is meant
};

// A role as CREATE ROLE would make it: what is not said has the default of that command.
struct DesiredRole {
  std::string name;
  bool superuser = false, inherit = true, createrole = false, createdb = false, login = false,
       replication = false, bypassrls = false;
  std::int64_t connection_limit = -1;    // -1: none
  std::optional<PasswordExpiry> expiry;  // absent: any, as long as it has not ended
  std::vector<DesiredMember> members;    // by name
  std::vector<std::string> settings;     // names that ALTER ROLE ... SET may have set

  bool operator==(const DesiredRole&) const = default;
};

struct DesiredAccess {
  // By name: these and no others. Absent: nothing is declared. Roles of PostgreSQL (pg_...) and of
  // a managed service need not be declared, but without it nobody is to be their member.
  std::optional<std::vector<DesiredRole>> roles;
  std::vector<std::string> ignore;  // names, or patterns that end in `*`, of roles left alone

  bool operator==(const DesiredAccess&) const = default;
};

}  // namespace pgfleet::model
