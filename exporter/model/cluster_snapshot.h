#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/declared.h"
#include "model/drift.h"
#include "model/findings.h"
#include "model/moment.h"
#include "model/node_facts.h"
#include "model/reason.h"
#include "model/trace.h"

// All that is known of a cluster at one instant. Built by the cluster's task, then never changed.
namespace pgfleet::model {

struct ArchiveReport;  // model/archive_report.h
struct BackupReport;   // model/backup_report.h

struct LaneStatus {
  Duration max_age{};  // data older than this is not shown
  std::optional<Moment> last_success;
  std::optional<Duration> duration;  // of the last poll that ended
};

struct CollectorStatus {
  bool enabled = true;  // false: nothing is declared, or is on such a server, that it could ask for
  bool attempted = false;
  bool success = false;
  bool supported = true;
  std::optional<FailureReason> failure;
  std::optional<Duration> duration;
  std::optional<Moment> last_success;
};

struct NodeSnapshot {
  DeclaredNode declared;
  bool tried = false;  // the first attempt has ended
  bool up = false;
  bool pooled = false;  // a connection pooler answers for it, and may send us elsewhere each time
  std::optional<DownReason> down_reason;  // set when tried and not up
  // It ended our session by itself when it last went down, as in an orderly shutdown.
  bool dismissed = false;
  std::optional<double> clock_offset;  // seconds, server minus exporter at the pulse's midpoint
  std::optional<Span> pulse;           // when the last pulse was asked; set while up
  std::array<LaneStatus, 3> lanes;     // by Lane
  std::vector<CollectorStatus> collectors;  // by the order of collectors::Catalog()
  NodeFacts facts;
  // What the node's walreceiver last called itself, kept while the node is down or its receiver
  // gone: its sender on the upstream may still be there, and its label must not change.
  Fact<WalreceiverFacts> last_receiver;
  std::shared_ptr<const TraceBook> trace;  // goes on after this snapshot; null: none is kept
};

struct ClusterSnapshot {
  std::string name;
  DeclaredCluster declared;
  Monotonic at;  // when it was put together
  std::vector<NodeSnapshot> nodes;
  std::vector<NodeAnalysis> analysis;
  ClusterFindings findings;
  // Of a snapshot before this one, because it takes its time. Null: none yet.
  std::shared_ptr<const DriftReport> drift;
  // What was last read of the archive's directory and of the backup files. Null: nothing yet, or
  // not declared.
  std::shared_ptr<const ArchiveReport> archive;
  std::shared_ptr<const BackupReport> backups;
};

using SnapshotPtr = std::shared_ptr<const ClusterSnapshot>;

}  // namespace pgfleet::model
