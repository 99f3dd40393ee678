#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "fleet/capability.h"
#include "model/cluster_snapshot.h"
#include "pg/session.h"

namespace pgfleet::fleet {

// One collector to ask, and with what.
struct Question {
  std::size_t collector = 0;  // its number in collectors::Catalog()
  Capability::Ask ask;
};

// What is known of one node, and what to ask it next. Turns answers into facts, failures into their
// reasons, and says in the log when something begins or ends. Event loop's thread.
class NodeRecord {
 public:
  NodeRecord(std::string cluster, const config::NodeConfig& node, const config::Lanes& lanes);

  const model::NodeSnapshot& snapshot() const { return snapshot_; }
  bool up() const { return snapshot_.up; }
  // True when every collector has been tried since the node was last found up, or the node is down.
  bool settled() const;

  // What to ask now in this lane on the node's own connection; collectors that the version has no
  // SQL for are marked and left out, those that the server refused lately are left out.
  std::vector<Question> Questions(model::Lane lane, int server_version, SteadyTime now);
  // The same for those that are asked in this database alone, which is not the connection's own.
  std::vector<Question> QuestionsIn(const std::string& database, int server_version,
                                    SteadyTime now);
  // The databases of which QuestionsIn speaks.
  std::vector<std::string> DatabasesOfJobs() const;
  // The same for a declared database.
  std::vector<Question> DatabaseQuestions(const std::string& database, int server_version);

  // Takes the answers, one for each question. Returns what to ask at once again, by its fallback.
  std::vector<Question> Absorb(std::span<const Question> questions, pg::RunResult& result,
                               int server_version);
  // What the round over a lane came to; call once after its answers.
  void LaneEnded(model::Lane lane, model::Duration duration);

  // One round over the declared databases: first Begin, then one of the other two for each of them,
  // then End.
  void BeginDatabases() { visit_ = {}; }
  void AbsorbDatabase(const std::string& database, std::span<const Question> questions,
                      pg::RunResult& result);
  void DatabaseFailed(const std::string& database, const pg::Failure& failure);
  void EndDatabases();
  // What QuestionsIn this database asked has no answer.
  void DatabaseOfJobsFailed(const std::string& database, const pg::Failure& failure);

  // The node lives but takes no second session: nothing but the pulse is known.
  void SurveyFailed(const pg::Failure& failure);
  // When the pulse was asked, and its midpoint by our wall clock. True when the node was not up
  // before.
  bool MarkUp(model::Span asked, model::Wall midpoint, const pg::Session& session);
  void MarkDown(const pg::Failure& failure);

  void Trace(model::PollTrace poll) { trace_->Add(std::move(poll)); }

 private:
  static bool IsDismissal(const pg::Failure& failure);
  struct Complaint {
    model::FailureReason reason = model::FailureReason::kOther;
    std::string sqlstate;
    std::string detail;
    bool refused = false;
  };
  // What a round over the databases has brought so far.
  struct Visit {
    std::map<std::string, model::DatabaseFacts> facts;
    struct Collector {
      bool answered = false;               // in one of them at least
      std::optional<Complaint> complaint;  // the first one
    };
    std::map<std::size_t, Collector> collectors;
  };

  void Place(std::size_t index, const config::NodeConfig& node);
  std::vector<Question> QuestionsOf(std::span<const std::size_t> collectors, int server_version,
                                    SteadyTime now);
  // What is asked in the status and inventory lanes, each collector alone.
  std::vector<std::size_t> Surveyed() const;
  std::optional<Complaint> Decode(std::size_t index, pg::Outcome& outcome, model::NodeFacts& facts);
  void Succeeded(std::size_t index);
  // `told`: the log has said it already, for all of them.
  void Note(std::size_t index, const std::optional<Complaint>& complaint, bool told = false);
  void LogLost(const pg::Failure& failure) const;
  void LogCollector(std::string_view name, const std::optional<Complaint>& complaint,
                    std::string_view needs) const;
  void ForgetCapabilitiesOfAnother(int server_version);
  std::span<const std::size_t> Of(model::Lane lane) const {
    return by_lane_[static_cast<std::size_t>(lane)];
  }

  // By what a node is told from the one that it was, or from another at the same address.
  struct Self {
    std::optional<int> version;
    std::optional<bool> in_recovery;
    std::optional<double> started;
  };

  std::string cluster_;
  std::string name_;
  std::vector<std::string> captured_;  // databases of which somebody reads the changes
  std::array<std::vector<std::size_t>, 3> by_lane_;  // collectors of the node's own connection
  std::vector<std::size_t> in_databases_;
  std::map<std::string, std::vector<std::size_t>> of_jobs_;  // by database, collectors of no other
  std::vector<Capability> capabilities_;                     // by collector
  Self self_;
  std::vector<std::optional<Complaint>> first_refusals_;  // by collector: why it fell back
  Visit visit_;
  std::optional<model::Moment> last_answer_;  // of the round under way
  std::shared_ptr<model::TraceBook> trace_ = std::make_shared<model::TraceBook>();
  model::NodeSnapshot snapshot_;
};

}  // namespace pgfleet::fleet
