#include <algorithm>
#include <array>

#include "collectors/list.h"
#include "collectors/row_reader.h"
#include "collectors/walsenders_metrics.h"
#include "collectors/walsenders_sql.h"

namespace pgfleet::collectors {
namespace {

using C = WalsenderColumn;

model::Walsender DecodeSender(RowReader& row) {
  model::Walsender sender;
  sender.pid = row.NeedInteger(C::kPid);
  sender.application_name = row.Text(C::kApplication);
  sender.client_address = row.Text(C::kAddress);
  sender.started = row.NeedReal(C::kStarted);
  sender.state = row.NeedText(C::kState);
  sender.sync_state = row.Text(C::kSyncState);
  sender.slot = row.Text(C::kSlot);
  sender.slot_kind = row.Text(C::kSlotKind);
  sender.logical = sender.slot_kind == "logical" || row.Boolean(C::kLogicalQuery).value_or(false);
  sender.sent = row.Lsn(C::kSent);
  sender.write = row.Lsn(C::kWrite);
  sender.flush = row.Lsn(C::kFlush);
  sender.replay = row.Lsn(C::kReplay);
  sender.write_lag = row.Real(C::kWriteLag);
  sender.flush_lag = row.Real(C::kFlushLag);
  sender.replay_lag = row.Real(C::kReplayLag);
  sender.reply = row.Real(C::kReply);
  return sender;
}

// Each row carries the position and the clock of its own instant; the last of them stands for all.
std::expected<void, DecodeFault> DecodeRow(const pg::Rows& rows, std::size_t index,
                                           model::WalsenderFacts& facts) {
  RowReader row(rows, index);
  facts.reference = std::max(facts.reference, row.Lsn(C::kReference));
  facts.server_clock = std::max(facts.server_clock, row.NeedReal(C::kClock));
  if (!row.Null(C::kPid)) {
    // Who may not read the statistics of others sees the row and nothing in it.
    if (row.Null(C::kState))
      return std::unexpected(DecodeFault{model::FailureReason::kPermission,
                                         "walsenders are visible only by name; grant pg_monitor"});
    facts.senders.push_back(DecodeSender(row));
  }
  return row.Result();
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  if (rows.size() == 0) return std::unexpected(NoRow());
  auto senders = std::make_shared<model::WalsenderFacts>();
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (auto result = DecodeRow(rows, i, *senders); !result) return result;
  RowReader first(rows, 0);
  senders->dropped =
      first.NeedInteger(C::kTotal) - static_cast<std::int64_t>(senders->senders.size());
  auto result = first.Result();
  if (result) facts.walsenders = std::move(senders);
  return result;
}

}  // namespace

constexpr Collector kWalsenders{.name = "walsenders",
                                .lane = model::Lane::kStatus,
                                .sql = walsenders_sql::kSql,
                                .columns = C::kCount,
                                .decode = Decode,
                                .write = WriteWalsenders,
                                .metrics = walsender_metrics::kAll,
                                .privilege = "pg_monitor (9.6: superuser)"};

}  // namespace pgfleet::collectors
