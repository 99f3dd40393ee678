#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/access_facts.h"
#include "model/aurora_facts.h"
#include "model/configuration_facts.h"
#include "model/durability_facts.h"
#include "model/fact.h"
#include "model/job_facts.h"
#include "model/logical_facts.h"
#include "model/lsn.h"
#include "model/recovery_facts.h"
#include "model/wal_facts.h"

// What one node said of itself, typed and unjudged: one struct per collector. An absent optional
// means that the server said NULL or that its version has no such fact; it never means zero.
namespace pgfleet::model {

struct PulseFacts {
  bool in_recovery = false;
  std::string system_identifier;  // empty: the platform does not tell
  std::optional<std::int64_t> timeline;
  std::optional<Lsn> wal_lsn;      // primary: flushed to disk, what a walsender may send
  std::optional<Lsn> receive_lsn;  // standby: GREATEST(received, replayed)
  std::optional<Lsn> replay_lsn;   // standby
  std::optional<EpochSeconds> last_replayed_transaction;  // the primary's clock at that commit
  std::optional<std::int64_t> receiver;                   // standby: pid of its WAL receiver
  bool receiver_streams = false;  // and streams, or does not show its state to our role
  // Primary: changes whenever a transaction that writes ends. While it stays the same, nobody has
  // committed anything.
  std::optional<std::int64_t> activity;
  EpochSeconds server_clock = 0;
};

struct IdentityFacts {
  int version_number = 0;  // server_version_num, e.g. 150018
  std::string version;     // server_version, e.g. "15.18"
  EpochSeconds started = 0;
  EpochSeconds config_loaded = 0;
};

struct ReadOnlyFacts {
  // default_transaction_read_only as the server sets it (reset_val): a fenced primary is out of
  // recovery but read-only.
  std::optional<bool> by_default;
};

struct Walsender {
  std::int64_t pid = 0;
  std::string application_name;
  std::string client_address;  // empty on a Unix socket
  EpochSeconds started = 0;
  std::string state;
  std::string sync_state;
  std::string slot;       // empty: none
  std::string slot_kind;  // "physical", "logical" or empty
  bool logical = false;   // walks a logical slot or speaks START_REPLICATION ... LOGICAL
  std::optional<Lsn> sent, write, flush, replay;
  std::optional<double> write_lag, flush_lag,
      replay_lag;  // seconds; only when the server has fresh feedback
  std::optional<double> shown_write_lag, shown_flush_lag;  // what the server shows, fresh or not
  std::optional<EpochSeconds> reply;                       // 12+; the standby's clock
};

struct WalsenderFacts {
  std::optional<Lsn> reference;  // the node's own position, read in the same statement as the rows
  EpochSeconds server_clock = 0;
  std::int64_t limit = 0;          // max_wal_senders
  std::vector<Walsender> senders;  // by start time, then pid
  std::int64_t dropped = 0;        // rows above the cap
};

struct WalreceiverFacts {
  bool in_recovery = false;
  bool present = false;             // false: no row, nothing receives
  std::string status;               // starting, waiting, restarting, streaming, stopping, stopped
  std::optional<std::int64_t> pid;  // of this receiver, or of the last one seen
  std::int64_t restarts = 0;        // changes of the pid seen since the node came up
  std::string slot;
  std::string application_name;  // from its conninfo, or the fallback that the server uses
  std::string sender_host;       // 11+
  std::optional<std::int64_t> sender_port;
  std::optional<EpochSeconds> last_message;  // receipt, the node's own clock
  std::optional<Lsn> latest_end;
  EpochSeconds server_clock = 0;
};

struct RecoveryFacts {
  bool in_recovery = false;
  std::optional<bool> replay_paused;   // paused, not merely requested (14+)
  std::optional<double> apply_delay;   // seconds; 12+
  std::optional<Lsn> receive, replay;  // receive = GREATEST(received, replayed)
  std::string pause_state;  // 14+: not_paused, pause_requested, paused; "" before and on a primary
  std::optional<bool> target_set;           // 12+: recovery ends or pauses at a given point
  std::optional<bool> has_restore_command;  // 12+; never the command itself
  // Since its start it has asked an upstream for WAL at least once.
  std::optional<bool> asked_to_stream;
  // 12+, in recovery with a target: immediate, lsn, name, time or xid, and what is done there.
  std::string target, target_action;
  std::optional<EpochSeconds> target_time;
  std::optional<Lsn> target_lsn;
};

struct Slot {
  std::string name;
  std::string kind;  // "physical" or "logical"
  std::string plugin;
  std::string database;
  bool temporary = false;
  bool active = false;
  std::optional<Lsn> restart, confirmed;
  std::string wal_status;                      // 13+; empty: never reserved or unknown
  std::optional<std::int64_t> safe_wal_bytes;  // 13+, only where the server's value is real
  bool invalid = false;
  std::string invalid_reason;                  // empty: not invalid or the version knows none
  std::optional<EpochSeconds> inactive_since;  // 17+; before: when it was last seen active
  std::optional<bool> failover, synced;        // 17+
  std::optional<std::int64_t> xmin_age, catalog_xmin_age;
};

struct SlotFacts {
  std::optional<Lsn> reference;  // primary: flushed; standby: GREATEST(received, replayed)
  EpochSeconds server_clock = 0;
  std::int64_t limit = 0;  // max_replication_slots
  std::int64_t used = 0;   // all slots, also those that no series of their own describes
  std::vector<Slot> slots;
  std::int64_t dropped = 0;
};

struct ArchiverFacts {
  bool in_recovery = false;
  std::string mode;         // archive_mode: off, on, always
  bool configured = false;  // archive_command or archive_library is set
  std::int64_t archived = 0;
  std::int64_t failed = 0;
  std::optional<EpochSeconds> last_archived, last_failed;  // absent: never
  std::string last_archived_wal;
  std::int64_t segment_bytes = 0;  // wal_segment_size
  // Read after the counters. Primary: flushed to disk; standby: GREATEST(received, replayed).
  std::optional<Lsn> wal_lsn;
  std::optional<Lsn> recovered_to;  // primary: where its recovery ended; absent after a restart
  double timeout = 0;               // seconds; archive_timeout, 0: none
  std::optional<std::int64_t> processes;  // 14+: archivers that run; absent where not to be seen
};

// What one database said that the config declares for the node, by its own connection.
struct DatabaseFacts {
  Fact<SubscriptionTablesFacts> subscription_tables;
  Fact<PublicationFacts> publications;
  Fact<PublishedTablesFacts> published_tables;

