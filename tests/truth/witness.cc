#include "truth/witness.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <thread>

#include "support/majors.h"

namespace pgfleet::test {
namespace {

constexpr Milliseconds kStep{150};

constexpr const char* kShown =
    "SELECT (SELECT coalesce(max(n), 0) FROM written),"
    " extract(epoch FROM CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()"
    "  THEN interval '0' ELSE now() - pg_last_xact_replay_timestamp() END),"
    " extract(epoch FROM now() - pg_last_xact_replay_timestamp())";

double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

std::optional<double> AsNumber(const std::optional<std::string>& cell) {
  return cell ? std::optional(std::stod(*cell)) : std::nullopt;
}

// How long ago the node's last pulse ended, by the clock of this machine.
std::optional<double> PulseAge(const Page& page, const LabelMap& node, double now) {
  LabelMap labels = node;
  labels["lane"] = "pulse";
  const auto last = page.Value("pgfleet_last_success_timestamp_seconds", labels);
  return last ? std::optional(std::max(0.0, now - *last)) : std::nullopt;
}

double LongestPulse(const Page& page) {
  double longest = 0;
  for (const Sample& each : page.All("pgfleet_poll_duration_seconds", {{"lane", "pulse"}}))
    longest = std::max(longest, each.value);
  return longest;
}

}  // namespace

double Interval::DistanceTo(double value) const {
  return std::max({0.0, low - value, value - high});
}

Witness::Witness(const RowWriter& writer, const PostgresServer& standby,
                 const PostgresServer* sender)
    : writer_(writer), major_(standby.major()), name_(standby.name()), standby_(standby.Connect()) {
  if (sender != nullptr) sender_.emplace(sender->Connect());
}

Witness::Shown Witness::Ask() {
  Shown shown{.from = Clock::now(), .until = {}};
  const Answer answer = standby_.Execute(WalName(major_, kShown));
  shown.until = Clock::now();
  const auto& row = answer.rows.at(0);
  shown.row = std::stoll(row.at(0).value());
  shown.formulas.by_case = AsNumber(row.at(1));
  shown.formulas.by_replay = AsNumber(row.at(2));
  return shown;
}

// 9.6 has no such column.
std::optional<double> Witness::ReplayLag() {
  if (!sender_ || major_ < 10) return std::nullopt;
  const Answer answer = sender_->Execute(
      "SELECT extract(epoch FROM replay_lag) FROM pg_stat_replication WHERE application_name = " +
      Quoted(name_));
  return answer.rows.empty() ? std::nullopt : AsNumber(answer.rows[0].at(0));
}

// At this instant, when the standby shows the rows up to `row`.
Interval Witness::AgeOf(std::int64_t row, Clock::time_point instant) const {
  const auto next = writer_.CommitOf(row + 1);
  if (!next) return {};
  Interval age{.low = 0, .high = std::max(0.0, Seconds(instant - next->sent))};
  if (next->returned) age.low = std::max(0.0, Seconds(instant - *next->returned));
  return age;
}

Interval Witness::Between(const Shown& before, const Shown& after) const {
  return {.low = AgeOf(after.row, before.from).low, .high = AgeOf(before.row, after.until).high};
}

Interval Witness::Truth() {
  const Shown shown = Ask();
  history_.push_back({.at = shown.from, .truth = Between(shown, shown)});
  return history_.back().truth;
}

void Witness::WaitUntilBehind(double seconds) {
  if (!WaitUntil([&] { return Truth().low >= seconds; }))
    throw std::runtime_error(name_ + " does not fall behind");
}

void Witness::WaitUntilCaughtUp() {
  if (!WaitUntil([&] { return Truth().high < 0.1; }))
    throw std::runtime_error(name_ + " does not catch up");
}

std::vector<Look> Witness::Watch(const ExporterProcess& exporter, Milliseconds time) {
  std::vector<Look> looks;
  const auto end = Clock::now() + time;
  // A busy machine gets fewer looks into the same time.
  for (auto next = Clock::now(); next < end || looks.size() < kLeastLooks;
       next = std::max(next + kStep, Clock::now())) {
    std::this_thread::sleep_until(next);
    looks.push_back(LookOnce(exporter));
  }
  return looks;
}

Look Witness::LookOnce(const ExporterProcess& exporter) {
  const Shown before = Ask();
  const Page page = exporter.Metrics();
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const Shown after = Ask();
  const LabelMap node = {{"pg_node", name_}};
  Look look{.at = before.from,
            .truth = Between(before, after),
            .formulas = after.formulas,
            .lag = page.Value("pgfleet_standby_lag_seconds", node),
            .uncertainty = page.Value("pgfleet_standby_lag_uncertainty_seconds", node),
            .reference_age = page.Value("pgfleet_standby_lag_reference_age_seconds", node),
            .lower_bound = page.Value("pgfleet_standby_lag_lower_bound", node) == 1,
            .round_trip = LongestPulse(page)};
  look.formulas.replay_lag = ReplayLag();
  look.formulas.sender_answers = sender_.has_value();
  history_.push_back({.at = look.at, .truth = look.truth});
  Remember(look, PulseAge(page, node, now));
  return look;
}

// A page is as old as its pulse: what was true then counts as well.
void Witness::Remember(Look& look, std::optional<double> age) {
  look.truth_since_pulse = look.truth;
  const auto pulse = look.at - std::chrono::duration_cast<Clock::duration>(
                                   std::chrono::duration<double>(age.value_or(0)));
  for (auto earlier = history_.rbegin(); earlier != history_.rend(); ++earlier) {
    look.truth_since_pulse.low = std::min(look.truth_since_pulse.low, earlier->truth.low);
    look.truth_since_pulse.high = std::max(look.truth_since_pulse.high, earlier->truth.high);
    if (earlier->at <= pulse) return;
  }
  // Nobody looked then; but an age grows no faster than time passes.
  look.truth_since_pulse.low = std::max(0.0, look.truth_since_pulse.low - age.value_or(0));
}

}  // namespace pgfleet::test
