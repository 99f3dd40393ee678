#pragma once

#include <array>
#include <cstddef>

#include "collectors/join.h"
#include "pg/sql_table.h"

namespace pgfleet::collectors {

// The columns of the slots query, the same in every variant.
struct SlotColumn {
  enum : std::size_t {
    kReference,
    kClock,
    kLimit,
    kUsed,
    kShown,
    kName,
    kKind,
    kPlugin,
    kDatabase,
    kActive,
    kRestart,
    kConfirmed,
    kXminAge,
    kCatalogXminAge,
    kTemporary,
    kWalStatus,
    kSafeBytes,
    kInvalid,
    kInvalidReason,
    kInactiveSince,
    kFailover,
    kSynced,
    kCount,
  };
};

// One row per lasting slot, at most 200, by name; one row with a NULL name where there is none.
// Temporary slots and those of table synchronisation workers come and go under ever new names: they
// count as used and have no row.
namespace slots_sql {

// In the target list, so that it is read after the slots (see walsenders_sql.h).
inline constexpr std::string_view kReference96 =
    "SELECT CASE WHEN n.r THEN greatest(pg_catalog.pg_last_xlog_receive_location(),"
    " pg_catalog.pg_last_xlog_replay_location())"
    " ELSE pg_catalog.pg_current_xlog_flush_location() END AS reference,";
inline constexpr std::string_view kReference10 =
    "SELECT CASE WHEN n.r THEN greatest(pg_catalog.pg_last_wal_receive_lsn(),"
    " pg_catalog.pg_last_wal_replay_lsn())"
    " ELSE pg_catalog.pg_current_wal_flush_lsn() END AS reference,";

inline constexpr std::string_view kWhat =
    " extract(epoch from pg_catalog.clock_timestamp()) AS clock,"
    " pg_catalog.current_setting('max_replication_slots')::bigint AS slot_limit,"
    " (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots) AS used,"
    " pg_catalog.count(s.slot_name) OVER () AS shown,"
    " s.slot_name, s.slot_type, s.plugin, s.database, s.active, s.restart_lsn,"
    " s.confirmed_flush_lsn, pg_catalog.age(s.xmin) AS xmin_age,"
    " pg_catalog.age(s.catalog_xmin) AS catalog_xmin_age,";

inline constexpr std::string_view kState96 =
    " false AS temporary, NULL AS wal_status, NULL AS safe_bytes, false AS invalid,";
inline constexpr std::string_view kState10 =
    " s.temporary, NULL AS wal_status, NULL AS safe_bytes, false AS invalid,";
// For a slot that never reserved WAL safe_wal_size is reckoned from position 0: noise.
inline constexpr std::string_view kStatus13 =
    " s.temporary, s.wal_status,"
    " CASE WHEN s.wal_status IS NOT NULL THEN s.safe_wal_size END AS safe_bytes,";
inline constexpr std::string_view kInvalid13 =
    " coalesce(s.wal_status = 'lost', false) AS invalid,"
    " CASE WHEN s.wal_status = 'lost' THEN 'wal_removed' END AS invalid_reason,";
// 16 calls every invalidated slot both lost and conflicting, so the reason cannot be told.
inline constexpr std::string_view kInvalid16 =
    " coalesce(s.wal_status = 'lost', false) OR coalesce(s.conflicting, false) AS invalid,"
    " NULL AS invalid_reason,";
inline constexpr std::string_view kInvalid17 =
    " s.invalidation_reason IS NOT NULL AS invalid, s.invalidation_reason,";

inline constexpr std::string_view kNoReason = " NULL AS invalid_reason,";
inline constexpr std::string_view kNoFailover =
    " NULL AS inactive_since, NULL AS failover, NULL AS synced";
inline constexpr std::string_view kFailover17 =
    " extract(epoch from s.inactive_since) AS inactive_since, s.failover, s.synced";

inline constexpr std::string_view kTail96 =
    " FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) n"
    " LEFT JOIN pg_catalog.pg_replication_slots s ON s.slot_name !~ '^pg_[0-9]+_sync_[0-9]+'"
    " ORDER BY s.slot_name LIMIT 200";
inline constexpr std::string_view kTail10 =
    " FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) n"
    " LEFT JOIN pg_catalog.pg_replication_slots s"
    " ON NOT s.temporary AND s.slot_name !~ '^pg_[0-9]+_sync_[0-9]+'"
    " ORDER BY s.slot_name LIMIT 200";

inline constexpr std::array kSql = {
    pg::SqlVersion{9, 9, kJoin<kReference96, kWhat, kState96, kNoReason, kNoFailover, kTail96>},
    pg::SqlVersion{10, 12, kJoin<kReference10, kWhat, kState10, kNoReason, kNoFailover, kTail10>},
    pg::SqlVersion{13, 15, kJoin<kReference10, kWhat, kStatus13, kInvalid13, kNoFailover, kTail10>},
    pg::SqlVersion{16, 16, kJoin<kReference10, kWhat, kStatus13, kInvalid16, kNoFailover, kTail10>},
    pg::SqlVersion{17, pg::kLater,
                   kJoin<kReference10, kWhat, kStatus13, kInvalid17, kFailover17, kTail10>},
};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

}  // namespace slots_sql
}  // namespace pgfleet::collectors
