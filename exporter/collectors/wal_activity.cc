#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"

namespace pgfleet::collectors {
namespace {

using metric::Kind;
using metric::MetricDesc;

enum Column : std::size_t { kRecords, kImages, kBytes, kBuffersFull, kColumns };

constexpr std::array kSql = {
    pg::SqlVersion{14, pg::kLater,
                   "SELECT w.wal_records, w.wal_fpi, w.wal_bytes, w.wal_buffers_full"
                   " FROM pg_catalog.pg_stat_wal w"}};
static_assert(pg::IsContiguous(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  RowReader row(rows, 0);
  auto activity = std::make_shared<model::WalActivityFacts>();
  activity->records = row.NeedInteger(kRecords);
  activity->full_page_images = row.NeedInteger(kImages);
  activity->bytes = row.NeedInteger(kBytes);
  activity->buffers_full = row.NeedInteger(kBuffersFull);
  auto result = row.Result();
  if (result) facts.wal_activity = std::move(activity);
  return result;
}

constexpr MetricDesc kRecordsTotal{
    .name = "pgfleet_wal_records_total",
    .kind = Kind::kCounter,
    .help =
        "WAL records that this server has generated since the statistics were reset; a standby "
        "generates none.",
    .versions = "14+",
    .source = "pg_stat_wal.wal_records"};
constexpr MetricDesc kImagesTotal{
    .name = "pgfleet_wal_full_page_images_total",
    .kind = Kind::kCounter,
    .help =
        "Images of whole pages among the WAL that this server has generated since the "
        "statistics were reset.",
    .versions = "14+",
    .source = "pg_stat_wal.wal_fpi"};
constexpr MetricDesc kBytesTotal{
    .name = "pgfleet_wal_bytes_total",
    .kind = Kind::kCounter,
    .unit = "bytes",
    .help =
        "Bytes of WAL that this server has generated since the statistics were reset, without "
        "page headers and without what a switch of segments leaves empty.",
    .versions = "14+",
    .source = "pg_stat_wal.wal_bytes"};
constexpr MetricDesc kBuffersFullTotal{
    .name = "pgfleet_wal_buffers_full_total",
    .kind = Kind::kCounter,
    .help =
        "How often WAL was written to disk because its buffers were full, since the statistics "
        "were reset.",
    .versions = "14+",
    .source = "pg_stat_wal.wal_buffers_full"};
constexpr std::array kMetrics = {&kRecordsTotal, &kImagesTotal, &kBytesTotal, &kBuffersFullTotal};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::WalActivityFacts& activity = *view.node.facts.wal_activity;
  out.Write(kRecordsTotal, static_cast<double>(activity.records));
  out.Write(kImagesTotal, static_cast<double>(activity.full_page_images));
  out.Write(kBytesTotal, static_cast<double>(activity.bytes));
  out.Write(kBuffersFullTotal, static_cast<double>(activity.buffers_full));
}

}  // namespace

constexpr Collector kWalActivity{.name = "wal_activity",
                                 .lane = model::Lane::kInventory,
                                 .sql = kSql,
                                 .columns = kColumns,
                                 .decode = Decode,
                                 .write = Write,
                                 .metrics = kMetrics,
                                 .privilege = "none"};

}  // namespace pgfleet::collectors
