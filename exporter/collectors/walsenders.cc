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
  sender.shown_write_lag = sender.write_lag = row.Real(C::kWriteLag);
  sender.shown_flush_lag = sender.flush_lag = row.Real(C::kFlushLag);
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
  facts.limit = row.NeedInteger(C::kLimit);
  if (!row.Null(C::kPid)) {
    // Who may not read the statistics of others sees the row and nothing in it.
    if (row.Null(C::kState))
      return std::unexpected(DecodeFault{model::FailureReason::kPermission,
                                         "walsenders are visible only by name; grant pg_monitor"});
    facts.senders.push_back(DecodeSender(row));
  }
  return row.Result();
}

// The server shows the last interval it measured for as long as nothing newer is measured. Of a
// receiver that stands still with work before it, that is an interval of the past.
void DropFrozen(const model::Walsender& before, std::optional<model::Lsn> reference,
                model::Walsender& now) {
  const bool replay_stands = now.replay && now.replay == before.replay && now.replay < reference;
  if (!replay_stands) return;
  now.replay_lag.reset();
  // A server that measures no replay may measure the other stages no more either.
  if (now.write_lag == before.shown_write_lag) now.write_lag.reset();
  if (now.flush_lag == before.shown_flush_lag) now.flush_lag.reset();
}

void Compare(const model::WalsenderFacts& before, model::WalsenderFacts& now) {
  for (model::Walsender& sender : now.senders) {
    const auto same = std::ranges::find_if(before.senders, [&](const model::Walsender& other) {
      return other.pid == sender.pid && other.started == sender.started;
    });
    if (same != before.senders.end() && same->replay < before.reference)
      DropFrozen(*same, now.reference, sender);
  }
}

std::expected<void, DecodeFault> Decode(const pg::Rows& rows, model::NodeFacts& facts) {
  auto senders = std::make_shared<model::WalsenderFacts>();
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (auto result = DecodeRow(rows, i, *senders); !result) return result;
  RowReader first(rows, 0);
  senders->dropped =
      first.NeedInteger(C::kTotal) - static_cast<std::int64_t>(senders->senders.size());
  if (auto result = first.Result(); !result) return result;
  if (facts.walsenders) Compare(*facts.walsenders, *senders);
  facts.walsenders = std::move(senders);
  return {};
}

}  // namespace

constexpr Collector kWalsenders{
    .name = "walsenders",
    .lane = model::Lane::kStatus,
    .sql = walsenders_sql::kSql,
    .fallback = walsenders_sql::kHelped,
    .columns = C::kCount,
    .decode = Decode,
    .write = WriteWalsenders,
    .metrics = walsender_metrics::kAll,
    .privilege = "pg_monitor (9.6: the helper pgfleet.stat_replication)"};

}  // namespace pgfleet::collectors
