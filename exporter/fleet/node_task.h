#pragma once

#include <array>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "config/config.h"
#include "fleet/link.h"
#include "fleet/node_record.h"
#include "fleet/schedule.h"
#include "model/cluster_snapshot.h"

namespace pgfleet::fleet {

// Watches one node: one session (watch) for the pulse, one (survey) for everything else, so that no
// lock and no slow read delays a pulse. Lives on the event loop; kept alive by its own coroutines
// until Stop() has taken effect.
class NodeTask : public std::enable_shared_from_this<NodeTask> {
 public:
  NodeTask(asio::any_io_executor loop, Network& network, std::string cluster,
           config::NodeConfig node, config::Lanes lanes, Beat beat);

  void Start();
  // Closes both sessions and lets the coroutines end. Idempotent.
  void Stop();

  // Called after every change of the snapshot. Set before Start, changed only by a reload.
  void OnChange(std::function<void()> on_change) { on_change_ = std::move(on_change); }

  const model::NodeSnapshot& snapshot() const { return record_.snapshot(); }
  // True when every lane has been tried since the node was first reached, or the node is down.
  bool settled() const { return record_.settled(); }
  // A reload keeps this task (connection, history) when nothing of it changed.
  bool Serves(const config::NodeConfig& node, const config::Lanes& lanes) const {
    return node == config_ && lanes == lanes_;
  }

 private:
  asio::awaitable<void> Watch();
  asio::awaitable<void> Survey();
  asio::awaitable<void> Pulse();
  asio::awaitable<bool> OpenWatch();
  asio::awaitable<bool> OpenSurvey();
  asio::awaitable<void> SurveyLane(model::Lane lane);
  asio::awaitable<void> VisitDatabases();
  asio::awaitable<void> VisitDatabase(const std::string& database);
  asio::awaitable<void> VisitDatabasesOfJobs();
  asio::awaitable<void> VisitDatabaseOfJobs(const std::string& database);
  asio::awaitable<void> LeaveSurvey();
  // Asks all of a lane, and what the server refused once more by its fallback. Set: the session
  // failed.
  asio::awaitable<std::optional<pg::Failure>> AskLane(Link& link, model::Lane lane);
  asio::awaitable<std::optional<pg::Failure>> AskAll(Link& link, model::Lane lane,
                                                     std::vector<Question> questions);
  asio::awaitable<pg::RunResult> Ask(Link& link, std::span<const Question> questions,
                                     Milliseconds deadline, SteadyTime until);

  // Ends the poll under way over this link, for the trace.
  void EndPoll(Link& link, model::Lane lane, const std::string& database = {});

  bool IsDue(model::Lane lane, SteadyTime now) const;
  void MarkDown(const pg::Failure& failure);
  const config::LaneConfig& lane(model::Lane which) const {
    return lanes_[static_cast<std::size_t>(which)];
  }
  void Changed() {
    if (on_change_) on_change_();
  }

  config::NodeConfig config_;
  config::Lanes lanes_;
  Beat beat_;
  Link watch_;
  Link survey_;
  asio::steady_timer watch_timer_;
  asio::steady_timer survey_timer_;
  asio::any_io_executor loop_;
  std::array<SteadyTime, 3> due_{};  // by lane; the survey's lanes only
  NodeRecord record_;
  std::function<void()> on_change_;
  bool stopped_ = false;
};

}  // namespace pgfleet::fleet
