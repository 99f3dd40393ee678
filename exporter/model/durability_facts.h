#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/fact.h"

// What a node said of the things that decide how long its data lives: checksums, transaction ages
// and what holds vacuum back, base backups, synchronous commit. An absent optional means that the
// server said NULL; it never means zero.
namespace pgfleet::model {

struct DatabaseChecksums {
  std::string database;  // "(shared)": the relations that belong to no database
  std::int64_t failures = 0;
  std::optional<EpochSeconds> last_failure;  // by the server's clock; absent: never
};

struct ChecksumFacts {
  std::vector<DatabaseChecksums> databases;  // empty where data checksums are off
  std::int64_t dropped = 0;                  // databases that have no entry
};

struct DatabaseAge {
  std::string database;
  std::int64_t xid_age = 0;        // transactions since datfrozenxid
  std::int64_t multixact_age = 0;  // multixacts since datminmxid
};

struct WraparoundFacts {
  std::vector<DatabaseAge> databases;  // oldest first
  std::int64_t dropped = 0;
};

// In transactions; absent where nothing of the kind holds vacuum back.
struct OldestXminFacts {
  std::optional<std::int64_t> backend;
  std::optional<std::int64_t> prepared;
  std::optional<std::int64_t> slot;
  std::optional<std::int64_t> catalog_slot;
  std::optional<std::int64_t> walsender;
};

struct PreparedTransactionFacts {
  bool in_recovery = false;  // a standby shows none, whatever its primary holds
  std::int64_t count = 0;
  std::optional<double> oldest_age;  // seconds by the server's clock; absent: none
};

struct BasebackupFacts {
  std::int64_t running = 0;
  std::optional<std::int64_t> streamed_bytes;  // of all that run
  std::optional<std::int64_t> expected_bytes;  // absent unless every one of them has an estimate
  std::string phase;  // of the one that runs longest, as the server says it; "" when none runs
  // Of those whose WAL is not archived yet the one that runs longest, and since when it was seen to
  // wait for that, by the server's clock.
  std::optional<std::int64_t> waiting;  // pid; absent: none waits
  std::optional<EpochSeconds> waiting_since;
  EpochSeconds server_clock = 0;
};

struct SyncWaitFacts {
  bool in_recovery = false;              // commits never wait on a standby
  std::int64_t waiting = 0;              // backends
  std::optional<double> oldest_wait;     // seconds by the server's clock; absent: nobody waits
  std::optional<std::int64_t> required;  // standbys; absent when the setting is not understood
  std::int64_t connected = 0;            // standbys that count as synchronous now
};

}  // namespace pgfleet::model
