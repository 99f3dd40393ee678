#pragma once

#include <array>
#include <cstddef>

#include "collectors/join.h"
#include "pg/sql_table.h"

namespace pgfleet::collectors {

// The columns of the walsenders query, the same in every variant.
struct WalsenderColumn {
  enum : std::size_t {
    kReference,
    kClock,
    kLimit,
    kTotal,
    kPid,
    kApplication,
    kAddress,
    kStarted,
    kState,
    kSyncState,
    kSent,
    kWrite,
    kFlush,
    kReplay,
    kWriteLag,
    kFlushLag,
    kReplayLag,
    kReply,
    kSlot,
    kSlotKind,
    kLogicalQuery,
    kCount,
  };
};

// One row per walsender, at most 200, by start time; one row with a NULL pid where there is none.
namespace walsenders_sql {

// The reference position stands in the target list, so that it is read after the senders' own: read
// before them, a busy primary would show standbys ahead of itself.
inline constexpr std::string_view kReference96 =
    "SELECT CASE WHEN n.r THEN greatest(pg_catalog.pg_last_xlog_receive_location(),"
    " pg_catalog.pg_last_xlog_replay_location())"
    " ELSE pg_catalog.pg_current_xlog_flush_location() END AS reference,";
inline constexpr std::string_view kReference10 =
    "SELECT CASE WHEN n.r THEN greatest(pg_catalog.pg_last_wal_receive_lsn(),"
    " pg_catalog.pg_last_wal_replay_lsn())"
    " ELSE pg_catalog.pg_current_wal_flush_lsn() END AS reference,";

inline constexpr std::string_view kWho =
    " extract(epoch from pg_catalog.clock_timestamp()) AS clock,"
    " pg_catalog.current_setting('max_wal_senders')::bigint AS sender_limit,"
    " pg_catalog.count(x.pid) OVER () AS total, x.pid, x.application_name,"
    " pg_catalog.host(x.client_addr) AS address, extract(epoch from x.backend_start) AS started,"
    " x.state, x.sync_state,";

inline constexpr std::string_view kPositions96 =
    " x.sent_location AS sent, x.write_location AS write, x.flush_location AS flush,"
    " x.replay_location AS replay, NULL AS write_lag, NULL AS flush_lag, NULL AS replay_lag,";
inline constexpr std::string_view kPositions10 =
    " x.sent_lsn AS sent, x.write_lsn AS write, x.flush_lsn AS flush, x.replay_lsn AS replay,"
    " extract(epoch from x.write_lag) AS write_lag, extract(epoch from x.flush_lag) AS flush_lag,"
    " extract(epoch from x.replay_lag) AS replay_lag,";

inline constexpr std::string_view kNoReply = " NULL AS reply,";
inline constexpr std::string_view kReply = " extract(epoch from x.reply_time) AS reply,";

inline constexpr std::string_view kTail =
    " s.slot_name, s.slot_type, a.query ~* '^START_REPLICATION SLOT [^ ]+ LOGICAL' AS logical_query"
    " FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) n"
    " LEFT JOIN (";
inline constexpr std::string_view kViews =
    "pg_catalog.pg_stat_replication x"
    " LEFT JOIN pg_catalog.pg_replication_slots s ON s.active_pid = x.pid"
    " LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = x.pid";
inline constexpr std::string_view kHelper =
    "pgfleet.stat_replication() x"
    " LEFT JOIN pg_catalog.pg_replication_slots s ON s.active_pid = x.pid"
    " LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = x.pid";
inline constexpr std::string_view kOrder = ") ON true ORDER BY x.backend_start, x.pid LIMIT 200";

inline constexpr std::array kSql = {
    pg::SqlVersion{9, 9, kJoin<kReference96, kWho, kPositions96, kNoReply, kTail, kViews, kOrder>},
    pg::SqlVersion{10, 11,
                   kJoin<kReference10, kWho, kPositions10, kNoReply, kTail, kViews, kOrder>},
    pg::SqlVersion{12, pg::kLater,
                   kJoin<kReference10, kWho, kPositions10, kReply, kTail, kViews, kOrder>},
};
static_assert(pg::HasNoGapAndNoOverlap(kSql));
inline constexpr std::array kHelped = {pg::SqlVersion{
    9, 9, kJoin<kReference96, kWho, kPositions96, kNoReply, kTail, kHelper, kOrder>}};
static_assert(pg::IsContiguous(kHelped));

}  // namespace walsenders_sql

}  // namespace pgfleet::collectors
