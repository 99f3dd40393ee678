#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "metric/metric_desc.h"
#include "metric/metric_writer.h"
#include "model/cluster_snapshot.h"
#include "pg/rows.h"
#include "pg/sql_table.h"

namespace pgfleet::collectors {

// Why an answer could not be turned into facts. `detail` is for the log: no values that a server
// gave.
struct DecodeFault {
  model::FailureReason reason = model::FailureReason::kBadValue;
  std::string detail;
};

// A node as a collector's writer sees it: its facts, what analysis found about it, and the instant
// for which the page is written (another collector's facts are used only while IsFresh).
struct NodeView {
  const model::ClusterSnapshot& cluster;
  const model::NodeSnapshot& node;
  const model::NodeAnalysis& analysis;
  const model::Monotonic& now;
};

// Where a collector is asked: once per node; in each database that the config declares for the node
// (the first column is then current_database()), or in those of them of which the config declares
// who reads their changes; or in the one that the cluster names for its jobs, and nowhere when it
// names none. All but the first are of the inventory lane.
enum class Place : std::uint8_t {
  kServer,
  kDatabase,
  kCapturedDatabase,
  kPgagentDatabase,
  kCronDatabase,
};

// A collector is a value: what to ask by version, how to read the answer, what to write on the
// page. Adding one means its file, its facts in model/, and one line each in list.h and catalog.cc.
struct Collector {
  std::string_view name;  // the `collector` label and the name of the prepared statement
  model::Lane lane = model::Lane::kStatus;
  Place place = Place::kServer;
  pg::SqlTable sql;  // a server that no variant serves is not asked (reason `version`)
  // Asked instead once the server has refused `sql` (permission, missing, unsupported): the same
  // columns through a helper function of deploy/sql, or as many of them as can be had. May serve
  // some majors only.
  pg::SqlTable fallback{};
  std::size_t columns =
      0;  // that every variant returns; an answer with another number is refused before decode
  bool may_be_empty = false;  // an answer without rows is one; else it is refused before decode
  // False: what is known already says that the answer would be empty, so a dear read is saved.
  // Null: always wanted. Consulted only after an answer or a refusal.
  bool (*wanted)(const model::NodeFacts& facts) = nullptr;
  // False: a server such as this one has nothing of what is asked for, and would write an error
  // into its log (a platform's own functions). Then it is not asked, not even once, and is not
  // enabled. Null: on every server. Consulted before every question.
  bool (*exists_on)(const model::NodeFacts& facts) = nullptr;
  // Puts the facts into `facts`, or says why not and leaves `facts` as it was; called by Decode(),
  // with at least one row unless may_be_empty. What `facts` holds
  // of the collector's own is its previous answer, unless the node was down since. Pure; any
  // thread.
  std::expected<void, DecodeFault> (*decode)(const pg::Rows& rows,
                                             model::NodeFacts& facts) = nullptr;
  // Writes the node's samples. Called only while the collector's facts are fresh; other facts may
  // be null. Null where the facts are written by analysis (cluster series).
  void (*write)(const NodeView& view, metric::MetricWriter& out) = nullptr;
  std::span<const metric::MetricDesc* const> metrics;
  std::string_view privilege;  // what the monitoring role needs, for METRICS.md
};

// An answer of the collector's into `facts`, or why it is none; then `facts` are as they were.
// Pure; any thread.
std::expected<void, DecodeFault> Decode(const Collector& collector, const pg::Rows& rows,
                                        model::NodeFacts& facts);

}  // namespace pgfleet::collectors
