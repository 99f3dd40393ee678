#include "servers/world.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <stdexcept>

#include "collectors/catalog.h"
#include "collectors/grants.h"

namespace pgfleet::test {
namespace {

std::map<int, std::unique_ptr<Cluster>>& Pairs() {
  static std::map<int, std::unique_ptr<Cluster>> pairs;
  return pairs;
}

// Stops the servers while the harness still works, not among destructors of statics.
class StopServers : public testing::Environment {
 public:
  void TearDown() override { Pairs().clear(); }
};
const testing::Environment* const kStopServers =
    testing::AddGlobalTestEnvironment(new StopServers);  // owned by the framework

std::unique_ptr<Cluster> MakePair(int major) {
  ClusterOptions options = Pair();
  options.primary_conf = {"archive_mode = on", "archive_command = '/bin/true'"};
  auto cluster = std::make_unique<Cluster>(major, options);
  Connection session = cluster->primary().Connect();
  session.Execute("SELECT pg_create_physical_replication_slot('spare', true)");
  session.Execute("SELECT pg_create_physical_replication_slot('empty')");
  session.Execute("SELECT pg_create_logical_replication_slot('decoder', 'test_decoding')");
  session.Execute("CREATE ROLE lead CREATEDB CREATEROLE");
  session.Execute("CREATE ROLE mover REPLICATION BYPASSRLS");
  session.Execute("CREATE ROLE guest LOGIN");
  session.Execute("GRANT lead TO guest WITH ADMIN OPTION");
  session.Execute("CREATE TABLE filler AS SELECT * FROM generate_series(1, 10000)");
  session.Execute(collectors::GrantsSql(major, kGrantedRole));
  cluster->WaitUntilCaughtUp();
  return cluster;
}

pg::Rows ToRows(const Answer& answer) {
  pg::Rows rows;
  rows.SetColumns(answer.columns.size());
  for (const auto& row : answer.rows) {
    for (const auto& cell : row) {
      if (cell)
        rows.Append(*cell);
      else
        rows.AppendNull();
    }
  }
  return rows;
}

}  // namespace

Cluster& SharedPair(int major) {
  std::unique_ptr<Cluster>& pair = Pairs()[major];
  if (pair == nullptr) pair = MakePair(major);
  return *pair;
}

const collectors::Collector& CollectorNamed(std::string_view name) {
  for (const collectors::Collector* collector : collectors::Catalog())
    if (collector->name == name) return *collector;
  throw std::runtime_error("no collector " + std::string(name));
}

namespace {

model::FailureReason ReasonOf(const Answer& answer) {
  return answer.sqlstate == "42501" ? model::FailureReason::kPermission
                                    : model::FailureReason::kOther;
}

void Ask(const collectors::Collector& collector, std::string_view sql, Connection& session,
         CollectorRun& run) {
  run.answer = session.QueryExtended(std::string(sql));
  if (!run.answer.ok())
    run.decoded =
        std::unexpected(collectors::DecodeFault{ReasonOf(run.answer), run.answer.message});
  else
    run.decoded = collectors::Decode(collector, ToRows(run.answer), run.facts);
}

}  // namespace

CollectorRun RunCollector(const collectors::Collector& collector, const PostgresServer& server,
                          const std::string& user, model::NodeFacts before) {
  Connection session = server.Connect(user);
  session.Execute("SELECT set_config('search_path', '', false)");
  session.Execute("SET default_transaction_read_only = on");
  const int version = std::stoi(session.Value("SHOW server_version_num"));
  CollectorRun run;
  run.facts = std::move(before);
  Ask(collector, pg::SqlFor(collector.sql, version), session, run);
  const auto fallback = pg::SqlFor(collector.fallback, version);
  if (run.decoded || run.decoded.error().reason != model::FailureReason::kPermission ||
      fallback.empty())
    return run;
  const CollectorRun refused = run;
  Ask(collector, fallback, session, run);
  // A helper that is not there, or not granted, is not what is wrong.
  const bool is_missing = run.answer.sqlstate == "42883" || run.answer.sqlstate == "3F000";
  return is_missing ? refused : run;
}

model::NodeFacts FactsOf(std::string_view collector, const PostgresServer& server) {
  // 9.6 has no pg_monitor: its `mon` does not see what these tests compare.
  const std::string user = server.major() >= 10 ? "mon" : "postgres";
  CollectorRun run = RunCollector(CollectorNamed(collector), server, user);
  if (!run.decoded)
    throw std::runtime_error(std::string(collector) + ": " + run.decoded.error().detail);
  return run.facts;
}

}  // namespace pgfleet::test
