#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/series_dropped.h"

namespace pgfleet::collectors {
namespace {

using metric::Kind;
using metric::MetricDesc;

enum Column : std::size_t {
  kTotal,
  kName,
  kSpillTransactions,
  kSpillBytes,
  kStreamTransactions,
  kStreamBytes,
  kDecodedTransactions,
  kDecodedBytes,
  kColumns,
};

// The same slots as in slots_sql.h.
constexpr std::array kSql = {pg::SqlVersion{
    14, pg::kLater,
    "SELECT pg_catalog.count(*) OVER () AS total, t.slot_name, t.spill_txns, t.spill_bytes,"
    " t.stream_txns, t.stream_bytes, t.total_txns, t.total_bytes"
    " FROM pg_catalog.pg_stat_replication_slots t"
    " JOIN pg_catalog.pg_replication_slots s ON s.slot_name = t.slot_name"
    " WHERE NOT s.temporary AND s.slot_name !~ '^pg_[0-9]+_sync_[0-9]+'"
    " ORDER BY t.slot_name LIMIT 200"}};
static_assert(pg::IsContiguous(kSql));

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto stats = std::make_shared<model::SlotStatsFacts>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows, i);
    const std::int64_t total = row.NeedInteger(kTotal);
    stats->dropped = total - static_cast<std::int64_t>(rows.size());
    stats->slots.push_back({.slot = row.NeedText(kName),
                            .spill_transactions = row.NeedInteger(kSpillTransactions),
                            .spill_bytes = row.NeedInteger(kSpillBytes),
                            .stream_transactions = row.NeedInteger(kStreamTransactions),
                            .stream_bytes = row.NeedInteger(kStreamBytes),
                            .decoded_transactions = row.NeedInteger(kDecodedTransactions),
                            .decoded_bytes = row.NeedInteger(kDecodedBytes)});
    if (auto result = row.Result(); !result) return result;
  }
  facts.slot_stats = std::move(stats);
  return {};
}

constexpr std::array<std::string_view, 1> kSlot = {"slot"};

constexpr MetricDesc Counter(std::string_view name, std::string_view help,
                             std::string_view source) {
  return {.name = name,
          .kind = Kind::kCounter,
          .unit = name.ends_with("_bytes_total") ? "bytes" : "",
          .labels = kSlot,
          .help = help,
          .versions = "14+",
          .source = source};
}

constexpr MetricDesc kSpillTransactionsTotal =
    Counter("pgfleet_slot_spill_transactions_total",
            "Transactions that decoding wrote to disk because logical_decoding_work_mem was too "
            "small for them.",
            "pg_stat_replication_slots.spill_txns");
constexpr MetricDesc kSpillBytesTotal =
    Counter("pgfleet_slot_spill_bytes_total", "Decoded changes that were written to disk.",
            "pg_stat_replication_slots.spill_bytes");
constexpr MetricDesc kStreamTransactionsTotal =
    Counter("pgfleet_slot_stream_transactions_total",
            "Transactions that were sent while still in progress.",
            "pg_stat_replication_slots.stream_txns");
constexpr MetricDesc kStreamBytesTotal =
    Counter("pgfleet_slot_stream_bytes_total",
            "Decoded changes of transactions that were sent while still in progress.",
            "pg_stat_replication_slots.stream_bytes");
constexpr MetricDesc kDecodedTransactionsTotal =
    Counter("pgfleet_slot_decoded_transactions_total",
            "Transactions that were decoded for the slot, subtransactions not counted.",
            "pg_stat_replication_slots.total_txns");
constexpr MetricDesc kDecodedBytesTotal =
    Counter("pgfleet_slot_decoded_bytes_total",
            "Changes that were decoded for the slot, spilled and "
            "streamed ones included.",
            "pg_stat_replication_slots.total_bytes");
constexpr std::array kMetrics = {&kSpillTransactionsTotal,   &kSpillBytesTotal,
                                 &kStreamTransactionsTotal,  &kStreamBytesTotal,
                                 &kDecodedTransactionsTotal, &kDecodedBytesTotal};

void Write(const NodeView& view, metric::MetricWriter& out) {
  const model::SlotStatsFacts& facts = *view.node.facts.slot_stats;
  for (const model::SlotStats& each : facts.slots) {
    const auto write = [&](const MetricDesc& desc, std::int64_t count) {
      out.Write(desc, {each.slot}, static_cast<double>(count));
    };
    write(kSpillTransactionsTotal, each.spill_transactions);
    write(kSpillBytesTotal, each.spill_bytes);
    write(kStreamTransactionsTotal, each.stream_transactions);
    write(kStreamBytesTotal, each.stream_bytes);
    write(kDecodedTransactionsTotal, each.decoded_transactions);
    write(kDecodedBytesTotal, each.decoded_bytes);
  }
  out.Write(kSeriesDropped, {"slot_stats"}, static_cast<double>(facts.dropped));
}

}  // namespace

constexpr Collector kSlotStats{.name = "slot_stats",
                               .lane = model::Lane::kInventory,
                               .sql = kSql,
                               .columns = kColumns,
                               .may_be_empty = true,
                               .decode = Decode,
                               .write = Write,
                               .metrics = kMetrics,
                               .privilege = "none"};

}  // namespace pgfleet::collectors
