#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t { kEnabled, kRunning, kSummarized, kPosition, kColumns };

// Before its first summary the server says 0/0.
constexpr std::array kSql = {
    pg::SqlVersion{17, pg::kLater,
                   "SELECT pg_catalog.current_setting('summarize_wal')::boolean AS enabled,"
                   " s.summarizer_pid IS NOT NULL AS running,"
                   " nullif(s.summarized_lsn, '0/0'::pg_catalog.pg_lsn) AS summarized,"
                   " CASE WHEN n.r THEN greatest(pg_catalog.pg_last_wal_receive_lsn(),"
                   " pg_catalog.pg_last_wal_replay_lsn())"
                   " ELSE pg_catalog.pg_current_wal_flush_lsn() END AS position"
                   " FROM (SELECT pg_catalog.pg_is_in_recovery() AS r OFFSET 0) n,"
                   " pg_catalog.pg_get_wal_summarizer_state() s"}};
static_assert(pg::IsContiguous(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto summarizer = std::make_shared<model::WalSummarizerFacts>();
  summarizer->enabled = row.NeedBoolean(kEnabled);
  summarizer->running = row.NeedBoolean(kRunning);
  summarizer->summarized = row.Lsn(kSummarized);
  summarizer->position = row.Lsn(kPosition);
  auto result = row.Result();
  if (result) facts.wal_summarizer = std::move(summarizer);
  return result;
}

constexpr MetricDesc kUp{
    .name = "pgfleet_wal_summarizer_running",
    .help =
        "1 while the WAL summarizer runs; absent where summarize_wal is off. Incremental "
        "backups need its summaries.",
    .versions = "17+",
    .source = "pg_get_wal_summarizer_state().summarizer_pid"};
constexpr MetricDesc kLag{
    .name = "pgfleet_wal_summarizer_lag_bytes",
    .unit = "bytes",
    .help =
        "WAL of this node that no summary on disk covers. A summary ends at a checkpoint, so "
        "the WAL since the last one is always among it; absent where summarize_wal is off.",
    .versions = "17+",
    .source = "pg_get_wal_summarizer_state().summarized_lsn"};
constexpr std::array kMetrics = {&kUp, &kLag};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::WalSummarizerFacts& summarizer = *view.node.facts.wal_summarizer;
  if (!summarizer.enabled) return;
  out.Write(kUp, AsValue(std::optional(summarizer.running)));
  out.Write(kLag, DistanceValue(summarizer.summarized, summarizer.position));
}

}  // namespace

constexpr Collector kWalSummarizer{.name = "wal_summarizer",
                                   .lane = model::Lane::kInventory,
                                   .sql = kSql,
                                   .columns = kColumns,
                                   .decode = Decode,
                                   .write = Write,
                                   .metrics = kMetrics,
                                   .privilege = "none"};

}  // namespace pgfleet::collectors
