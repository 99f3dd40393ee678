#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/fact.h"
#include "model/lsn.h"

// What a node said of logical replication: decoding on the publisher's side, subscriptions and
// origins on the subscriber's. An absent optional means that the server said NULL or that its
// version has no such fact; it never means zero. `dropped` counts what the caps cut.
namespace pgfleet::model {

// Since the slot's statistics were reset; the server begins anew with a slot of the same name.
struct SlotStats {
  std::string slot;
  std::int64_t spill_transactions = 0, spill_bytes = 0;
  std::int64_t stream_transactions = 0, stream_bytes = 0;
  std::int64_t decoded_transactions = 0, decoded_bytes = 0;
};

struct SlotStatsFacts {
  std::vector<SlotStats> slots;  // lasting logical slots, by name
  std::int64_t dropped = 0;
};

// Names of subscriptions are unique in a database only.
struct Subscription {
  std::string name;
  std::string database;
  bool enabled = false;
  std::optional<std::int64_t> worker;  // pid of the leader apply worker; absent: none runs
  std::optional<double> message_age;   // seconds since it last received anything
  // Memory of the polls: the last worker seen, and how often another one stood in its place.
  std::optional<std::int64_t> last_worker;
  std::int64_t worker_restarts = 0;
};

struct SubscriptionFacts {
  bool in_recovery = false;  // a standby shows its primary's subscriptions and runs none
  std::vector<Subscription> subscriptions;  // of all databases, by name and database
  std::int64_t dropped = 0;
};

inline constexpr std::size_t kConflictKinds = 7;

struct SubscriptionStats {
  std::string name;
  std::string database;
  std::int64_t apply_errors = 0;
  std::int64_t sync_errors = 0;
  std::array<std::optional<std::int64_t>, kConflictKinds> conflicts;  // 18+
};

struct SubscriptionStatsFacts {
  std::vector<SubscriptionStats> subscriptions;
  std::int64_t dropped = 0;
};

// Tables of one subscription by the state of their first copy.
struct SubscriptionTables {
  std::string subscription;
  std::int64_t init = 0, data = 0, finished = 0, synced = 0, ready = 0;
};

// Of one database.
struct SubscriptionTablesFacts {
  std::vector<SubscriptionTables> subscriptions;
  std::int64_t dropped = 0;
};

struct Publication {
  std::string name;
  std::int64_t tables = 0;
  std::int64_t tables_without_identity = 0;  // an UPDATE or DELETE on them fails
};

// Of one database.
struct PublicationFacts {
  std::vector<Publication> publications;
  std::int64_t dropped = 0;
};

// How much of a schema a publication publishes. A partitioned table counts as published when it is
// itself or all its partitions are; a partition also when a table above it is.
struct PublishedSchema {
  std::string publication, schema;
  std::int64_t tables = 0;  // lasting and logged ones of the schema
  std::int64_t published = 0;
};

struct PublishedTable {
  std::string publication, schema, table;
};

// Of one database.
struct PublishedTablesFacts {
  std::vector<std::string> publications;
  std::vector<PublishedSchema> schemas;
  std::vector<PublishedTable> tables;
  bool complete = true;  // false: there are more schemas or tables than are listed
};

struct ReplicationOrigin {
  std::string name;
  std::optional<Lsn> remote;  // the source's position up to which its changes were replayed
  std::optional<Lsn> local;   // the node's own position of the last such change, until a restart
};

struct ReplicationOriginFacts {
  std::vector<ReplicationOrigin> origins;
  std::int64_t dropped = 0;
};

}  // namespace pgfleet::model
