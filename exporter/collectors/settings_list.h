#pragma once

#include <array>
#include <string_view>

namespace pgfleet::collectors {

// The settings that have series: what decides about replication, durability and archiving and is
// worth a graph or an alert. Numbers, booleans and enums only, and none that a plain role may not
// read: a name that is missing on a node does not exist in its
// version. None that shows something else on each connection (tcp_keepalives_*).
inline constexpr std::array<std::string_view, 50> kShownSettings = {
    "archive_mode",
    "archive_timeout",
    "autovacuum",
    "autovacuum_freeze_max_age",
    "checkpoint_completion_target",
    "checkpoint_timeout",
    "data_checksums",
    "fsync",
    "full_page_writes",
    "hot_standby",
    "hot_standby_feedback",
    "idle_replication_slot_timeout",
    "max_connections",
    "max_locks_per_transaction",
    "max_logical_replication_workers",
    "max_prepared_transactions",
    "max_replication_slots",
    "max_slot_wal_keep_size",
    "max_standby_archive_delay",
    "max_standby_streaming_delay",
    "max_sync_workers_per_subscription",
    "max_wal_senders",
    "max_wal_size",
    "max_worker_processes",
    "min_wal_size",
    "recovery_min_apply_delay",
    "recovery_target_action",
    "reserved_connections",
    "restart_after_crash",
    "shared_buffers",
    "ssl",
    "summarize_wal",
    "superuser_reserved_connections",
    "sync_replication_slots",
    "synchronous_commit",
    "track_commit_timestamp",
    "wal_buffers",
    "wal_compression",
    "wal_init_zero",
    "wal_keep_segments",
    "wal_keep_size",
    "wal_level",
    "wal_log_hints",
    "wal_receiver_status_interval",
    "wal_receiver_timeout",
    "wal_recycle",
    "wal_retrieve_retry_interval",
    "wal_segment_size",
    "wal_sender_timeout",
    "wal_summary_keep_time",
};

}  // namespace pgfleet::collectors
