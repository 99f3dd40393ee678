#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/fact.h"
#include "model/job_facts.h"
#include "model/lsn.h"
#include "model/moment.h"

// What analysis found out by looking at all nodes of a cluster. Absent: not known.
namespace pgfleet::model {

enum class PrimaryState : std::uint8_t { kOne, kSeveral, kNone, kUnreachable, kUnknown };
inline constexpr std::array<std::string_view, 5> kPrimaryStateNames = {"one", "several", "none",
                                                                       "unreachable", "unknown"};

enum class StandbyState : std::uint8_t {
  kCaughtUp,
  kStreaming,
  kCatchup,
  kArchiveRecovery,
  kDelayed,
  kPaused,
  kPausedParameters,
  kConflictStalled,
  kDisconnected,
  kWalMissing,
  kDiverged,
  kStarting,
  kUnreachable,
};
inline constexpr std::array<std::string_view, 13> kStandbyStateNames = {
    "caught_up", "streaming",         "catchup",          "archive_recovery", "delayed",
    "paused",    "paused_parameters", "conflict_stalled", "disconnected",     "wal_missing",
    "diverged",  "starting",          "unreachable"};
constexpr std::string_view Name(StandbyState state) {
  return kStandbyStateNames[static_cast<std::size_t>(state)];
}

enum class ArchiverState : std::uint8_t {
  kDisabled,
  kNotApplicable,
  kUnconfigured,
  kDead,
  kFailing,
  kStalled,
  kNever,
  kIdle,
  kOk,
};
inline constexpr std::array<std::string_view, 9> kArchiverStateNames = {
    "disabled", "not_applicable", "unconfigured", "dead", "failing",
    "stalled",  "never",          "idle",         "ok"};
constexpr std::string_view Name(ArchiverState state) {
  return kArchiverStateNames[static_cast<std::size_t>(state)];
}

// What a node's archiver does, told by what is remembered of it.
struct ArchiverFinding {
  std::optional<ArchiverState> state;
  // Up to here the WAL that this node must archive is archived; absent where it archives nothing.
  std::optional<Lsn> archived_end;
  std::optional<std::int64_t> backlog;     // complete segments after that
  std::optional<double> unarchived_bytes;  // all WAL after that, 0 when nobody committed in it
  std::optional<EpochSeconds> last_archived, last_failed;  // by the server's clock
};

// WAL of the timeline before that will never be in the archive.
struct FailoverGap {
  std::int64_t segments = 0;
  double bytes = 0;
};

// How far a standby is behind the elected primary, at the instant of the standby's last pulse.
struct StandbyLag {
  std::optional<double> seconds;      // since the primary stood where the standby stands
  std::optional<double> uncertainty;  // upper minus lower bound; absent: there is no upper bound
  bool lower_bound = false;           // `seconds` is no more than that
  // It has all that is known of: true only while the reference is fresh.
  bool is_caught_up = false;
  std::optional<double> bytes;          // replayed
  std::optional<double> receive_bytes;  // received
  std::optional<double> hop_bytes;      // replayed, behind what the node it receives from has
  std::optional<double> apply_bytes;    // received and not replayed
  std::optional<double> apply_delay;    // seconds, set or declared
  std::optional<double> excess;         // seconds above that
};

// Counted at every snapshot, so that "minutes over objective" is exact between scrapes.
struct LagSeconds {
  double observed = 0;
  double over_objective = 0;
  double unknown = 0;
};

// A slot seen together with the nodes and with what is declared.
struct SlotFinding {
  std::string slot;
  std::optional<double> time_to_loss;   // seconds
  std::optional<double> confirmed_lag;  // seconds
  bool unexpected = false;
  bool without_standby = false;
  std::optional<bool> failover_ready;  // on a standby, of a slot of the primary
};

// A declared consumer of changes, by what the elected primary says. Absent: not known.
struct CdcFinding {
  std::string slot, database, publication;
  std::optional<bool> slot_mismatch;  // the slot is not a logical one of that database
  std::optional<bool> publication_missing;
  std::optional<std::int64_t> uncovered;     // tables
  std::vector<std::string> uncovered_names;  // as declared
};

// Seen since the node or cluster was first watched, restarts of the exporter included.
struct ChangeCount {
  std::int64_t changes = 0;
  std::optional<Wall> last;
};

// Of one node. Parallel to ClusterSnapshot::nodes.
struct NodeAnalysis {
  // The `standby` label of each of facts.walsenders->senders; kept apart from the fact because it
  // needs other nodes.
  std::vector<std::string> sender_labels;
  std::vector<bool> sender_matched;                      // true: the label is a declared node
  std::vector<std::optional<std::size_t>> sender_nodes;  // that node

  std::optional<bool> foreign;
  std::optional<bool> diverged;
  std::optional<bool> orphan;
  std::optional<bool> role_mismatch;
  std::optional<std::size_t> upstream;  // the declared node that it receives from
  bool upstream_is_external = false;    // it receives from a server that is not declared

  bool expected = false;  // it should be a standby
  bool connected = false;
  std::optional<StandbyState> state;
  StandbyLag lag;
  LagSeconds counted;
  std::optional<double> wal_headroom;  // bytes
  std::vector<std::string> parameters_too_low;
  std::vector<SlotFinding> slots;
  ArchiverFinding archiver;
  std::optional<ChangeCount> settings_changes;
  // In recovery, without a receiver that streams: whether it gets WAL from an archive.
  std::optional<bool> restores;
  std::optional<std::int64_t> replayed_bytes;  // in recovery: since it was first seen there
};

struct Failover {
  std::string from, to;  // nodes
  std::int64_t timeline = 0;
  Wall at;
  std::optional<double> lost_bytes;
};

// Of the cluster as a whole.
struct ClusterFindings {
  std::string system_identifier;       // of most of its nodes; "": not known
  std::optional<std::size_t> primary;  // the elected one, while it answers
  std::int64_t primaries = 0;
  PrimaryState primary_state = PrimaryState::kUnknown;
  bool split_brain = false;
  std::optional<std::int64_t> timeline;  // of the elected primary
  std::optional<Monotonic> reference;    // the last instant at which its WAL position was known
  std::int64_t failovers = 0;
  std::optional<Failover> last_failover;
  std::optional<double> rpo_bytes, rpo_seconds;
  std::optional<double> archive_rpo_bytes, archive_rpo_seconds;
  std::optional<FailoverGap> archive_gap;  // of the last failover
  std::optional<double> archive_until;     // epoch seconds: ArchiveWindow::until, by what we saw
  std::vector<std::string> missing_slots;
  std::optional<ChangeCount> access_changes;
  Fact<JobCounts> pgagent_counts, cron_counts;  // null: no log was seen yet
  std::optional<double> last_base_backup;       // seconds since 1970, by the server's clock
  std::vector<CdcFinding> cdc;
};

}  // namespace pgfleet::model
