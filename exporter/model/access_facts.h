#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/fact.h"

// What the inventory lane reads of roles. They are the same on every node of a cluster.
namespace pgfleet::model {

inline constexpr std::size_t kMostRoleExpiries = 200;  // series, the soonest first

struct RoleCount {
  std::string attribute;  // superuser, replication, bypassrls, createrole, createdb, login, any
  bool managed = false;   // belongs to the platform (rds*, cloudsql*, azure*), not to the owner
  std::int64_t count = 0;
};

struct RoleFacts {
  std::vector<RoleCount> roles;
  std::vector<RoleCount> memberships;  // attribute: any, admin
};

struct Role {
  std::string name;
  bool superuser = false, inherit = false, createrole = false, createdb = false, login = false,
       replication = false, bypassrls = false;
  std::int64_t connection_limit = -1;       // -1: none
  std::optional<EpochSeconds> valid_until;  // of its password; absent: for ever

  bool operator==(const Role&) const = default;
};

struct RoleListFacts {
  std::vector<Role> roles;  // by name, PostgreSQL's own pg_ roles too
  std::int64_t dropped = 0;
};

// One grant of a role to a member; 16+ has one for each grantor.
struct Membership {
  std::string role, member;
  std::string grantor;  // "": gone
  bool admin = false;
  std::optional<bool> inherit, set;  // 16+; before, `inherit` is the member's own attribute

  bool operator==(const Membership&) const = default;
};

struct MembershipFacts {
  std::vector<Membership> memberships;  // by role, member, grantor
  std::int64_t dropped = 0;
};

struct PasswordMethod {
  std::string role;
  std::string method;  // none, md5, scram-sha-256, other

  bool operator==(const PasswordMethod&) const = default;
};

struct PasswordMethodFacts {
  std::vector<PasswordMethod> roles;  // those that may log in, by name
  std::int64_t dropped = 0;
};

}  // namespace pgfleet::model
