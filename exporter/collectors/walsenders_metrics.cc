#include "collectors/walsenders_metrics.h"

#include "collectors/values.h"

namespace pgfleet::collectors {
namespace {

namespace m = walsender_metrics;
using model::Walsender;

bool IsTableSync(const Walsender& sender) {
  return sender.application_name.starts_with("pg_") &&
         sender.application_name.find("_sync_") != std::string::npos;
}

// The server says NULL for "no fresh word", which is no lag only where nothing is left to do.
std::optional<double> Seconds(std::optional<double> lag, std::optional<double> whole_distance) {
  if (lag) return lag;
  if (whole_distance == 0.0) return 0;
  return std::nullopt;
}

// One sender's labels, its values and where they go.
struct Line {
  const Walsender& sender;
  std::string_view standby;
  metric::MetricWriter& out;

  void Write(const metric::MetricDesc& desc, std::optional<double> value) const {
    out.Write(desc, {standby, sender.slot}, value);
  }
};

void WriteSender(const Line& line, const model::WalsenderFacts& facts) {
  const Walsender& sender = line.sender;
  const auto whole = DistanceValue(sender.replay, facts.reference);
  line.Write(m::kSentLag, DistanceValue(sender.sent, facts.reference));
  line.Write(m::kWriteLag, DistanceValue(sender.write, sender.sent));
  line.Write(m::kFlushLag, DistanceValue(sender.flush, sender.write));
  line.Write(m::kReplayLag, DistanceValue(sender.replay, sender.flush));
  line.Write(m::kLag, whole);
  line.Write(m::kWriteSeconds, Seconds(sender.write_lag, whole));
  line.Write(m::kFlushSeconds, Seconds(sender.flush_lag, whole));
  line.Write(m::kReplaySeconds, Seconds(sender.replay_lag, whole));
  line.Write(m::kReplyAge, Elapsed(sender.reply, facts.server_clock));
  line.out.WriteStates(m::kState, {line.standby, sender.slot}, m::kStates, sender.state);
  line.out.WriteStates(m::kSyncState, {line.standby, sender.slot}, m::kSyncStates,
                       sender.sync_state);
}

}  // namespace

SenderKind KindOf(const Walsender& sender, bool matched) {
  if (sender.logical) return SenderKind::kLogical;
  if (sender.state == "backup" || sender.application_name == "pg_basebackup")
    return SenderKind::kBaseBackup;
  if (sender.application_name == "pg_receivewal" || sender.application_name == "pg_receivexlog")
    return SenderKind::kReceiveWal;
  return matched ? SenderKind::kStandby : SenderKind::kUnmatched;
}

bool HasOwnSeries(const Walsender& sender) {
  const SenderKind kind = KindOf(sender, false);
  return kind != SenderKind::kBaseBackup && !(kind == SenderKind::kLogical && IsTableSync(sender));
}

void WriteWalsenders(const NodeView& view, metric::MetricWriter& out) {
  const model::WalsenderFacts& facts = *view.node.facts.walsenders;
  std::array<double, kSenderKinds.size()> counts{};
  for (std::size_t i = 0; i < facts.senders.size(); ++i) {
    const Walsender& sender = facts.senders[i];
    const bool analysed = i < view.analysis.sender_labels.size();
    const bool matched = analysed && view.analysis.sender_matched[i];
    ++counts[static_cast<std::size_t>(KindOf(sender, matched))];
    if (analysed && HasOwnSeries(sender))
      WriteSender({sender, view.analysis.sender_labels[i], out}, facts);
  }
  for (std::size_t i = 0; i < counts.size(); ++i)
    out.Write(m::kSenders, {kSenderKinds[i]}, counts[i]);
  out.Write(m::kLimit, static_cast<double>(facts.limit));
  out.Write(kSeriesDropped, {"walsender"}, static_cast<double>(facts.dropped));
}

}  // namespace pgfleet::collectors
