#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"

namespace pgfleet::collectors {
namespace {

using metric::Kind;
using metric::MetricDesc;

enum Column : std::size_t {
  kInRecovery,
  kPrefetch,
  kHit,
  kSkipInit,
  kSkipNew,
  kSkipFpw,
  kSkipRep,
  kWalDistance,
  kBlockDistance,
  kIoDepth,
  kColumns,
};

constexpr std::array kSql = {pg::SqlVersion{
    15, pg::kLater,
    "SELECT pg_catalog.pg_is_in_recovery() AS r, p.prefetch, p.hit, p.skip_init, p.skip_new,"
    " p.skip_fpw, p.skip_rep, p.wal_distance, p.block_distance, p.io_depth"
    " FROM pg_catalog.pg_stat_recovery_prefetch p"}};
static_assert(pg::IsContiguous(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto prefetch = std::make_shared<model::RecoveryPrefetchFacts>();
  prefetch->in_recovery = row.NeedBoolean(kInRecovery);
  prefetch->prefetch = row.NeedInteger(kPrefetch);
  prefetch->hit = row.NeedInteger(kHit);
  prefetch->skip_init = row.NeedInteger(kSkipInit);
  prefetch->skip_new = row.NeedInteger(kSkipNew);
  prefetch->skip_fpw = row.NeedInteger(kSkipFpw);
  prefetch->skip_rep = row.NeedInteger(kSkipRep);
  prefetch->wal_distance = row.NeedInteger(kWalDistance);
  prefetch->block_distance = row.NeedInteger(kBlockDistance);
  prefetch->io_depth = row.NeedInteger(kIoDepth);
  auto result = row.Result();
  if (result) facts.recovery_prefetch = std::move(prefetch);
  return result;
}

constexpr std::array<std::string_view, 1> kResult = {"result"};
constexpr MetricDesc kBlocks{
    .name = "pgfleet_standby_prefetch_blocks_total",
    .kind = Kind::kCounter,
    .labels = kResult,
    .help =
        "Standby: blocks that the WAL ahead of replay names, since the statistics were reset: "
        "prefetch = was asked from the disk, hit = was in memory, skip_init = would be "
        "written over, skip_new = did not exist yet, skip_fpw = its whole page is in the WAL, "
        "skip_rep = was asked for just before.",
    .versions = "15+",
    .source = "pg_stat_recovery_prefetch"};
constexpr MetricDesc kWalAhead{
    .name = "pgfleet_standby_prefetch_wal_distance_bytes",
    .unit = "bytes",
    .help = "Standby: how far ahead of replay the prefetcher reads the WAL now.",
    .versions = "15+",
    .source = "pg_stat_recovery_prefetch.wal_distance"};
constexpr MetricDesc kBlocksAhead{
    .name = "pgfleet_standby_prefetch_block_distance",
    .help = "Standby: how many blocks ahead of replay the prefetcher looks now.",
    .versions = "15+",
    .source = "pg_stat_recovery_prefetch.block_distance"};
constexpr MetricDesc kReads{
    .name = "pgfleet_standby_prefetch_io_depth",
    .help = "Standby: reads that the prefetcher has begun and that are not known to have ended.",
    .versions = "15+",
    .source = "pg_stat_recovery_prefetch.io_depth"};
constexpr std::array kMetrics = {&kBlocks, &kWalAhead, &kBlocksAhead, &kReads};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::RecoveryPrefetchFacts& facts = *view.node.facts.recovery_prefetch;
  if (!facts.in_recovery) return;
  out.Write(kBlocks, {"prefetch"}, static_cast<double>(facts.prefetch));
  out.Write(kBlocks, {"hit"}, static_cast<double>(facts.hit));
  out.Write(kBlocks, {"skip_init"}, static_cast<double>(facts.skip_init));
  out.Write(kBlocks, {"skip_new"}, static_cast<double>(facts.skip_new));
  out.Write(kBlocks, {"skip_fpw"}, static_cast<double>(facts.skip_fpw));
  out.Write(kBlocks, {"skip_rep"}, static_cast<double>(facts.skip_rep));
  out.Write(kWalAhead, static_cast<double>(facts.wal_distance));
  out.Write(kBlocksAhead, static_cast<double>(facts.block_distance));
  out.Write(kReads, static_cast<double>(facts.io_depth));
}

}  // namespace

constexpr Collector kRecoveryPrefetch{.name = "recovery_prefetch",
                                      .lane = model::Lane::kInventory,
                                      .sql = kSql,
                                      .columns = kColumns,
                                      .decode = Decode,
                                      .write = Write,
                                      .metrics = kMetrics,
                                      .privilege = "none"};

}  // namespace pgfleet::collectors
