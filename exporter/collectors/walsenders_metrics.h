#pragma once

#include <array>

#include "collectors/collector.h"
#include "collectors/series_dropped.h"
#include "metric/metric_desc.h"

namespace pgfleet::collectors {

// What a sender is for, by what it says of itself (`pgfleet_walsenders`).
enum class SenderKind : std::uint8_t { kStandby, kLogical, kBaseBackup, kReceiveWal, kUnmatched };
inline constexpr std::array<std::string_view, 5> kSenderKinds = {"standby", "logical", "basebackup",
                                                                 "receivewal", "unmatched"};

// `matched`: analysis knows it as a declared node.
SenderKind KindOf(const model::Walsender& sender, bool matched);

// Whether a sender has series of its own. Base backups and the workers that copy a subscription's
// tables come and go under ever new names, so they are only counted.
bool HasOwnSeries(const model::Walsender& sender);

void WriteWalsenders(const NodeView& view, metric::MetricWriter& out);

namespace walsender_metrics {

using metric::Kind;
using metric::MetricDesc;

inline constexpr std::array<std::string_view, 2> kSender = {"standby", "slot"};
inline constexpr std::array<std::string_view, 3> kSenderState = {"standby", "slot", "state"};
inline constexpr std::array<std::string_view, 1> kKindLabel = {"kind"};
inline constexpr std::array<std::string_view, 5> kStates = {"startup", "catchup", "streaming",
                                                            "backup", "stopping"};
inline constexpr std::array<std::string_view, 4> kSyncStates = {"async", "potential", "sync",
                                                                "quorum"};

inline constexpr MetricDesc kSentLag{.name = "pgfleet_walsender_sent_lag_bytes",
                                     .unit = "bytes",
                                     .labels = kSender,
                                     .help = "WAL that the sender's node has and has not sent yet.",
                                     .source = "pg_stat_replication.sent_lsn"};
inline constexpr MetricDesc kWriteLag{.name = "pgfleet_walsender_write_lag_bytes",
                                      .unit = "bytes",
                                      .labels = kSender,
                                      .help = "WAL sent and not written by the receiver yet.",
                                      .source = "pg_stat_replication.sent_lsn, write_lsn"};
inline constexpr MetricDesc kFlushLag{
    .name = "pgfleet_walsender_flush_lag_bytes",
    .unit = "bytes",
    .labels = kSender,
    .help = "WAL written by the receiver and not flushed to its disk yet.",
    .source = "pg_stat_replication.write_lsn, flush_lsn"};
inline constexpr MetricDesc kReplayLag{.name = "pgfleet_walsender_replay_lag_bytes",
                                       .unit = "bytes",
                                       .labels = kSender,
                                       .help = "WAL on the receiver's disk and not replayed yet.",
                                       .source = "pg_stat_replication.flush_lsn, replay_lsn"};
inline constexpr MetricDesc kLag{
    .name = "pgfleet_walsender_lag_bytes",
    .unit = "bytes",
    .labels = kSender,
    .help =
        "WAL that the sender's node has and the receiver has not replayed yet; negative when "
        "the receiver is ahead.",
    .source = "pg_stat_replication.replay_lsn, pg_current_wal_flush_lsn()"};
inline constexpr MetricDesc kWriteSeconds{
    .name = "pgfleet_walsender_write_lag_seconds",
    .unit = "seconds",
    .labels = kSender,
    .help = "Time a recent commit took to be written by the receiver; absent without fresh word.",
    .versions = "10+",
    .source = "pg_stat_replication.write_lag"};
inline constexpr MetricDesc kFlushSeconds{
    .name = "pgfleet_walsender_flush_lag_seconds",
    .unit = "seconds",
    .labels = kSender,
    .help = "Time a recent commit took to be flushed by the receiver; absent without fresh word.",
    .versions = "10+",
    .source = "pg_stat_replication.flush_lag"};
inline constexpr MetricDesc kReplaySeconds{
    .name = "pgfleet_walsender_replay_lag_seconds",
    .unit = "seconds",
    .labels = kSender,
    .help =
        "Time a recent commit took to be replayed by the receiver; absent without fresh word. "
        "Not the age of the standby's data.",
    .versions = "10+",
    .source = "pg_stat_replication.replay_lag"};
inline constexpr MetricDesc kReplyAge{
    .name = "pgfleet_walsender_reply_age_seconds",
    .unit = "seconds",
    .labels = kSender,
    .help = "Age of the receiver's last word, by two clocks: the sender's minus the receiver's.",
    .versions = "12+",
    .source = "pg_stat_replication.reply_time"};
inline constexpr MetricDesc kState{.name = "pgfleet_walsender_state",
                                   .kind = Kind::kStateSet,
                                   .labels = kSenderState,
                                   .help = "State of the sender.",
                                   .source = "pg_stat_replication.state"};
inline constexpr MetricDesc kSyncState{.name = "pgfleet_walsender_sync_state",
                                       .kind = Kind::kStateSet,
                                       .labels = kSenderState,
                                       .help = "Whether commits wait for the receiver.",
                                       .source = "pg_stat_replication.sync_state"};
inline constexpr MetricDesc kSenders{
    .name = "pgfleet_walsenders",
    .labels = kKindLabel,
    .help =
        "WAL senders by what they serve; standby: matched to a declared node; unmatched: "
        "streaming to something that is not declared.",
    .source = "pg_stat_replication"};

inline constexpr MetricDesc kLimit{
    .name = "pgfleet_walsenders_limit",
    .help =
        "WAL senders that the node can have: standbys, consumers of changes and base backups "
        "share them.",
    .source = "max_wal_senders"};

inline constexpr std::array kAll = {&kSentLag,  &kWriteLag,     &kFlushLag,     &kReplayLag,
                                    &kLag,      &kWriteSeconds, &kFlushSeconds, &kReplaySeconds,
                                    &kReplyAge, &kState,        &kSyncState,    &kSenders,
                                    &kLimit,    &kSeriesDropped};

}  // namespace walsender_metrics
}  // namespace pgfleet::collectors
