#pragma once

#include <memory>

#include "support/cluster.h"

// Set-ups that people really run, under names, so that every later feature can be tried on them.
namespace pgfleet::test {

struct ServerPair {
  std::unique_ptr<PostgresServer> primary;
  std::unique_ptr<PostgresServer> standby;
};

// PostgreSQL 15 set up by hand: ALTER SYSTEM (wal_level replica, max_wal_senders 10, wal_keep_size
// 64MB), a role `replica`, `pg_basebackup -R`. No slot.
ServerPair HandMadePair();

// As 9.6 pairs were run, on the first of the majors under test (9.6 itself in the full suite):
// max_connections 100 on the primary and 1000 on the standby, wal_sender_timeout 60s,
// max_standby_streaming_delay 30s, wal_receiver_status_interval 1s, hot_standby_feedback on.
// Healthy: the difference is meant.
Cluster OldStylePair();

// PostgreSQL 12 that archives by cp into the directory `archive` beside the primary's data, with
// max_wal_senders 2.
ServerPair ArchivingPair();
std::filesystem::path ArchiveOf(const ServerPair& pair);

}  // namespace pgfleet::test
