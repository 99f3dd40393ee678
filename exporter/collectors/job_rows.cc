#include "collectors/job_rows.h"

#include <algorithm>
#include <charconv>

#include "collectors/row_reader.h"

namespace pgfleet::collectors {
namespace {

using C = JobColumn;

// "3 17 18"; absent for a text that is none.
std::optional<std::vector<std::int64_t>> Numbers(std::string_view text) {
  std::vector<std::int64_t> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(at, end, number);
    if (error != std::errc{} || (stop != end && *stop != ' ')) return std::nullopt;
    numbers.push_back(number);
    at = stop == end ? end : stop + 1;
  }
  return numbers;
}

std::optional<model::JobStatus> Status(std::string_view name) {
  const auto found = std::ranges::find(model::kJobStatusNames, name);
  if (found == model::kJobStatusNames.end()) return std::nullopt;
  return static_cast<model::JobStatus>(found - model::kJobStatusNames.begin());
}

std::expected<void, DecodeFault> DecodeRuns(RowReader& row, model::Job& job) {
  struct List {
    std::size_t column;
    std::vector<std::int64_t>& into;
  };
  for (const List& list : {List{C::kFailed, job.failed}, List{C::kIgnored, job.ignored},
                           List{C::kRunning, job.running}}) {
    auto numbers = Numbers(row.Text(list.column));
    if (!numbers)
      return std::unexpected(
          DecodeFault{model::FailureReason::kBadValue, "a list of runs that is none"});
    list.into = std::move(*numbers);
  }
  return row.Result();
}

model::Job DecodeJob(RowReader& row) {
  return {.id = row.NeedInteger(C::kId),
          .name = row.NeedText(C::kName),
          .enabled = row.NeedBoolean(C::kEnabled),
          .without_agent = row.Boolean(C::kWithoutAgent),
          .is_waiting = row.Boolean(C::kWaiting),
          .agent_is_dead = row.Boolean(C::kAgentIsDead),
          .next_run = row.Real(C::kNextRun),
          .last_start = row.Real(C::kStart),
          .last_success = row.Real(C::kSuccess),
          .last_duration = row.Real(C::kDuration),
          .usual_duration = row.Real(C::kUsual),
          .status = Status(row.Text(C::kStatus)),
          .newest = row.Integer(C::kNewest),
          .newest_ended = row.Integer(C::kNewestEnded)};
}

}  // namespace

std::expected<model::JobFacts, DecodeFault> DecodeJobs(const pg::Rows& rows,
                                                       std::string_view hidden) {
  RowReader first(rows, 0);
  model::JobFacts facts{.server_clock = first.NeedReal(C::kClock),
                        .agents_alive = first.Integer(C::kAlive),
                        .agents_dead = first.Integer(C::kDead),
                        .scheduler_up = first.Boolean(C::kSchedulerUp),
                        .newest_run = first.Integer(C::kNewestRun),
                        .dropped = first.NeedInteger(C::kTotal)};
  const bool is_hidden = first.NeedBoolean(C::kHidden);
  if (auto result = first.Result(); !result) return std::unexpected(result.error());
  if (is_hidden)
    return std::unexpected(DecodeFault{model::FailureReason::kPermission, std::string(hidden)});
  for (std::size_t i = 0; i < rows.size() && !first.Null(C::kId); ++i) {
    RowReader row(rows, i);
    model::Job job = DecodeJob(row);
    if (auto result = DecodeRuns(row, job); !result) return std::unexpected(result.error());
    facts.jobs.push_back(std::move(job));
  }
  facts.dropped -= static_cast<std::int64_t>(facts.jobs.size());
  return facts;
}

bool RunsJobs(const model::NodeFacts& facts) { return facts.pulse && !facts.pulse->in_recovery; }

}  // namespace pgfleet::collectors