  bool operator==(const DatabaseFacts&) const = default;
};

// What collectors of the inventory lane said: it outlives a node that goes down, and ages by
// itself.
struct InventoryFacts {
  Fact<ReadOnlyFacts> read_only;
  Fact<SettingsFacts> settings;
  Fact<RoleFacts> roles;
  Fact<WraparoundFacts> wraparound;
  Fact<SubscriptionFacts> subscriptions;
  Fact<SubscriptionStatsFacts> subscription_stats;
  Fact<ReplicationOriginFacts> replication_origins;
  Fact<WalDirectoryFacts> wal_directory;
  Fact<ArchiveStatusFacts> archive_status;
  Fact<ChecksumFacts> checksums;
  Fact<OldestXminFacts> oldest_xmin;
  Fact<PreparedTransactionFacts> prepared_transactions;
  Fact<WalActivityFacts> wal_activity;
  Fact<CheckpointFacts> checkpoints;
  Fact<ControlFileFacts> control_file;
  Fact<WalSummarizerFacts> wal_summarizer;
  Fact<RecoveryPrefetchFacts> recovery_prefetch;
  Fact<SlotStatsFacts> slot_stats;
  Fact<RecoveryConflictFacts> recovery_conflicts;
  Fact<FileSettingsFacts> file_settings;
  Fact<RuleFileFacts> hba_rules;
  Fact<RuleFileFacts> ident_mappings;
  Fact<RoleSettingsFacts> role_settings;
  Fact<RoleListFacts> role_list;
  Fact<MembershipFacts> memberships;
  Fact<PasswordMethodFacts> password_methods;
  Fact<JobFacts> pgagent, cron;
  std::map<std::string, DatabaseFacts> databases;  // by name; those that answered last time

  bool operator==(const InventoryFacts&) const = default;
};

// The facts of pulse and status are dropped when the node goes down.
struct NodeFacts : InventoryFacts {
  Fact<PulseFacts> pulse;
  Fact<IdentityFacts> identity;
  Fact<WalsenderFacts> walsenders;
  Fact<WalreceiverFacts> walreceiver;
  Fact<RecoveryFacts> recovery;
  Fact<SlotFacts> slots;
  Fact<ArchiverFacts> archiver;
  Fact<SyncWaitFacts> sync_waits;
  Fact<BasebackupFacts> basebackup_progress;
  Fact<StartupProcessFacts> startup_process;
  Fact<AuroraFacts> aurora;

  // The very same facts, not merely equal ones.
  bool operator==(const NodeFacts&) const = default;
};

}  // namespace pgfleet::model
