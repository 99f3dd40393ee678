#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What differs: between the nodes of a cluster, and from what is declared. Values stand in here for
// people, never in a metric.
namespace pgfleet::model {

enum class Against : std::uint8_t { kNode, kBaseline };
inline constexpr std::array<std::string_view, 2> kAgainstNames = {"node", "baseline"};

// A setting of a node that is not what it should be.
struct SettingDrift {
  std::string setting;
  Against against = Against::kNode;
  // As SHOW would write them. Where the value may be a secret: "set" or "not set".
  std::string expected, actual;
  std::string note;  // what follows from it, or where the expectation comes from; may be empty

  bool operator==(const SettingDrift&) const = default;
};

struct NodeDrift {
  // By name. Absent: not known, as without settings or without a node to compare with.
  std::optional<std::vector<SettingDrift>> node, baseline;
  // Settings that could not be compared with those of the reference: hidden from our role on one of
  // the two, or overlaid by a setting of our role or database.
  std::int64_t not_comparable = 0;
  // Those of them that the baseline declares, by name: nobody knows whether they are as declared.
  std::vector<std::string> unchecked;
  // 48 bits over what is compared between nodes: equal on nodes that are set alike. Absent: not
  // known.
  std::optional<std::uint64_t> fingerprint;
  // 48 bits over all settings of the node whose changes are counted.
  std::optional<std::uint64_t> state;
};

enum class AccessKind : std::uint8_t {
  kMissingRole,
  kUnexpectedRole,
  kAttribute,  // detail: its name in lower case
  kPasswordExpired,
  kMissingMembership,     // role: the member; detail: what it should be a member of
  kUnexpectedMembership,  // the same
  kMembershipOption,      // detail: the role it is a member of
  kUnexpectedSetting,     // ALTER ROLE ... SET; detail: the setting
  kMissingSetting,
};
inline constexpr std::array<std::string_view, 9> kAccessKindNames = {
    "missing_role",      "unexpected_role",    "attribute",
    "password_expired",  "missing_membership", "unexpected_membership",
    "membership_option", "unexpected_setting", "missing_setting"};

struct AccessDrift {
  AccessKind kind = AccessKind::kMissingRole;
  std::string role;
  std::string detail;
  std::string expected, actual;  // for people: "superuser", "admin false"; may be empty

  bool operator==(const AccessDrift&) const = default;
};

enum class Privilege : std::uint8_t {
  kSuperuser,
  kReplication,
  kBypassrls,
  kCreaterole,
  kExecuteServerProgram,
  kWriteServerFiles,
  kReadServerFiles,
  kWriteAllData,
  kReadAllData,
};
inline constexpr std::array<std::string_view, 9> kPrivilegeNames = {"superuser",
                                                                    "replication",
                                                                    "bypassrls",
                                                                    "createrole",
                                                                    "pg_execute_server_program",
                                                                    "pg_write_server_files",
                                                                    "pg_read_server_files",
                                                                    "pg_write_all_data",
                                                                    "pg_read_all_data"};

// The strongest way by which a role has a privilege, strongest first.
enum class Via : std::uint8_t {
  kHeld,       // its own attribute, or a direct membership that it inherits from
  kInherit,    // inherited by way of other roles
  kSet,        // by SET ROLE
  kGrantable,  // it may grant it to itself: the admin option, also the automatic one of 16+
};
inline constexpr std::array<std::string_view, 4> kViaNames = {"held", "inherit", "set",
                                                              "grantable"};

struct PrivilegedRole {
  std::string role;
  Privilege privilege = Privilege::kSuperuser;
  Via via = Via::kHeld;
  std::vector<std::string> path;  // the roles on the way, without `role`

  bool operator==(const PrivilegedRole&) const = default;
};

struct AccessFindings {
  std::vector<AccessDrift> drift;          // by kind, role, detail; empty when nothing is declared
  std::vector<PrivilegedRole> privileged;  // by role, privilege
  // 48 bits over roles, attributes, memberships, settings. Absent: the settings are not known.
  std::optional<std::uint64_t> fingerprint;
};

// Of one cluster. Made off the event loop from the facts of one snapshot.
struct DriftReport {
  std::optional<std::size_t> reference;  // the node that the others are compared with
  std::vector<NodeDrift> nodes;          // parallel to ClusterSnapshot::nodes
  std::optional<AccessFindings> access;  // as the reference tells it
};

}  // namespace pgfleet::model
