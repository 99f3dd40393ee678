#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
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
  std::optional<double> backup_age_seconds;  // of the last base backup

  bool operator==(const Objectives&) const = default;
};

struct Expected {
  std::optional<std::int64_t> standbys;           // that stream
  std::optional<std::int64_t> synchronous;        // that confirm a commit
  std::optional<std::vector<std::string>> slots;  // of the primary: these and no others
  std::optional<bool> archiving;                  // the primary's WAL goes to an archive

  bool operator==(const Expected&) const = default;
};

// Files that a backup job leaves on a disk that the exporter can read.
struct DeclaredBackup {
  std::string name;
  std::string files;        // a glob with an absolute path
  std::string schedule;     // cron, local time: when the job runs; "": not declared
  double grace = 0;         // seconds after that by which it should be done
  std::string status_file;  // written by the job, or the JSON of a backup tool; "": none

  bool operator==(const DeclaredBackup&) const = default;
};

// A consumer of the changes of one database.
struct DeclaredCdc {
  std::string slot;
  std::string database;             // of the slot; "": not declared
  std::string publication;          // that it reads; "": not declared
  std::vector<std::string> tables;  // that must be in it: "schema.table", "schema.*"

  bool operator==(const DeclaredCdc&) const = default;
};

struct DeclaredCluster {
  ClusterKind kind = ClusterKind::kPrimary;
  bool maintenance = false;
  std::array<double, 3> lane_intervals{};  // seconds, by Lane
  Objectives objectives;
  Expected expected;
  Shared<DesiredSettings> settings;
  Shared<DesiredAccess> access;
  std::optional<double> wal_volume_bytes;  // size of the volume that holds pg_wal
  std::string archive_directory;           // where the archived WAL can be read; "": nowhere
  std::vector<DeclaredBackup> backups;
  std::string pgagent_database;  // where pgAgent keeps its jobs; "": not watched
  std::string cron_database;     // where pg_cron keeps its jobs; "": not watched

  std::vector<DeclaredCdc> cdc;

  bool operator==(const DeclaredCluster&) const = default;
};

struct DeclaredNode {
  std::string name;
  std::vector<std::string> addresses{};  // host names and addresses by which the config knows it
  std::string port{};                    // "": libpq's default
  std::optional<NodeRole> role{};
  std::string upstream{};               // a node of the cluster; "": not declared
  std::optional<double> apply_delay{};  // seconds
  // The libpq keywords of the config; values only of those that are no secret by their name.
  std::vector<std::pair<std::string, std::optional<std::string>>> connection{};
};

}  // namespace pgfleet::model
