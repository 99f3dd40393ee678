// What a record has to do with the databases that are visited besides the node's own connection.
#include <algorithm>

#include "collectors/catalog.h"
#include "fleet/node_record.h"

namespace pgfleet::fleet {
namespace {

using collectors::Catalog;
using At = collectors::Place;
using model::FailureReason;
using Steady = std::chrono::steady_clock;

pg::StatementFailure Unanswered(const pg::Failure& failure) {
  pg::StatementFailure unanswered = pg::AsStatementFailure(failure);
  if (failure.reason == model::DownReason::kNoDatabase) unanswered.reason = FailureReason::kMissing;
  if (failure.reason == model::DownReason::kAuth) unanswered.reason = FailureReason::kPermission;
  return unanswered;
}

}  // namespace

std::vector<Question> NodeRecord::QuestionsIn(const std::string& database, int server_version,
                                              SteadyTime now) {
  const auto found = of_jobs_.find(database);
  if (found == of_jobs_.end()) return {};
  return QuestionsOf(found->second, server_version, now);
}

std::vector<std::string> NodeRecord::DatabasesOfJobs() const {
  std::vector<std::string> databases;
  databases.reserve(of_jobs_.size());
  for (const auto& [database, unused] : of_jobs_) databases.push_back(database);
  return databases;
}

std::vector<Question> NodeRecord::DatabaseQuestions(const std::string& database,
                                                    int server_version) {
  const bool captured = std::ranges::find(captured_, database) != captured_.end();
  std::vector<Question> questions;
  for (const std::size_t index : in_databases_) {
    if (Catalog()[index]->place == At::kCapturedDatabase && !captured) continue;
    const auto sql = pg::SqlFor(Catalog()[index]->sql, server_version);
    if (!sql.empty()) {
      questions.push_back({index, {.sql = sql}});
    } else {
      Note(index, Complaint{FailureReason::kVersion, "", "the server's version does not have it",
                            /*refused=*/true});
    }
  }
  return questions;
}

void NodeRecord::AbsorbDatabase(const std::string& database, std::span<const Question> questions,
                                pg::RunResult& result) {
  model::NodeFacts facts;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    auto complaint = Decode(questions[i].collector, result.outcomes[i], facts);
    if (complaint) complaint->detail = "database " + database + ": " + complaint->detail;
    auto& so_far = visit_.collectors[questions[i].collector];
    so_far.answered = so_far.answered || !complaint;
    if (!so_far.complaint) so_far.complaint = std::move(complaint);
  }
  visit_.facts.merge(facts.databases);
}

void NodeRecord::DatabaseFailed(const std::string& database, const pg::Failure& failure) {
  const pg::StatementFailure unanswered = Unanswered(failure);
  const bool captured = std::ranges::find(captured_, database) != captured_.end();
  for (const std::size_t index : in_databases_)
    if (captured || Catalog()[index]->place == At::kDatabase)
      visit_.collectors[index].complaint =
          Complaint{unanswered.reason, unanswered.sqlstate,
                    "database " + database + ": " + unanswered.message};
}

void NodeRecord::EndDatabases() {
  snapshot_.facts.databases = std::move(visit_.facts);
  for (const auto& [index, visited] : visit_.collectors) {
    // The facts of the databases that did answer are shown, whatever the others did.
    if (visited.answered)
      snapshot_.collectors[index].last_success =
          model::Moment{Steady::now(), std::chrono::system_clock::now()};
    Note(index, visited.complaint);
  }
}

// A database that is not there or not open to us is refused like any other missing thing, so that
// the server's log does not hear of it at every round.
void NodeRecord::DatabaseOfJobsFailed(const std::string& database, const pg::Failure& failure) {
  const pg::StatementFailure unanswered = Unanswered(failure);
  Complaint complaint{unanswered.reason, unanswered.sqlstate,
                      "database " + database + ": " + unanswered.message};
  for (const std::size_t index : of_jobs_.at(database)) {
    complaint.refused = capabilities_[index].Unreachable(unanswered.reason, Steady::now());
    snapshot_.collectors[index].duration.reset();
    Note(index, complaint);
  }
}

}  // namespace pgfleet::fleet
