#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/desired.h"
#include "model/shared.h"

// What the owner declared. Everything that is compared with it is a fact of some node.
namespace pgfleet::model {

// Which of its nodes leads a cluster: one out of recovery, or in a standby cluster one that is in
// recovery itself.
enum class ClusterKind : std::uint8_t { kPrimary, kStandbyCluster, kSingle };

struct Objectives {
  std::optional<double> lag_seconds;
  std::optional<double> lag_bytes;
  std::optional<double> rpo_seconds;

  bool operator==(const Objectives&) const = default;
};

struct Expected {
  std::optional<std::int64_t> standbys;           // that stream
  std::optional<std::int64_t> synchronous;        // that confirm a commit
  std::optional<std::vector<std::string>> slots;  // of the primary: these and no others

  bool operator==(const Expected&) const = default;
};

struct DeclaredCluster {
  ClusterKind kind = ClusterKind::kPrimary;
  bool maintenance = false;
  Objectives objectives;
  Expected expected;
  Shared<DesiredSettings> settings;
  Shared<DesiredAccess> access;

  bool operator==(const DeclaredCluster&) const = default;
};

struct DeclaredNode {
  std::string name;
  std::vector<std::string> addresses{};  // host names and addresses by which the config knows it
  std::string port{};                    // "": libpq's default
  std::optional<NodeRole> role{};
  std::string upstream{};               // a node of the cluster; "": not declared
  std::optional<double> apply_delay{};  // seconds
};

}  // namespace pgfleet::model
