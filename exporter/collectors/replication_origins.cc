#include <array>

#include "collectors/join.h"
#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/series_dropped.h"
#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

using metric::MetricDesc;

enum Column : std::size_t { kTotal, kName, kRemote, kLocal, kColumns };

// 0/0 is how the server says that it knows no position. The origins of workers that copy a table
// (pg_<subscription>_<table>) come and go under ever new names.
constexpr std::string_view kHead =
    "SELECT pg_catalog.count(*) OVER () AS total, o.external_id,"
    " nullif(o.remote_lsn, '0/0') AS remote, nullif(o.local_lsn, '0/0') AS local FROM ";
constexpr std::string_view kView = "pg_catalog.pg_replication_origin_status";
constexpr std::string_view kHelper = "pgfleet.replication_origin_status()";
constexpr std::string_view kTail =
    " o WHERE o.external_id !~ '^pg_[0-9]+_[0-9]+$' ORDER BY o.external_id LIMIT 200";

constexpr std::array kSql = {pg::SqlVersion{9, pg::kLater, kJoin<kHead, kView, kTail>}};
constexpr std::array kFallback = {pg::SqlVersion{9, 13, kJoin<kHead, kHelper, kTail>}};
static_assert(pg::HasNoGapAndNoOverlap(kSql) && pg::IsContiguous(kFallback));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto found = std::make_shared<model::ReplicationOriginFacts>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows, i);
    found->dropped = row.NeedInteger(kTotal) - static_cast<std::int64_t>(rows.size());
    found->origins.push_back(
        {.name = row.NeedText(kName), .remote = row.Lsn(kRemote), .local = row.Lsn(kLocal)});
    if (auto result = row.Result(); !result) return result;
  }
  facts.replication_origins = std::move(found);
  return {};
}

constexpr std::array<std::string_view, 1> kOrigin = {"origin"};
constexpr MetricDesc kRemoteLsn{
    .name = "pgfleet_replication_origin_remote_lsn_bytes",
    .unit = "bytes",
    .labels = kOrigin,
    .help =
        "Position in the source's WAL up to which its changes were replayed here; absent: none "
        "was. The origin of a subscription is called pg_ and its oid.",
    .source = "pg_replication_origin_status.remote_lsn"};
constexpr MetricDesc kLocalLsn{
    .name = "pgfleet_replication_origin_local_lsn_bytes",
    .unit = "bytes",
    .labels = kOrigin,
    .help =
        "Position in the node's own WAL of the last change replayed from the source; absent until "
        "one was since the server started.",
    .source = "pg_replication_origin_status.local_lsn"};
constexpr std::array kMetrics = {&kRemoteLsn, &kLocalLsn};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::ReplicationOriginFacts& facts = *view.node.facts.replication_origins;
  for (const model::ReplicationOrigin& each : facts.origins) {
    out.Write(kRemoteLsn, {each.name}, AsValue(each.remote));
    out.Write(kLocalLsn, {each.name}, AsValue(each.local));
  }
  out.Write(kSeriesDropped, {"replication_origin"}, static_cast<double>(facts.dropped));
}

}  // namespace

constexpr Collector kReplicationOrigins{
    .name = "replication_origins",
    .lane = model::Lane::kInventory,
    .sql = kSql,
    .fallback = kFallback,
    .columns = kColumns,
    .may_be_empty = true,
    .decode = Decode,
    .write = Write,
    .metrics = kMetrics,
    .privilege =
        "14+: SELECT on pg_replication_origin_status and EXECUTE on "
        "pg_show_replication_origin_status(); before: superuser or the helper "
        "pgfleet.replication_origin_status()"};

}  // namespace pgfleet::collectors
