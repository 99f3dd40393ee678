#include "fleet/node_task.h"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

#include "collectors/catalog.h"

namespace pgfleet::fleet {
namespace {

using model::Lane;
using Steady = std::chrono::steady_clock;
constexpr std::chrono::seconds kGoodbye{1};  // a server ends a session within milliseconds
constexpr auto kWait = asio::experimental::as_tuple(asio::use_awaitable);

// The server gives up before we do, so that a slow statement costs itself and not the session:
// nearly at the deadline where there is one statement, early enough for a second slow one where
// there are several.
Milliseconds ServerTimeout(Milliseconds deadline, std::size_t statements) {
  return statements == 1 ? deadline * 9 / 10 : deadline * 45 / 100;
}

std::uint32_t Seed(const std::string& cluster, const std::string& node) {
  return static_cast<std::uint32_t>(std::hash<std::string>{}(cluster + "/" + node));
}

// Prepared statements live as long as their session, so each text needs a name of its own.
std::string_view StatementName(const Question& question) {
  static const std::vector<std::string> fallbacks = [] {
    std::vector<std::string> names;
    for (const auto* collector : collectors::Catalog())
      names.push_back(std::string(collector->name) + "_fallback");
    return names;
  }();
  if (question.ask.fallback) return fallbacks[question.collector];
  return collectors::Catalog()[question.collector]->name;
}

// A server that had to cancel the pulse did not answer it in time.
void FailByTimeout(pg::RunResult& pulse) {
  if (pulse.failure || pulse.outcomes.empty() || pulse.outcomes.front().rows) return;
  const pg::StatementFailure& error = pulse.outcomes.front().rows.error();
  if (error.reason == model::FailureReason::kTimeout)
    pulse.failure =
        pg::Failure{model::DownReason::kTimeout, "query", error.sqlstate, error.message};
}

}  // namespace

NodeTask::NodeTask(asio::any_io_executor loop, Network& network, std::string cluster,
                   config::NodeConfig node, config::Lanes lanes, Beat beat)
    : config_(std::move(node)),
      lanes_(lanes),
      beat_(beat),
      watch_(loop, network, Seed(cluster, config_.name)),
      survey_(loop, network, Seed(cluster, config_.name) + 1),
      watch_timer_(loop),
      survey_timer_(loop),
      loop_(std::move(loop)),
      record_(std::move(cluster), config_, lanes_) {}

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

asio::awaitable<void> NodeTask::Watch() {
  while (!stopped_) {
    co_await Pulse();
    if (stopped_) break;
    if (config_.session_per_poll) watch_.session().Close();
    watch_timer_.expires_at(beat_.NextAfter(Steady::now(), lane(Lane::kPulse).interval));
    co_await watch_timer_.async_wait(kWait);
  }
}

asio::awaitable<void> NodeTask::Pulse() {
  const bool open = co_await OpenWatch();
  if (!open) EndPoll(watch_, Lane::kPulse);
  if (!open) co_return;
  const auto began = Steady::now();
  const auto began_wall = std::chrono::system_clock::now();
  const auto failure = co_await AskLane(watch_, Lane::kPulse);
  EndPoll(watch_, Lane::kPulse);
  if (stopped_) co_return;
  const auto ended = Steady::now();
  const auto duration = ended - began;
  if (failure) {
    watch_.Failed(failure->reason);
    MarkDown(*failure);
    co_return;
  }
  watch_.Succeeded();
  record_.LaneEnded(Lane::kPulse, duration);
  const auto half = std::chrono::duration_cast<model::Wall::duration>(duration / 2);
  if (record_.MarkUp({began, ended}, began_wall + half, watch_.session())) {
    due_ = {};  // what is not known any more is asked for at once
    survey_timer_.cancel();
  }
  Changed();
}

// False: no session now, because the attempt failed or its time has not come.
asio::awaitable<bool> NodeTask::OpenWatch() {
  if (watch_.is_open()) co_return true;
  if (!watch_.due(Steady::now())) co_return false;
  const auto opened = co_await watch_.Open(config_.connection, lane(Lane::kPulse).deadline);
  if (stopped_) co_return false;
  if (opened) co_return true;
  watch_.Failed(opened.error().reason);
  MarkDown(opened.error());
  co_return false;
}

asio::awaitable<bool> NodeTask::OpenSurvey() {
  if (survey_.is_open()) co_return true;
  if (!survey_.due(Steady::now())) co_return false;
  const auto opened =
      co_await survey_.Open(config_.connection, lane(Lane::kStatus).deadline, watch_.address());
  if (stopped_ || !record_.up()) co_return false;  // it was we who gave it up
  if (opened) co_return true;
  EndPoll(survey_, Lane::kStatus);
  survey_.Failed();
  record_.SurveyFailed(opened.error());
  Changed();
  co_return false;
}

asio::awaitable<std::optional<pg::Failure>> NodeTask::AskLane(Link& link, Lane which) {
  co_return co_await AskAll(
      link, which, record_.Questions(which, link.session().server_version(), Steady::now()));
}

asio::awaitable<std::optional<pg::Failure>> NodeTask::AskAll(Link& link, Lane which,
                                                             std::vector<Question> questions) {
  const auto deadline = lane(which).deadline;
  const auto until = Steady::now() + deadline;
  const int version = link.session().server_version();
  while (!questions.empty()) {
    pg::RunResult result = co_await Ask(link, questions, deadline, until);
    if (which == Lane::kPulse) FailByTimeout(result);
    // Not ours any more, or the pulse has just said that nothing is known.
    const bool moot = stopped_ || (which != Lane::kPulse && !record_.up());
    if (moot || (which == Lane::kPulse && result.failure)) co_return result.failure;
    questions = record_.Absorb(questions, result, version);
    if (result.failure) co_return result.failure;
    if (!link.is_open()) break;
  }
  co_return std::nullopt;
}

asio::awaitable<pg::RunResult> NodeTask::Ask(Link& link, std::span<const Question> questions,
                                             Milliseconds deadline, SteadyTime until) {
  std::vector<pg::Statement> statements;
  statements.reserve(questions.size());
  for (const Question& question : questions)
    statements.push_back({StatementName(question), question.ask.sql});
  link.steps().Begin(questions.size());
  pg::RunResult result =
      co_await link.session().Run(statements, ServerTimeout(deadline, statements.size()), until);
  model::Duration waited = result.waited;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const bool answered = result.outcomes[i].duration.count() > 0;
    link.steps().Add(collectors::Catalog()[questions[i].collector]->name, questions[i].ask.fallback,
                     result.outcomes[i], answered ? model::Duration{} : std::exchange(waited, {}));
  }
  co_return result;
}

