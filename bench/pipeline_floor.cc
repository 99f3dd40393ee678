// The least that a client can do for the same answers: libpq, prepared statements, one pipeline per
// poll, blocking reads, and the answers thrown away. It takes its SQL from the collectors' catalog,
// keeps one session for the pulse and one for the status lane as the exporter does, and polls both
// at the same pace. What it costs is the floor beside which bench/run.py puts the exporter.
//
//     pipeline_floor CONNINFO PERIOD_MS each|one
//
// `each` puts a sync point behind every statement (a failing one costs only itself: the exporter's
// way), `one` only behind the last. Prints one line when ready, and polls until it is killed.
#include <libpq-fe.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "collectors/catalog.h"
#include "model/node_facts.h"
#include "pg/rows.h"
#include "pg/sql_table.h"

namespace {

using pgfleet::collectors::Catalog;
using pgfleet::collectors::Collector;
using pgfleet::model::Lane;
using pgfleet::model::NodeFacts;
using pgfleet::pg::Rows;
using Clock = std::chrono::steady_clock;
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

struct Floor {
  PGconn* connection = nullptr;
  std::vector<std::string> statements;  // names of what is prepared
  bool sync_each = false;
};

[[noreturn]] void Die(const char* what, PGconn* connection) {
  std::fprintf(stderr, "pipeline_floor: %s: %s\n", what, PQerrorMessage(connection));
  std::exit(1);
}

PGconn* Connect(const char* conninfo) {
  PGconn* connection = PQconnectdb(conninfo);
  if (PQstatus(connection) != CONNECTION_OK) Die("connect", connection);
  // The settings of the exporter's own sessions: they have a part in what a statement costs.
  const Result set(PQexec(connection,
                          "SET search_path = ''; SET default_transaction_read_only = on;"
                          "SET lock_timeout = '500ms'; SET statement_timeout = '2s';"
                          "SET idle_in_transaction_session_timeout = '10s';"
                          "SET client_connection_check_interval = '1s';"
                          "SET application_name = 'pipeline_floor'"),
                   &PQclear);
  if (PQresultStatus(set.get()) != PGRES_COMMAND_OK) Die("settings", connection);
  return connection;
}

Rows Copy(const PGresult* result) {
  Rows rows;
  const int columns = PQnfields(result);
  rows.SetColumns(static_cast<std::size_t>(columns));
  for (int row = 0; row < PQntuples(result); ++row) {
    for (int column = 0; column < columns; ++column) {
      if (PQgetisnull(result, row, column) != 0) {
        rows.AppendNull();
      } else {
        rows.Append(PQgetvalue(result, row, column));
      }
    }
  }
  return rows;
}

// Prepares and runs one statement. False where the server refuses it.
bool Try(PGconn* connection, const std::string& name, std::string_view sql,
         const Collector& collector, NodeFacts& facts) {
  if (sql.empty()) return false;
  const Result prepared(PQprepare(connection, name.c_str(), std::string(sql).c_str(), 0, nullptr),
                        &PQclear);
  if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) return false;
  const Result answer(PQexecPrepared(connection, name.c_str(), 0, nullptr, nullptr, nullptr, 0),
                      &PQclear);
  if (PQresultStatus(answer.get()) != PGRES_TUPLES_OK) return false;
  static_cast<void>(Decode(collector, Copy(answer.get()), facts));
  return true;
}

// What the exporter would ask this server now: refused statements give way to their fallback, and
// those that the facts say would come back empty are left out. The facts of the lanes before it
// must be there, which is why only this first round is decoded.
void Prepare(Floor& floor, Lane lane, NodeFacts& facts) {
  const int version = PQserverVersion(floor.connection);
  std::vector<std::pair<const Collector*, std::string>> asked;
  for (const Collector* collector : Catalog()) {
    if (collector->lane != lane || collector->place != pgfleet::collectors::Place::kServer)
      continue;
    const std::string name(collector->name);
    if (Try(floor.connection, name, SqlFor(collector->sql, version), *collector, facts)) {
      asked.emplace_back(collector, name);
    } else if (Try(floor.connection, name + "_fallback", SqlFor(collector->fallback, version),
                   *collector, facts)) {
      asked.emplace_back(collector, name + "_fallback");
    }
  }
  for (const auto& [collector, name] : asked)
    if (collector->wanted == nullptr || collector->wanted(facts)) floor.statements.push_back(name);
}

void Send(const Floor& floor) {
  for (const std::string& name : floor.statements) {
    const bool last = &name == &floor.statements.back();
    if (PQsendQueryPrepared(floor.connection, name.c_str(), 0, nullptr, nullptr, nullptr, 0) != 1)
      Die("send", floor.connection);
    if ((floor.sync_each || last) && PQpipelineSync(floor.connection) != 1)
      Die("sync", floor.connection);
  }
}

void Poll(const Floor& floor) {
  Send(floor);
  std::size_t answers = 0;
  std::size_t syncs = floor.sync_each ? floor.statements.size() : 1;
  while (syncs > 0) {
    const Result result(PQgetResult(floor.connection), &PQclear);
    if (!result) continue;  // ends one statement
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) {
      --syncs;
    } else if (status == PGRES_TUPLES_OK) {
      ++answers;
    } else {
      Die("poll", floor.connection);
    }
  }
  if (answers != floor.statements.size()) Die("an answer is missing", floor.connection);
}

void Run(std::span<const Floor> lanes, std::chrono::milliseconds period) {
  const auto share = period / static_cast<int>(lanes.size());
  auto next = Clock::now();
  for (;;)
    for (const Floor& lane : lanes) {
      std::this_thread::sleep_until(next += share);
      Poll(lane);
    }
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  const int period = argc == 4 ? std::atoi(arguments[2]) : 0;
  if (period < 10) {
    std::fputs("usage: pipeline_floor CONNINFO PERIOD_MS each|one\n", stderr);
    return 2;
  }
  const bool sync_each = std::string_view(arguments[3]) == "each";
  NodeFacts facts;
  std::vector<Floor> lanes;
  for (const Lane lane : {Lane::kPulse, Lane::kStatus}) {
    lanes.push_back(
        {.connection = Connect(arguments[1]), .statements = {}, .sync_each = sync_each});
    Prepare(lanes.back(), lane, facts);
    if (PQenterPipelineMode(lanes.back().connection) != 1) Die("pipeline", lanes.back().connection);
  }
  std::printf("ready: %zu + %zu statements\n", lanes[0].statements.size(),
              lanes[1].statements.size());
  std::fflush(stdout);
  Run(lanes, std::chrono::milliseconds(period));
}
