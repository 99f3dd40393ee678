#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::Kind;
using metric::MetricDesc;

enum Column : std::size_t {
  kTimed,
  kRequested,
  kDone,
  kRestartTimed,
  kRestartRequested,
  kRestartDone,
  kWriteSeconds,
  kSyncSeconds,
  kBuffers,
  kColumns,
};

// Both views count milliseconds.
constexpr std::array kSql = {
    pg::SqlVersion{9, 16,
                   "SELECT b.checkpoints_timed, b.checkpoints_req, NULL AS done,"
                   " NULL AS restart_timed, NULL AS restart_req, NULL AS restart_done,"
                   " b.checkpoint_write_time / 1000 AS write_seconds,"
                   " b.checkpoint_sync_time / 1000 AS sync_seconds, b.buffers_checkpoint"
                   " FROM pg_catalog.pg_stat_bgwriter b"},
    pg::SqlVersion{17, 17,
                   "SELECT c.num_timed, c.num_requested, NULL AS done,"
                   " c.restartpoints_timed, c.restartpoints_req, c.restartpoints_done,"
                   " c.write_time / 1000 AS write_seconds,"
                   " c.sync_time / 1000 AS sync_seconds, c.buffers_written"
                   " FROM pg_catalog.pg_stat_checkpointer c"},
    pg::SqlVersion{18, pg::kLater,
                   "SELECT c.num_timed, c.num_requested, c.num_done,"
                   " c.restartpoints_timed, c.restartpoints_req, c.restartpoints_done,"
                   " c.write_time / 1000 AS write_seconds,"
                   " c.sync_time / 1000 AS sync_seconds, c.buffers_written"
                   " FROM pg_catalog.pg_stat_checkpointer c"},
};
static_assert(pg::HasNoGapAndNoOverlap(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto checkpoints = std::make_shared<model::CheckpointFacts>();
  checkpoints->timed = row.NeedInteger(kTimed);
  checkpoints->requested = row.NeedInteger(kRequested);
  checkpoints->done = row.Integer(kDone);
  checkpoints->restartpoints_timed = row.Integer(kRestartTimed);
  checkpoints->restartpoints_requested = row.Integer(kRestartRequested);
  checkpoints->restartpoints_done = row.Integer(kRestartDone);
  checkpoints->write_seconds = row.NeedReal(kWriteSeconds);
  checkpoints->sync_seconds = row.NeedReal(kSyncSeconds);
  checkpoints->buffers = row.NeedInteger(kBuffers);
  auto result = row.Result();
  if (result) facts.checkpoints = std::move(checkpoints);
  return result;
}

constexpr std::array<std::string_view, 1> kKind = {"kind"};
constexpr MetricDesc kDue{
    .name = "pgfleet_checkpoints_total",
    .kind = Kind::kCounter,
    .labels = kKind,
    .help =
        "Checkpoints that were due by time or asked for, also those that were skipped because "
        "nothing had been written. On a standby, before 17: attempts at restartpoints, also "
        "those that found no new checkpoint to stand on.",
    .source = "pg_stat_checkpointer, before 17: pg_stat_bgwriter"};
constexpr MetricDesc kCheckpointsDone{.name = "pgfleet_checkpoints_done_total",
                                      .kind = Kind::kCounter,
                                      .help = "Checkpoints that were completed.",
                                      .versions = "18+",
                                      .source = "pg_stat_checkpointer.num_done"};
constexpr MetricDesc kRestartpoints{
    .name = "pgfleet_restartpoints_total",
    .kind = Kind::kCounter,
    .labels = kKind,
    .help = "Attempts at restartpoints, due by time or asked for; those of a standby.",
    .versions = "17+",
    .source = "pg_stat_checkpointer"};
constexpr MetricDesc kRestartpointsDone{.name = "pgfleet_restartpoints_done_total",
                                        .kind = Kind::kCounter,
                                        .help = "Restartpoints that were completed.",
                                        .versions = "17+",
                                        .source = "pg_stat_checkpointer.restartpoints_done"};
constexpr MetricDesc kWriteTime{
    .name = "pgfleet_checkpoint_write_seconds_total",
    .kind = Kind::kCounter,
    .unit = "seconds",
    .help = "Time that checkpoints and restartpoints took to write files, waits included.",
    .source = "pg_stat_checkpointer.write_time, before 17: pg_stat_bgwriter"};
constexpr MetricDesc kSyncTime{
    .name = "pgfleet_checkpoint_sync_seconds_total",
    .kind = Kind::kCounter,
    .unit = "seconds",
    .help = "Time that checkpoints and restartpoints took to bring files to disk.",
    .source = "pg_stat_checkpointer.sync_time, before 17: pg_stat_bgwriter"};
constexpr MetricDesc kWrittenBuffers{
    .name = "pgfleet_checkpoint_written_buffers_total",
    .kind = Kind::kCounter,
    .help = "Buffers that checkpoints and restartpoints have written.",
    .source = "pg_stat_checkpointer.buffers_written, before 17: pg_stat_bgwriter"};
constexpr std::array kMetrics = {
    &kDue,       &kCheckpointsDone, &kRestartpoints, &kRestartpointsDone,
    &kWriteTime, &kSyncTime,        &kWrittenBuffers};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::CheckpointFacts& facts = *view.node.facts.checkpoints;
  out.Write(kDue, {"timed"}, static_cast<double>(facts.timed));
  out.Write(kDue, {"requested"}, static_cast<double>(facts.requested));
  out.Write(kCheckpointsDone, AsValue(facts.done));
  out.Write(kRestartpoints, {"timed"}, AsValue(facts.restartpoints_timed));
  out.Write(kRestartpoints, {"requested"}, AsValue(facts.restartpoints_requested));
  out.Write(kRestartpointsDone, AsValue(facts.restartpoints_done));
  out.Write(kWriteTime, facts.write_seconds);
  out.Write(kSyncTime, facts.sync_seconds);
  out.Write(kWrittenBuffers, static_cast<double>(facts.buffers));
}

}  // namespace

constexpr Collector kCheckpoints{.name = "checkpoints",
                                 .lane = model::Lane::kInventory,
                                 .sql = kSql,
                                 .columns = kColumns,
                                 .decode = Decode,
                                 .write = Write,
                                 .metrics = kMetrics,
                                 .privilege = "none"};

}  // namespace pgfleet::collectors
