#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "analysis/job_memory.h"
#include "analysis/wal_clock.h"
#include "model/configuration_facts.h"
#include "model/desired.h"
#include "model/fact.h"
#include "model/findings.h"
#include "model/lsn.h"
#include "model/moment.h"
#include "model/node_facts.h"

// What the analyses of one cluster remember from one snapshot to the next: the history that neither
// a server nor Prometheus has. Owned by the cluster's task, kept across reloads.
namespace pgfleet::analysis {

// Where a node stood in recovery when it was last seen there.
struct RecoveryPosition {
  std::int64_t timeline = 0;
  model::Lsn lsn;  // received
};

struct SeenPosition {
  std::optional<std::int64_t> timeline;
  model::Lsn lsn;  // received
  model::Span asked;
};

// How often something changed, counted across restarts of the exporter.
struct ChangeHistory {
  std::optional<std::uint64_t> fingerprint;  // of what was last seen
  std::uint64_t rules = 0;                   // what that fingerprint means
  std::int64_t changes = 0;
  std::optional<model::Wall> last;

  void Note(std::int64_t changed, std::uint64_t now_seen, std::uint64_t by_rules, model::Wall now) {
    fingerprint = now_seen;
    rules = by_rules;
    changes += changed;
    if (changed > 0) last = now;
  }
  bool operator==(const ChangeHistory&) const = default;
};

// Of a node's archiver, whose statistics a crash wipes and a demotion keeps.
struct ArchiverMemory {
  std::int64_t timeline = 0;  // of the last WAL that it was seen to have archived; 0: none
  model::Lsn archived_end;    // on that timeline
  std::optional<model::EpochSeconds> last_archived, last_failed;  // by the server's clock
  // Not kept on disk:
  model::Fact<model::ArchiverFacts> seen;         // the last answer taken in
  std::int64_t led_timeline = 0;                  // on which it was first seen to archive ...
  model::Lsn led_from;                            // ... with this position
  std::optional<model::Monotonic> waiting_since;  // segments wait, and no counter has moved
  int rounds_without = 0;                         // answers in a row that show no archiver ...
  int rounds_with = 0;                            // ... and that show one
  bool dead = false;
  bool worked = false;  // as last judged: nothing kept it from archiving what there was
};

struct NodeMemory {
  std::string system_identifier;  // as last seen
  std::optional<RecoveryPosition> recovery;
  std::optional<SeenPosition> now, before;       // at its last pulse in recovery and the one before
  std::optional<model::Monotonic> silent_since;  // up, in recovery, and no receiver streams
  std::optional<std::int64_t> receiver;          // pid of its WAL receiver
  bool receives_from_outside = false;            // that one was found to
  std::optional<std::int64_t> diverged_on;  // the timeline on which it was found to have diverged
  model::Monotonic receives_since;          // when that one was first seen to stream
  std::string upstream;  // the node that it was last seen to receive from; "": none
  // The primary's transactions: see model::PulseFacts::activity.
  std::optional<std::int64_t> activity;
  model::Monotonic activity_changed, activity_seen;  // pulses: the first and the last with it
  model::LagSeconds counted;
  std::optional<model::NodeRole> role;  // as last seen
  // When it was first seen to lead after it had been a standby.
  std::optional<model::Monotonic> promoted;
  ArchiverMemory archiver;
  bool dismissed = false;  // when it last went down, it was shut down in an orderly way
  model::Fact<model::SettingsFacts> last_settings;  // as last compared; not kept on disk
  ChangeHistory settings;
  // While no receiver streams: where it stands, and when it last came further without one.
  std::optional<model::Lsn> silent_at;
  std::optional<model::Monotonic> restored;
  std::optional<model::Lsn> replayed;  // its last position in recovery
  std::int64_t replayed_bytes = 0;
};

struct KnownPrimary {
  std::string node;
  std::int64_t timeline = 0;
  model::Lsn position;
  model::Monotonic seen;
};

// Where the timeline of the primary left the one before: after `least`, up to which the promoted
// node had followed, and before `most`, its first position seen on the new one.
struct Fork {
  std::int64_t timeline = 0;  // the new one
  std::int64_t parent = 0;    // the one that it left
  model::Lsn least, most;
  std::optional<model::Lsn> archived{};  // what a node was seen to have archived of the one before
};

struct Memory {
  std::string system_identifier;
  std::optional<KnownPrimary> primary;
  std::optional<Fork> fork;
  WalClock clock;                             // of the primary's timeline
  std::int64_t clock_timeline = 0;            // 0: none yet
  std::optional<model::Monotonic> clock_fed;  // the pulse that fed it last
  int primaries_in_a_row = 0;  // ticks at which several nodes said that they are the primary
  model::Monotonic primaries_counted;
  std::int64_t failovers = 0;
  std::optional<model::Failover> last_failover;
  std::optional<model::Monotonic> lag_counted;
  ChangeHistory access;
  SchedulerMemory pgagent, cron;
  std::optional<double> last_base_backup;   // seconds since 1970, by the server's clock
  std::map<std::string, NodeMemory> nodes;  // by name
};

}  // namespace pgfleet::analysis