void NodeTask::EndPoll(Link& link, Lane which, const std::string& database) {
  if (auto poll = link.steps().Take(which, database, link.address()))
    record_.Trace(std::move(*poll));
}

bool NodeTask::IsDue(Lane which, SteadyTime now) const {
  return record_.up() && now >= due_[static_cast<std::size_t>(which)];
}

asio::awaitable<void> NodeTask::Survey() {
  while (!stopped_) {
    for (const Lane which : {Lane::kStatus, Lane::kInventory})
      if (IsDue(which, Steady::now()) && co_await OpenSurvey()) {
        co_await SurveyLane(which);
        if (which != Lane::kInventory) continue;
        co_await VisitDatabases();
        co_await VisitDatabasesOfJobs();
      }
    if (stopped_) break;
    if (config_.session_per_poll) survey_.session().Close();
    // Half a beat after the pulses, so that the two do not wait for each other on a busy server.
    const auto beat = lane(Lane::kPulse).interval;
    survey_timer_.expires_at(beat_.NextAfter(Steady::now(), beat) + beat / 2);
    co_await survey_timer_.async_wait(kWait);
  }
}

asio::awaitable<void> NodeTask::SurveyLane(Lane which) {
  const auto began = Steady::now();
  const auto failure = co_await AskLane(survey_, which);
  EndPoll(survey_, which);
  if (stopped_ || !record_.up()) co_return;
  if (failure) {
    survey_.Failed();
  } else {
    survey_.Succeeded();
  }
  due_[static_cast<std::size_t>(which)] = beat_.NextAfter(Steady::now(), lane(which).interval);
  record_.LaneEnded(which, Steady::now() - began);
  Changed();
}

// One after another on the survey's own connection, so that a node never has more than two.
asio::awaitable<void> NodeTask::VisitDatabases() {
  if (config_.databases.empty()) co_return;
  record_.BeginDatabases();
  for (const std::string& database : config_.databases) {
    if (stopped_ || !record_.up()) co_return;
    co_await LeaveSurvey();
    if (stopped_ || !record_.up()) co_return;
    co_await VisitDatabase(database);
    EndPoll(survey_, Lane::kInventory, database);
  }
  co_await LeaveSurvey();
  if (stopped_ || !record_.up()) co_return;
  record_.EndDatabases();
  Changed();
}

// A role that may have two sessions would be refused its next one while the server still ends this.
asio::awaitable<void> NodeTask::LeaveSurvey() {
  co_await survey_.session().Leave(Steady::now() + kGoodbye);
}

asio::awaitable<void> NodeTask::VisitDatabase(const std::string& database) {
  const auto deadline = lane(Lane::kInventory).deadline;
  pg::Keywords connection = config_.connection;
  connection["dbname"] = database;
  const auto opened = co_await survey_.Open(connection, deadline, watch_.address());
  if (stopped_ || !record_.up()) co_return;
  if (!opened) {
    record_.DatabaseFailed(database, opened.error());
    co_return;
  }
  const auto questions = record_.DatabaseQuestions(database, survey_.session().server_version());
  pg::RunResult result = co_await Ask(survey_, questions, deadline, Steady::now() + deadline);
  if (stopped_ || !record_.up()) co_return;
  record_.AbsorbDatabase(database, questions, result);
}

asio::awaitable<void> NodeTask::VisitDatabasesOfJobs() {
  for (const std::string& database : record_.DatabasesOfJobs()) {
    if (stopped_ || !record_.up()) co_return;
    const int version = watch_.session().server_version();
    if (record_.QuestionsIn(database, version, Steady::now()).empty()) continue;
    co_await LeaveSurvey();
    if (stopped_ || !record_.up()) co_return;
    co_await VisitDatabaseOfJobs(database);
    EndPoll(survey_, Lane::kInventory, database);
    if (stopped_ || !record_.up()) co_return;
    co_await LeaveSurvey();
    Changed();
  }
}

asio::awaitable<void> NodeTask::VisitDatabaseOfJobs(const std::string& database) {
  pg::Keywords connection = config_.connection;
  connection["dbname"] = database;
  const auto opened =
      co_await survey_.Open(connection, lane(Lane::kInventory).deadline, watch_.address());
  if (stopped_ || !record_.up()) co_return;
  if (!opened) {
    record_.DatabaseOfJobsFailed(database, opened.error());
    co_return;
  }
  const int version = survey_.session().server_version();
  co_await AskAll(survey_, Lane::kInventory, record_.QuestionsIn(database, version, Steady::now()));
}

void NodeTask::MarkDown(const pg::Failure& failure) {
  record_.MarkDown(failure);
  survey_.session().Close();
  Changed();
}

}  // namespace pgfleet::fleet
