#include "fleet/node_task.h"

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

#include "collectors/catalog.h"
#include "fleet/advice.h"
#include "log/log.h"

namespace pgfleet::fleet {
namespace {

using collectors::Catalog;
using model::Lane;
using Steady = std::chrono::steady_clock;
constexpr auto kWait = asio::experimental::as_tuple(asio::use_awaitable);

model::Moment Now() { return {Steady::now(), std::chrono::system_clock::now()}; }

double Epoch(model::Wall time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

// The server gives up before we do, so that a slow statement costs itself and not the session:
// nearly at the deadline where there is one statement, early enough for a second slow one where
// there are several.
Milliseconds ServerTimeout(Milliseconds deadline, std::size_t statements) {
  return statements == 1 ? deadline * 9 / 10 : deadline * 45 / 100;
}

model::DeclaredNode Declare(const config::NodeConfig& node) {
  model::DeclaredNode declared{.name = node.name, .addresses = {}};
  for (const char* keyword : {"host", "hostaddr"})
    if (const auto found = node.connection.find(keyword); found != node.connection.end())
      declared.addresses.push_back(found->second);
  return declared;
}

std::uint32_t Seed(const std::string& cluster, const std::string& node) {
  return static_cast<std::uint32_t>(std::hash<std::string>{}(cluster + "/" + node));
}

}  // namespace

NodeTask::NodeTask(asio::any_io_executor loop, Network& network, std::string cluster,
                   config::NodeConfig node, config::Lanes lanes, Beat beat)
    : cluster_(std::move(cluster)),
      config_(std::move(node)),
      lanes_(lanes),
      beat_(beat),
      watch_(loop, network, Seed(cluster_, config_.name)),
      survey_(loop, network, Seed(cluster_, config_.name) + 1),
      watch_timer_(loop),
      survey_timer_(loop),
      loop_(std::move(loop)) {
  snapshot_.declared = Declare(config_);
  snapshot_.collectors.resize(Catalog().size());
  for (std::size_t i = 0; i < Catalog().size(); ++i)
    by_lane_[static_cast<std::size_t>(Catalog()[i]->lane)].push_back(i);
  for (std::size_t i = 0; i < lanes_.size(); ++i) snapshot_.lanes[i].max_age = lanes_[i].max_age;
}

void NodeTask::Start() {
  asio::co_spawn(
      loop_, [self = shared_from_this()]() -> asio::awaitable<void> { co_await self->Watch(); },
      asio::detached);
  asio::co_spawn(
      loop_, [self = shared_from_this()]() -> asio::awaitable<void> { co_await self->Survey(); },
      asio::detached);
}

void NodeTask::Stop() {
  stopped_ = true;
  on_change_ = nullptr;
  watch_.Stop();
  survey_.Stop();
  watch_timer_.cancel();
  survey_timer_.cancel();
}

bool NodeTask::settled() const {
  if (!snapshot_.tried || !snapshot_.up) return snapshot_.tried;
  return std::ranges::all_of(snapshot_.collectors, [](const auto& c) { return c.attempted; });
}

asio::awaitable<void> NodeTask::Watch() {
  while (!stopped_) {
    co_await Pulse();
    if (stopped_) break;
    watch_timer_.expires_at(beat_.NextAfter(Steady::now(), lane(Lane::kPulse).interval));
    co_await watch_timer_.async_wait(kWait);
  }
}

asio::awaitable<void> NodeTask::Pulse() {
  if (!co_await OpenWatch()) co_return;
  const auto began = Now();
  const auto& asked = collectors_of(Lane::kPulse);
  pg::RunResult result = co_await Ask(watch_, Lane::kPulse, asked);
  if (stopped_) co_return;
  const auto duration = Steady::now() - began.monotonic;
  const auto& pulse = result.outcomes.front().rows;
  // A server that had to cancel the pulse did not answer it in time.
  if (!result.failure && !pulse && pulse.error().reason == model::FailureReason::kTimeout)
    result.failure = pg::Failure{model::DownReason::kTimeout, "query", pulse.error().sqlstate,
                                 pulse.error().message};
  if (result.failure) {
    watch_.Failed();
    MarkDown(*result.failure);
    co_return;
  }
  watch_.Succeeded();
  Absorb(Lane::kPulse, asked, result, duration);
  MarkUp(began.wall + std::chrono::duration_cast<model::Wall::duration>(duration / 2));
  Changed();
}

// False: no session now, because the attempt failed or its time has not come.
asio::awaitable<bool> NodeTask::OpenWatch() {
  if (watch_.is_open()) co_return true;
  if (!watch_.due(Steady::now())) co_return false;
  const auto opened = co_await watch_.Open(config_.connection, lane(Lane::kPulse).deadline);
  if (stopped_) co_return false;
  if (opened) co_return true;
  watch_.Failed();
  MarkDown(opened.error());
  co_return false;
}

asio::awaitable<bool> NodeTask::OpenSurvey() {
  if (survey_.is_open()) co_return true;
  if (!survey_.due(Steady::now())) co_return false;
  const auto opened =
      co_await survey_.Open(config_.connection, lane(Lane::kStatus).deadline, watch_.address());
  if (stopped_ || !snapshot_.up) co_return false;  // it was we who gave it up
  if (opened) co_return true;
  SurveyFailed(opened.error());
  co_return false;
}

// The node lives but takes no second session: nothing but the pulse is known.
void NodeTask::SurveyFailed(const pg::Failure& failure) {
  survey_.Failed();
  const pg::StatementFailure unanswered = pg::AsStatementFailure(failure);
  for (const Lane which : {Lane::kStatus, Lane::kInventory})
    for (const std::size_t index : collectors_of(which)) {
      snapshot_.collectors[index].duration.reset();
      NoteCollector(index, unanswered.reason, unanswered.sqlstate, unanswered.message);
    }
  Changed();
}

asio::awaitable<pg::RunResult> NodeTask::Ask(Link& link, Lane which,
                                             std::span<const std::size_t> collectors) {
  std::vector<pg::Statement> statements;
  statements.reserve(collectors.size());
  for (const std::size_t index : collectors) {
    const auto& collector = *Catalog()[index];
    statements.push_back(
        {collector.name, pg::SqlFor(collector.sql, link.session().server_version())});
  }
  const auto deadline = lane(which).deadline;
  co_return co_await link.session().Run(statements, ServerTimeout(deadline, statements.size()),
                                        Steady::now() + deadline);
}

bool NodeTask::IsDue(Lane which, SteadyTime now) const {
  return snapshot_.up && now >= due_[static_cast<std::size_t>(which)];
}

asio::awaitable<void> NodeTask::Survey() {
  while (!stopped_) {
    for (const Lane which : {Lane::kStatus, Lane::kInventory})
      if (IsDue(which, Steady::now()) && co_await OpenSurvey()) co_await SurveyLane(which);
    if (stopped_) break;
    // Half a beat after the pulses, so that the two do not wait for each other on a busy server.
    const auto beat = lane(Lane::kPulse).interval;
    survey_timer_.expires_at(beat_.NextAfter(Steady::now(), beat) + beat / 2);
    co_await survey_timer_.async_wait(kWait);
  }
}

asio::awaitable<void> NodeTask::SurveyLane(Lane which) {
  const auto began = Steady::now();
  const auto& asked = collectors_of(which);
  pg::RunResult result = co_await Ask(survey_, which, asked);
  if (stopped_ || !snapshot_.up) co_return;  // the pulse has just said that nothing is known
  if (result.failure) {
    survey_.Failed();
  } else {
    survey_.Succeeded();
  }
  due_[static_cast<std::size_t>(which)] = beat_.NextAfter(Steady::now(), lane(which).interval);
  Absorb(which, asked, result, Steady::now() - began);
  Changed();
}

void NodeTask::Absorb(Lane which, std::span<const std::size_t> collectors, pg::RunResult& result,
                      model::Duration duration) {
  bool any = false;
  for (std::size_t i = 0; i < collectors.size(); ++i) {
    AbsorbOne(collectors[i], result.outcomes[i]);
    any = any || snapshot_.collectors[collectors[i]].success;
  }
  auto& status = snapshot_.lanes[static_cast<std::size_t>(which)];
  status.duration = duration;
  if (any) status.last_success = Now();
}

void NodeTask::AbsorbOne(std::size_t index, pg::Outcome& outcome) {
  const auto& collector = *Catalog()[index];
  auto& status = snapshot_.collectors[index];
  status.duration.reset();
  if (outcome.duration.count() > 0) status.duration = outcome.duration;  // zero: never answered
  if (!outcome.rows)
    return NoteCollector(index, outcome.rows.error().reason, outcome.rows.error().sqlstate,
                         outcome.rows.error().message);
  if (outcome.rows->columns() != collector.columns)
    return NoteCollector(index, model::FailureReason::kBadValue, "",
                         "another number of columns than asked for");
  if (const auto decoded = collector.decode(*outcome.rows, snapshot_.facts); !decoded)
    return NoteCollector(index, decoded.error().reason, "", decoded.error().detail);
  status.last_success = Now();
  const auto& receiver = snapshot_.facts.walreceiver;
  if (receiver && receiver->present) snapshot_.last_receiver = receiver;
  NoteCollector(index, std::nullopt, "", "");
}

// Says a collector's failure once, when it begins or changes, and its end.
void NodeTask::NoteCollector(std::size_t index, std::optional<model::FailureReason> failure,
                             std::string_view sqlstate, std::string_view detail) {
  auto& status = snapshot_.collectors[index];
  const bool changed = status.attempted ? status.failure != failure : failure.has_value();
  status.attempted = true;
  status.success = !failure;
  status.failure = failure;
  status.supported = !failure || (*failure != model::FailureReason::kPermission &&
                                  *failure != model::FailureReason::kMissing &&
                                  *failure != model::FailureReason::kVersion &&
                                  *failure != model::FailureReason::kUnsupported);
  if (!changed) return;
  const auto name = Catalog()[index]->name;
  if (!failure) {
    log::Info("collector works",
              {{"cluster", cluster_}, {"node", config_.name}, {"collector", name}});
  } else {
    log::Warn("collector fails", {{"cluster", cluster_},
                                  {"node", config_.name},
                                  {"collector", name},
                                  {"reason", model::Name(*failure)},
                                  {"sqlstate", sqlstate},
                                  {"error", detail},
                                  {"advice", AdviceFor(*failure)}});
  }
}

void NodeTask::MarkUp(model::Wall midpoint) {
  if (!snapshot_.tried || !snapshot_.up) {
    log::Info("node is up", {{"cluster", cluster_},
                             {"node", config_.name},
                             {"version", watch_.session().server_version()}});
    due_ = {};  // what is not known any more is asked for at once
    survey_timer_.cancel();
  }
  snapshot_.tried = true;
  snapshot_.up = true;
  snapshot_.down_reason.reset();
  const auto& pulse = snapshot_.facts.pulse;
  snapshot_.clock_offset.reset();
  if (pulse && snapshot_.collectors[by_lane_[0].front()].success)
    snapshot_.clock_offset = pulse->server_clock - Epoch(midpoint);
}

void NodeTask::MarkDown(const pg::Failure& failure) {
  const bool changed = !snapshot_.tried || snapshot_.up || snapshot_.down_reason != failure.reason;
  snapshot_.tried = true;
  snapshot_.up = false;
  snapshot_.down_reason = failure.reason;
  snapshot_.clock_offset.reset();
  // Only what the inventory said outlives its node; it ages by itself.
  snapshot_.facts = {.settings = snapshot_.facts.settings, .roles = snapshot_.facts.roles};
  for (std::size_t i = 0; i < snapshot_.collectors.size(); ++i) {
    auto& collector = snapshot_.collectors[i];
    collector.success = false;
    collector.failure.reset();
    collector.duration.reset();
    // Its facts are gone, so they are not fresh either, also when the node is back within their
    // max_age.
    if (Catalog()[i]->lane != Lane::kInventory) collector.last_success.reset();
  }
  if (changed)
    log::Warn("node is down", {{"cluster", cluster_},
                               {"node", config_.name},
                               {"reason", model::Name(failure.reason)},
                               {"phase", failure.phase},
                               {"sqlstate", failure.sqlstate},
                               {"error", failure.message},
                               {"advice", AdviceFor(failure.reason)}});
  survey_.session().Close();
  Changed();
}

}  // namespace pgfleet::fleet
