#include "fleet/step_log.h"

#include <array>
#include <utility>

#include "fleet/advice.h"

namespace pgfleet::fleet {
namespace {

template <typename Failure>
std::shared_ptr<const model::StepFailure> Explain(const Failure& failure) {
  return std::make_shared<const model::StepFailure>(model::StepFailure{
      model::Name(failure.reason), AdviceFor(failure.reason), failure.sqlstate, failure.message});
}

}  // namespace

void StepLog::Begin(std::size_t steps) {
  if (poll_.steps.empty()) poll_.began = std::chrono::system_clock::now();
  if (steps > 1) poll_.steps.reserve(poll_.steps.size() + steps);
}

void StepLog::Add(std::string_view name, model::Duration duration, const pg::Failure* failure) {
  model::TraceStep& step = poll_.steps.emplace_back();
  step.name = name;
  step.duration = duration;
  if (failure != nullptr) step.failure = Explain(*failure);
}

void StepLog::Add(const pg::Session::Phases& phases, const pg::Failure* failure) {
  const std::array<std::pair<std::string_view, model::Duration>, 4> all = {
      {{"connect", phases.connect},
       {"tls", phases.tls},
       {"authenticate", phases.authenticate},
       {"prepare_session", phases.prepare}}};
  std::size_t added = 0;
  for (const auto& [name, duration] : all) {
    if (duration == model::Duration{}) continue;
    Add(name, duration);
    ++added;
  }
  if (failure == nullptr) return;
  if (added == 0)
    Add("connect", {}, failure);
  else
    poll_.steps.back().failure = Explain(*failure);
}

void StepLog::Add(std::string_view name, bool is_fallback, const pg::Outcome& outcome,
                  model::Duration waited) {
  model::TraceStep& step = poll_.steps.emplace_back();
  step.name = name;
  step.is_statement = true;
  step.is_fallback = is_fallback;
  step.duration = outcome.duration + waited;
  if (outcome.rows) {
    step.rows = static_cast<std::uint32_t>(outcome.rows->size());
    step.bytes = outcome.rows->bytes();
  } else {
    step.failure = Explain(outcome.rows.error());
  }
}

std::optional<model::PollTrace> StepLog::Take(model::Lane lane, const std::string& database,
                                              const std::string& address) {
  if (poll_.steps.empty()) return std::nullopt;
  model::PollTrace poll = std::exchange(poll_, {});
  poll.lane = lane;
  poll.database = database;
  poll.address = address;
  return poll;
}

}  // namespace pgfleet::fleet
