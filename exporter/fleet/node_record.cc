#include "fleet/node_record.h"

#include <algorithm>

#include "collectors/catalog.h"
#include "fleet/advice.h"
#include "log/log.h"

namespace pgfleet::fleet {
namespace {

using collectors::Catalog;
using At = collectors::Place;
using model::FailureReason;
using model::Lane;
using Steady = std::chrono::steady_clock;

model::Moment Now() { return {Steady::now(), std::chrono::system_clock::now()}; }

double Epoch(model::Wall time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

// Keywords whose values may be shown to whoever sits at this machine.
constexpr std::array<std::string_view, 8> kShownKeywords = {
    "host", "hostaddr", "port", "dbname", "user", "sslmode", "sslrootcert", "target_session_attrs"};

model::DeclaredNode Declare(const config::NodeConfig& node) {
  model::DeclaredNode declared{.name = node.name,
                               .role = node.role,
                               .upstream = node.upstream,
                               .apply_delay = node.apply_delay};
  for (const char* keyword : {"host", "hostaddr"})
    if (const auto found = node.connection.find(keyword); found != node.connection.end())
      declared.addresses.push_back(found->second);
  if (const auto port = node.connection.find("port"); port != node.connection.end())
    declared.port = port->second;
  for (const auto& [keyword, value] : node.connection)
    declared.connection.emplace_back(
        keyword, std::ranges::find(kShownKeywords, keyword) == kShownKeywords.end()
                     ? std::nullopt
                     : std::optional(value));
  return declared;
}

// Where the cluster has the collector ask; "": nowhere.
const std::string& DatabaseOfJobs(At place, const config::NodeConfig& node) {
  return place == At::kPgagentDatabase ? node.pgagent_database : node.cron_database;
}

// By the connection's own word; what a service file says is not known.
bool IsOwnDatabase(const std::string& database, const config::NodeConfig& node) {
  const auto found = node.connection.find("dbname");
  return found != node.connection.end() && found->second == database;
}

// True when both are known and differ; `known` then is what is seen now.
template <typename T>
bool Changed(std::optional<T>& known, const std::optional<T>& seen) {
  const bool changed = known && seen && *known != *seen;
  if (seen) known = seen;
  return changed;
}

}  // namespace

NodeRecord::NodeRecord(std::string cluster, const config::NodeConfig& node,
                       const config::Lanes& lanes)
    : cluster_(std::move(cluster)),
      name_(node.name),
      captured_(node.captured),
      capabilities_(Catalog().size()),
      first_refusals_(Catalog().size()) {
  snapshot_.declared = Declare(node);
  snapshot_.trace = trace_;
  snapshot_.collectors.resize(Catalog().size());
  for (std::size_t i = 0; i < lanes.size(); ++i) snapshot_.lanes[i].max_age = lanes[i].max_age;
  for (std::size_t i = 0; i < Catalog().size(); ++i) Place(i, node);
}

void NodeRecord::Place(std::size_t index, const config::NodeConfig& node) {
  const auto& collector = *Catalog()[index];
  auto& of_lane = by_lane_[static_cast<std::size_t>(collector.lane)];
  bool& enabled = snapshot_.collectors[index].enabled;
  if (collector.place == At::kServer) {
    of_lane.push_back(index);
    enabled = collector.exists_on == nullptr;
  } else if (collector.place == At::kDatabase || collector.place == At::kCapturedDatabase) {
    in_databases_.push_back(index);
    enabled = collector.place == At::kDatabase ? !node.databases.empty() : !captured_.empty();
  } else if (const auto& database = DatabaseOfJobs(collector.place, node); database.empty()) {
    enabled = false;
  } else {
    (IsOwnDatabase(database, node) ? of_lane : of_jobs_[database]).push_back(index);
  }
}

bool NodeRecord::settled() const {
  if (!snapshot_.tried || !snapshot_.up) return snapshot_.tried;
  return std::ranges::all_of(snapshot_.collectors,
                             [](const auto& c) { return c.success || c.failure || !c.enabled; });
}

std::vector<Question> NodeRecord::Questions(Lane lane, int server_version, SteadyTime now) {
  return QuestionsOf(Of(lane), server_version, now);
}

std::vector<Question> NodeRecord::QuestionsOf(std::span<const std::size_t> collectors,
                                              int server_version, SteadyTime now) {
  std::vector<Question> questions;
  for (const std::size_t index : collectors) {
    const auto& collector = *Catalog()[index];
    if (collector.exists_on != nullptr) {
      snapshot_.collectors[index].enabled = collector.exists_on(snapshot_.facts);
      if (!snapshot_.collectors[index].enabled) continue;
    }
    if (!Capability::Serves(collector, server_version)) {
      Note(index, Complaint{FailureReason::kVersion, "", "the server's version does not have it",
                            /*refused=*/true});
      continue;
    }
    // Until it has once answered or been refused it is asked, so that a gap is not taken for peace.
    const auto& status = snapshot_.collectors[index];
    const bool is_settled = status.attempted && (status.success || !status.supported);
    if (is_settled && collector.wanted != nullptr && !collector.wanted(snapshot_.facts)) continue;
    const auto ask = capabilities_[index].ToAsk(collector, server_version, now);
    if (!ask.sql.empty()) questions.push_back({index, ask});
  }
  return questions;
}

std::optional<NodeRecord::Complaint> NodeRecord::Decode(std::size_t index, pg::Outcome& outcome,
                                                        model::NodeFacts& facts) {
  if (!outcome.rows) {
    const auto& error = outcome.rows.error();
    return Complaint{error.reason, error.sqlstate, error.message};
  }
  if (const auto decoded = collectors::Decode(*Catalog()[index], *outcome.rows, facts); !decoded)
    return Complaint{decoded.error().reason, "", decoded.error().detail};
  return std::nullopt;
}

std::vector<Question> NodeRecord::Absorb(std::span<const Question> questions, pg::RunResult& result,
                                         int server_version) {
  std::vector<Question> again;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const std::size_t index = questions[i].collector;
    pg::Outcome& outcome = result.outcomes[i];
    auto& duration = snapshot_.collectors[index].duration;
    duration.reset();
    if (outcome.duration.count() > 0) duration = outcome.duration;  // zero: never answered
    auto complaint = Decode(index, outcome, snapshot_.facts);
    if (!complaint) {
      Succeeded(index);
      continue;
    }
    const auto& collector = *Catalog()[index];
    const auto now = Steady::now();
    const auto verdict = capabilities_[index].Failed(collector, server_version, complaint->reason,
                                                     complaint->sqlstate, now);
    if (verdict == Capability::Verdict::kFallBack) {
      first_refusals_[index] = std::move(complaint);
      again.push_back({index, capabilities_[index].ToAsk(collector, server_version, now)});
      continue;
    }
    // A helper that was never installed is not what is wrong.
    if (questions[i].ask.fallback && complaint->reason == FailureReason::kMissing &&
        first_refusals_[index])
      complaint = first_refusals_[index];
    complaint->refused = verdict == Capability::Verdict::kRefused;
    Note(index, complaint, /*told=*/result.failure.has_value());
  }
  if (result.failure) LogLost(*result.failure);
  ForgetCapabilitiesOfAnother(server_version);
  return again;
}

void NodeRecord::Succeeded(std::size_t index) {
  capabilities_[index].Succeeded();
  last_answer_ = snapshot_.collectors[index].last_success = Now();
  const auto& receiver = snapshot_.facts.walreceiver;
  if (receiver && receiver->present) snapshot_.last_receiver = receiver;
  Note(index, std::nullopt);
}

void NodeRecord::LaneEnded(Lane lane, model::Duration duration) {
  auto& status = snapshot_.lanes[static_cast<std::size_t>(lane)];
  status.duration = duration;
  if (last_answer_) status.last_success = last_answer_;
  last_answer_.reset();
}

std::vector<std::size_t> NodeRecord::Surveyed() const {
  std::vector<std::size_t> all;
  for (const Lane lane : {Lane::kStatus, Lane::kInventory})
    all.insert(all.end(), Of(lane).begin(), Of(lane).end());
  for (const auto& [database, collectors] : of_jobs_)
    all.insert(all.end(), collectors.begin(), collectors.end());
  return all;
}

void NodeRecord::SurveyFailed(const pg::Failure& failure) {
  const pg::StatementFailure unanswered = pg::AsStatementFailure(failure);
  const Complaint complaint{unanswered.reason, unanswered.sqlstate, unanswered.message};
  for (const std::size_t index : Surveyed()) {
    if (!snapshot_.collectors[index].enabled) continue;
    if (!snapshot_.collectors[index].supported) continue;  // what it said of itself still holds
    snapshot_.collectors[index].duration.reset();
    Note(index, complaint);
  }
}

// Says a collector's failure once, when it begins or changes, and its end.
void NodeRecord::Note(std::size_t index, const std::optional<Complaint>& complaint, bool told) {
  auto& status = snapshot_.collectors[index];
  std::optional<FailureReason> failure;
  if (complaint) failure = complaint->reason;
  const bool changed = status.attempted ? status.failure != failure : failure.has_value();
  status.attempted = true;
  status.success = !failure;
  status.failure = failure;
  status.supported = !complaint || !complaint->refused;
  if (changed && !told)
    LogCollector(Catalog()[index]->name, complaint, Catalog()[index]->privilege);
}

void NodeRecord::LogLost(const pg::Failure& failure) const {
  log::Warn("the connection broke before all collectors were answered",
            {{"cluster", cluster_},
             {"node", name_},
             {"reason", model::Name(failure.reason)},
             {"sqlstate", failure.sqlstate},
             {"error", failure.message},
             {"advice", AdviceFor(failure.reason)}});
}

void NodeRecord::LogCollector(std::string_view name, const std::optional<Complaint>& complaint,
                              std::string_view needs) const {
  if (!complaint)
    return log::Info("collector works",
                     {{"cluster", cluster_}, {"node", name_}, {"collector", name}});
  // An old server without a new view is in order; nobody has to do anything about it.
  if (complaint->reason == FailureReason::kVersion && complaint->refused)
    return log::Debug("collector is not for this version",
                      {{"cluster", cluster_}, {"node", name_}, {"collector", name}});
  log::Warn("collector fails", {{"cluster", cluster_},
                                {"node", name_},
                                {"collector", name},
                                {"reason", model::Name(complaint->reason)},
                                {"sqlstate", complaint->sqlstate},
                                {"error", complaint->detail},
                                {"needs", needs},
                                {"advice", AdviceFor(complaint->reason)}});
}

void NodeRecord::ForgetCapabilitiesOfAnother(int server_version) {
  const auto& facts = snapshot_.facts;
  const bool version = Changed(self_.version, std::optional(server_version));
  const bool role =
      facts.pulse && Changed(self_.in_recovery, std::optional(facts.pulse->in_recovery));
  const bool start =
      facts.identity && Changed(self_.started, std::optional(facts.identity->started));
  if (version || role || start) std::ranges::fill(capabilities_, Capability{});
}

bool NodeRecord::MarkUp(model::Span asked, model::Wall midpoint, const pg::Session& session) {
  const bool returned = !snapshot_.tried || !snapshot_.up;
  if (returned)
    log::Info("node is up",
              {{"cluster", cluster_}, {"node", name_}, {"version", session.server_version()}});
  if (session.is_pooled() && !snapshot_.pooled)
    log::Warn("a connection pooler stands before the node",
              {{"cluster", cluster_},
               {"node", name_},
               {"advice",
                "let host and port name the server itself: a pooler hides which server "
                "answers, and every poll has to be planned anew"}});
  snapshot_.pooled = session.is_pooled();
  snapshot_.tried = true;
  snapshot_.up = true;
  // A pulse whose statement failed leaves what was known before, as old as it is.
  if (snapshot_.collectors[Of(Lane::kPulse).front()].success) snapshot_.pulse = asked;
  snapshot_.down_reason.reset();
  const auto& pulse = snapshot_.facts.pulse;
  snapshot_.clock_offset.reset();
  if (pulse && snapshot_.collectors[Of(Lane::kPulse).front()].success)
    snapshot_.clock_offset = pulse->server_clock - Epoch(midpoint);
  return returned;
}

// A crash or an immediate shutdown takes leave of nobody.
bool NodeRecord::IsDismissal(const pg::Failure& failure) {
  return failure.sqlstate == "57P01" || failure.reason == model::DownReason::kShuttingDown;
}

void NodeRecord::MarkDown(const pg::Failure& failure) {
  const bool changed = !snapshot_.tried || snapshot_.up || snapshot_.down_reason != failure.reason;
  if (snapshot_.up) snapshot_.dismissed = IsDismissal(failure);
  snapshot_.tried = true;
  snapshot_.up = false;
  snapshot_.pulse.reset();
  snapshot_.down_reason = failure.reason;
  snapshot_.clock_offset.reset();
  // Only what the inventory said outlives its node; it ages by itself.
  model::NodeFacts kept;
  static_cast<model::InventoryFacts&>(kept) = std::move(snapshot_.facts);
  snapshot_.facts = std::move(kept);
  for (std::size_t i = 0; i < snapshot_.collectors.size(); ++i) {
    auto& collector = snapshot_.collectors[i];
    collector.success = false;
    if (collector.supported) collector.failure.reset();  // a refusal still holds when it is back
    collector.duration.reset();
    // Its facts are gone, so they are not fresh either, also when the node is back within their
    // max_age.
    if (Catalog()[i]->lane != Lane::kInventory) collector.last_success.reset();
  }
  if (changed)
    log::Warn("node is down", {{"cluster", cluster_},
                               {"node", name_},
                               {"reason", model::Name(failure.reason)},
                               {"phase", failure.phase},
                               {"sqlstate", failure.sqlstate},
                               {"error", failure.message},
                               {"advice", AdviceFor(failure.reason)}});
}

}  // namespace pgfleet::fleet
