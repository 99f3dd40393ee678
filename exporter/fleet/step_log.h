#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/trace.h"
#include "pg/session.h"

namespace pgfleet::fleet {

// Writes down the steps of the poll under way over one link. Event loop's thread.
class StepLog {
 public:
  // Before each step, or so many at once; the first one is when the poll began.
  void Begin(std::size_t steps = 1);

  // A step on the way to a session.
  void Add(std::string_view name, model::Duration duration, const pg::Failure* failure = nullptr);
  // The phases of an attempt to open one that were reached; `failure` belongs to the last of them.
  void Add(const pg::Session::Phases& phases, const pg::Failure* failure);
  // A statement that was sent. `name` must outlive the log. `waited`: for an answer that never
  // came, which the outcome does not tell.
  void Add(std::string_view name, bool is_fallback, const pg::Outcome& outcome,
           model::Duration waited = {});

  // The poll, if it had any step, and begins anew.
  std::optional<model::PollTrace> Take(model::Lane lane, const std::string& database,
                                       const std::string& address);

 private:
  model::PollTrace poll_;
};

}  // namespace pgfleet::fleet
